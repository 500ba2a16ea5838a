// The consoles on the public listener: checks the visit, reads bounded JSON, passes the request to its handler.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { unsubscribePath } from '../../people/notification-mail.ts';
import type { Language } from '../../profiles/console.ts';
import type { TakeTurn } from '../loop-turns.ts';
import { pathOf } from '../request-head.ts';
import { bodyTooLarge, collectBody, parseJsonBody } from '../wire/json-body.ts';
import { describeProblem, malformedHead, type ProblemDetails, problemOfError } from '../wire/problem.ts';
import { type ConsoleParts, createConsoleApp } from './app.ts';
import { type AuthParts, createAuthRoutes } from './auth.ts';
import { languageOn, letterheadFor, letterheadOn } from './config.ts';
import { problemResponse, sendResponse } from './reply.ts';
import { createConsolePages } from './static.ts';
import { answerUnsubscribe, type UnsubscribeParts } from './unsubscribe.ts';
import { readVisit, sessionHeaders, type Visit, type VisitRules } from './visit.ts';

/** What the consoles need. */
export interface ConsoleListenerParts extends ConsoleParts, AuthParts, VisitRules {
  readonly unsubscribe: UnsubscribeParts;
  /** The folder of the built console. */
  readonly folder: string;
  readonly takeTurn: TakeTurn;
  /** Called with defects, for the log, without headers, bodies or queries. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** Creates a handler for `http.Server`'s `request`, for a console's host. It throws and rejects only with defects. */
export function createConsoleListener(
  parts: ConsoleListenerParts,
): (req: IncomingMessage, res: ServerResponse) => void | Promise<void> {
  const app = createConsoleApp(parts);
  const answerAuth = createAuthRoutes(parts);
  const answerPage = createConsolePages({
    folder: parts.folder,
    languageOn: (host) => languageOn(parts.apis, host),
    productOn: (host, language) => letterheadOn(parts, host, language).product,
    brands: parts.brands,
  });

  function handle(req: IncomingMessage, res: ServerResponse): void | Promise<void> {
    const isUnsubscribe = req.url !== undefined && pathOf(req.url) === unsubscribePath;
    const visit = readVisit(req, parts, isUnsubscribe);
    if (!('origin' in visit)) return refuse(req, res, visit);
    // Only over TLS (RFC 6797 §7.2). Without `includeSubDomains`, because other hosts of the domain are not ours.
    if (visit.isSecure) res.setHeader('Strict-Transport-Security', 'max-age=31536000');
    if (isUnsubscribe) return collectBody(req, (bytes) => unsubscribe(req, res, visit, bytes));
    if (req.method === 'GET' || req.method === 'HEAD') {
      const path = pathOf(req.url as string);
      if (path === '/api' || path.startsWith('/api/')) return answer(req, res, visit, undefined);
      return answerPage(req, res, new URL(visit.origin).hostname);
    }
    return collectBody(req, (bytes) => {
      if (bytes === undefined) return refuse(req, res, bodyTooLarge);
      const parsed = bytes.length === 0 ? undefined : parseJsonBody(bytes, req.headers['content-type']);
      return parsed?.ok === false ? refuse(req, res, parsed.problem) : answer(req, res, visit, parsed?.value);
    });
  }

  /** The token in the address says all. Mail programs send a form as the body. */
  async function unsubscribe(
    req: IncomingMessage,
    res: ServerResponse,
    visit: Visit,
    body: Buffer | undefined,
  ): Promise<void> {
    if (body === undefined) return refuse(req, res, bodyTooLarge);
    await parts.takeTurn();
    const { hostname } = new URL(visit.origin);
    const letterheadIn = (language: Language | undefined) =>
      language === undefined ? letterheadFor(parts, hostname, req.headers) : letterheadOn(parts, hostname, language);
    await answerUnsubscribe(req, res, letterheadIn, parts.unsubscribe).catch((error: unknown) => {
      parts.onFault(error);
      return sendResponse(res, problemResponse(problemOfError(error)), visit.requestId);
    });
  }

  async function answer(req: IncomingMessage, res: ServerResponse, visit: Visit, body: unknown): Promise<void> {
    await parts.takeTurn();
    if (res.destroyed) return;
    await respond(req, visit, body)
      .catch((error: unknown) => {
        parts.onFault(error);
        return problemResponse(problemOfError(error));
      })
      .then((response) => sendResponse(res, response, visit.requestId))
      .catch(() => void res.destroy());
  }

  async function respond(req: IncomingMessage, visit: Visit, body: unknown): Promise<Response> {
    const { method, url } = req as { method: string; url: string };
    const target = `${visit.origin}${url}`;
    if (!URL.canParse(target)) return problemResponse(describeProblem('bad_request', 'The path is malformed.'));
    const headers = sessionHeaders(req, visit);
    const letterhead = letterheadFor(parts, new URL(visit.origin).hostname, req.headers);
    const path = pathOf(url);
    if (path.startsWith('/api/auth/')) {
      return answerAuth({ method, path, headers, visit, letterhead, body, wantsToken: wantsToken(req) });
    }
    for (const name of ['if-match', 'idempotency-key'] as const) {
      const value = req.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    if (body !== undefined) headers.set('content-type', 'application/json');
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    return app.fetch(new Request(target, { method, headers, ...init }), { visit, letterhead });
  }

  return handle;
}

/** Whether a script wants a token. Browsers send `Sec-Fetch-Mode` (Fetch Metadata), and pages can't remove it. */
function wantsToken({ headers }: IncomingMessage): boolean {
  return headers['x-miftah-want-token'] === '1' && headers['sec-fetch-mode'] === undefined;
}

/** Answers with a problem. Closes the connection if the body was not read to its end, or if the head is malformed. */
function refuse(req: IncomingMessage, res: ServerResponse, problem: ProblemDetails): Promise<void> {
  if (!req.complete || problem === malformedHead) res.shouldKeepAlive = false;
  return sendResponse(res, problemResponse(problem));
}
