// The internal listener: guards requests, bounds bodies, answers hot routes, passes the others to the application.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { Grant } from '../../domain/grant.ts';
import { announcedBodyLength } from '../../gateway/request-body.ts';
import type { TakeTurn } from '../loop-turns.ts';
import { pathOf } from '../request-head.ts';
import { createRequestId } from '../request-id.ts';
import { bodyTooLarge, collectBody, isJsonType, maxImportBytes, parseJsonBody } from '../wire/json-body.ts';
import {
  malformedHead,
  type ProblemDetails,
  problemContentType,
  problemHeaders,
  problemOfError,
} from '../wire/problem.ts';
import { type AppParts, createApp } from './app.ts';
import { type Admission, challengeOf, createGuard, type GuardOptions } from './guard.ts';
import type { HotAnswer, HotRoute } from './hot-route.ts';
import { createHotRoutes } from './hot-routes.ts';
import { importPath } from './import.ts';
import type { Bindings } from './operator.ts';
import type { VerifyParts } from './verify.ts';

/** What the internal listener needs. */
export interface InternalListenerParts extends AppParts, GuardOptions, VerifyParts {
  readonly takeTurn: TakeTurn;
}

/**
 * Creates a handler for `http.Server`'s `request`. Every error reply is a problem (RFC 9457). The handler throws and
 * rejects only with defects.
 */
export function createInternalListener(
  parts: InternalListenerParts,
): (req: IncomingMessage, res: ServerResponse) => void | Promise<void> {
  const guard = createGuard(parts);
  const hotRoutes = createHotRoutes(parts);
  const app = createApp(parts);
  /** What the guard granted to each request that the application answers. */
  const grants = new WeakMap<IncomingMessage, Grant>();
  const listen = getRequestListener(
    (request, env) => {
      const { incoming, outgoing } = env as HttpBindings;
      return app.fetch(request, { incoming, outgoing, grant: grants.get(incoming) } satisfies Bindings);
    },
    { overrideGlobalObjects: false },
  );

  async function answerByApp(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await parts.takeTurn();
    if (grants.get(req)?.kind === 'token') {
      // The token may have been revoked while the request waited for its body or its turn.
      const { problem } = await guard(req);
      if (problem !== undefined) return refuse(req, res, problem);
    }
    if (!res.destroyed) await listen(req, res);
  }

  function handle(req: IncomingMessage, res: ServerResponse): void | Promise<void> {
    const admission = guard(req);
    return admission instanceof Promise ? admission.then((late) => admit(req, res, late)) : admit(req, res, admission);
  }

  function admit(req: IncomingMessage, res: ServerResponse, admission: Admission): void | Promise<void> {
    if (res.destroyed) return;
    if (admission.problem !== undefined) return refuse(req, res, admission.problem);
    const { grant } = admission;
    if (grant !== undefined) grants.set(req, grant);
    if (req.method === 'GET' || req.method === 'HEAD' || req.method === 'DELETE') return answerByApp(req, res);
    const isImport = pathOf(req.url as string) === importPath;
    return collectBody(req, (bytes) => answerWithBody(req, res, bytes, grant), isImport ? maxImportBytes : undefined);
  }

  function answerWithBody(
    req: IncomingMessage,
    res: ServerResponse,
    bytes: Buffer | undefined,
    grant: Grant | undefined,
  ): void | Promise<void> {
    if (bytes === undefined) {
      refuse(req, res, bodyTooLarge);
      return;
    }
    // No path of a hot route is open to callers without a token.
    const hotRoute =
      req.method === 'POST' && grant !== undefined ? hotRoutes.get(pathOf(req.url as string)) : undefined;
    if (bytes.length > 0 || hotRoute !== undefined) {
      const parsed = parseJsonBody(bytes, req.headers['content-type']);
      if (!parsed.ok) {
        refuse(req, res, parsed.problem);
        return;
      }
      if (hotRoute !== undefined) return answerHot(req, res, hotRoute, parsed.value, grant as Grant);
    }
    // Removes the type of an absent body. With a type other than JSON, the validator would not miss a required body.
    const contentType = req.headers['content-type'];
    if (bytes.length === 0 && !isJsonType(contentType)) req.rawHeaders = withoutContentType(req.rawHeaders);
    // The adapter reads the body from `rawBody` if it is there.
    return answerByApp(Object.assign(req, { rawBody: bytes }), res);
  }

  function answerHot(
    req: IncomingMessage,
    res: ServerResponse,
    hotRoute: HotRoute,
    body: unknown,
    grant: Grant,
  ): void | Promise<void> {
    const fail = (error: unknown): void => {
      parts.onFault(error);
      refuse(req, res, problemOfError(error));
    };
    const ask = (admission: Admission | undefined): void | Promise<void> => {
      if (admission?.problem !== undefined) return refuse(req, res, admission.problem);
      try {
        const answer = hotRoute(body, grant);
        if (answer instanceof Promise) return answer.then((late) => send(req, res, late)).catch(fail);
        send(req, res, answer);
      } catch (error) {
        fail(error);
      }
    };
    // The token may have been revoked while the body was on its way.
    const again = grant.kind === 'token' ? guard(req) : undefined;
    return again instanceof Promise ? again.then(ask) : ask(again);
  }

  return handle;
}

function withoutContentType(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, at) => (rawHeaders[at & ~1] as string).toLowerCase() !== 'content-type');
}

function send(req: IncomingMessage, res: ServerResponse, answer: HotAnswer): void {
  if (!answer.ok) {
    refuse(req, res, answer.problem);
    return;
  }
  const { text } = answer;
  res.writeHead(200, [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(Buffer.byteLength(text)),
    'Cache-Control',
    'no-store',
    'X-Request-Id',
    createRequestId(),
  ]);
  res.end(text);
}

/** Answers with a problem. Closes the connection if the body was not read to its end, or if the head is malformed. */
function refuse(req: IncomingMessage, res: ServerResponse, problem: ProblemDetails): void {
  // `complete` becomes true only after the handler was called, even for a request without a body.
  const isUnread = !req.complete && announcedBodyLength(req.rawHeaders) !== 0;
  if (isUnread || problem === malformedHead) res.shouldKeepAlive = false;
  const text = JSON.stringify(problem);
  res.writeHead(problem.status, {
    'Content-Type': problemContentType,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Request-Id': createRequestId(),
    ...(problem.status === 401 && { 'WWW-Authenticate': challengeOf(req) }),
    ...problemHeaders(problem),
  });
  res.end(text);
}
