// Guards a function from `Request` to `Response`, for `miftah/fetch`, Hono and Next.js.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolveClientAddress } from '../domain/client-address.ts';
import { queryOf } from '../domain/query-key.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { statusClassOf } from '../domain/use.ts';
import type { Allowed, Reason } from '../domain/verdict.ts';
import { OpenExchange, type OpenExchanges } from '../engine/open-exchanges.ts';
import { forwardedValueOf, isFromTrustedProxy, readRequestHead } from '../http/request-head.ts';
import { createRequestId } from '../http/request-id.ts';
import { logAccess } from '../profiles/access.ts';
import type { Gate } from '../profiles/gate.ts';
import { type GuardedRequest, guard, renderAt } from '../profiles/guard.ts';
import type { Reply } from '../profiles/reply.ts';
import { type Arrived, readArrival, requestIdOf } from './arrived-request.ts';
import { keepOpen } from './open-reply.ts';
import { type ApiKeyAuthOptions, type Auth, authOf, checkOptions, prepareSettings, type Settings } from './options.ts';
import { Passage } from './passage.ts';
import { finishHeaders } from './reply-head.ts';

/** Settings of a guard for `Request` and `Response`, beside the API's configuration. */
export interface FetchAuthOptions extends ApiKeyAuthOptions {
  /**
   * The address from which the request came, because a `Request` has none. If it is a trusted proxy's, the header that
   * `public.forwardedHeader` sets names the client. Default: unknown, so keys with an address list are refused.
   */
  readonly clientAddress?: (request: Request) => string | undefined;
}

/** The message of `node:http` behind a `Request`, where the host gives it. */
export interface Behind {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** A request that may pass. */
export interface Entry {
  /** `undefined`: a public path, which needs no key. */
  readonly auth: Auth | undefined;
  /** The request without what could change its meaning. */
  readonly request: Request;
  readonly passage: Passage;
  /** Records the use and finishes the application's response. Call it once. */
  finish(response: Response): Response;
  /** Records the use of a request for which the application threw. Its host answers with 5xx. */
  fail(): void;
}

/**
 * Decides about a request: it may pass, or it is answered with a response in the API's dialect. Never rejects.
 * `servesPublic`: whether a request for a public path may pass without a key.
 */
export type FetchGuard = (
  request: Request,
  servesPublic: boolean,
  behind?: Behind,
) => Entry | Response | Promise<Entry | Response>;

/** Throws a `TypeError` for an unknown option or a wrong value. */
export function createFetchGuard(gate: Gate, options: FetchAuthOptions): FetchGuard {
  checkFetchOptions(options);
  const { clientAddress, ...shared } = options;
  const settings = prepareSettings(gate, shared);

  return function check(request, servesPublic, behind) {
    try {
      const arrived = behind === undefined ? readRequest(settings, request) : readBehind(settings, request, behind);
      const from =
        clientAddress === undefined
          ? whereFrom(arrived, behind, settings)
          : locate(clientAddress(request), arrived, settings);
      const pending = new PendingFetch(settings, { request, servesPublic, behind, ...from });
      const decided = guard(pending, arrived.fault);
      return decided instanceof Promise ? decided.catch((error: unknown) => giveUp(gate, request, error)) : decided;
    } catch (error) {
      return giveUp(gate, request, error);
    }
  };
}

/** Throws a `TypeError` for an unknown option or a wrong value. */
export function checkFetchOptions(options: FetchAuthOptions): void {
  checkOptions(options, ['clientAddress']);
  const { clientAddress } = options;
  if (clientAddress !== undefined && typeof clientAddress !== 'function')
    throw new TypeError('clientAddress must be a function that returns the address of a Request');
}

/** What a guard knows of one request. */
interface Known {
  readonly request: Request;
  readonly servesPublic: boolean;
  readonly behind: Behind | undefined;
  readonly facts: RequestFacts;
  readonly isPeerTrusted: boolean;
}

function whereFrom(
  { facts }: Arrived,
  behind: Behind | undefined,
  { trusted }: Settings,
): Pick<Known, 'facts' | 'isPeerTrusted'> {
  return { facts, isPeerTrusted: behind !== undefined && isFromTrustedProxy(behind.incoming, trusted) };
}

/** By the address that the application names. */
function locate(
  stated: string | undefined,
  { facts }: Arrived,
  { trusted }: Settings,
): Pick<Known, 'facts' | 'isPeerTrusted'> {
  const peer = resolveClientAddress(stated, undefined, trusted);
  const { rawHeaders } = facts;
  const forwarded = forwardedValueOf({ rawHeaders }, readRequestHead(rawHeaders), trusted);
  return {
    facts: { ...facts, clientAddress: resolveClientAddress(peer, forwarded, trusted) },
    isPeerTrusted: peer !== undefined && trusted.has(peer),
  };
}

function readBehind(settings: Settings, request: Request, { incoming, outgoing }: Behind): Arrived {
  const arrived = readArrival(settings, incoming, request.method);
  if (arrived.isLast) outgoing.shouldKeepAlive = false;
  return arrived;
}

/** What a `Request` tells of its arrival. Its host has normalized the URL, and the application reads the same one. */
function readRequest(settings: Settings, request: Request): Arrived {
  const rawHeaders = [...request.headers].flat();
  const head = readRequestHead(rawHeaders);
  const { host, pathname, search } = new URL(request.url);
  const facts: RequestFacts = {
    method: request.method,
    path: pathname,
    query: settings.takesQuery ? queryOf(search) : undefined,
    rawHeaders,
    clientAddress: undefined,
    environment: settings.environment ?? settings.gate.boundHosts.get(head.host === '' ? hostOf(host) : head.host),
    requiredScopes: settings.scopes,
  };
  return { facts, fault: head.fault, isLast: head.isLast };
}

function hostOf(authority: string): string {
  return readRequestHead(['Host', authority]).host;
}

/** A request before the application gets it. */
class PendingFetch implements GuardedRequest<Entry | Response> {
  readonly carrier = 'fetch';
  readonly arrivedAtMs = performance.now();
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId: string;
  readonly #settings: Settings;
  readonly #known: Known;

  constructor(settings: Settings, known: Known) {
    this.gate = settings.gate;
    this.facts = known.facts;
    this.requestId = requestIdOf(known.facts.rawHeaders, known.isPeerTrusted);
    this.#settings = settings;
    this.#known = known;
  }

  answer(reply: Reply): Response {
    return toResponse(reply);
  }

  allowPublic(decide: () => Entry | Response | Promise<Entry | Response>): ReturnType<typeof decide> {
    if (!this.#known.servesPublic) return decide();
    const passage = new Passage(this, undefined);
    const { publicHead } = this.#settings;
    const cors = this.gate.cors?.headersFor(this.facts.rawHeaders, undefined);
    return {
      auth: undefined,
      request: this.#clean(),
      passage,
      finish: (response) => {
        if (passage.isRefused) return response;
        logAccess(this, { status: response.status });
        return withHead(response, (headers) => finishHeaders(headers, { ...publicHead, cors }, passage.listHeaders()));
      },
      fail: () => logAccess(this, { reason: 'handler_failed' }),
    };
  }

  allow(allowed: Allowed): Entry {
    const { gate, facts } = this;
    const { head } = this.#settings;
    const passage = new Passage(this, allowed);
    const log = (end: { status: number } | { reason: Reason | 'client_left' | 'handler_failed' }) =>
      logAccess(this, { ...end, key: allowed.key });
    // The application may never answer a client that left.
    const open = this.#keepOpen(allowed, () => {
      if (passage.record('client_left')) log({ reason: 'client_left' });
    });
    const cors = gate.cors?.headersFor(facts.rawHeaders, allowed.referrers);
    return {
      auth: authOf(allowed, this.requestId),
      request: this.#clean(),
      passage,
      finish: (response) => {
        if (passage.isRefused) {
          open?.done();
          return response;
        }
        if (open?.reason !== undefined) {
          if (passage.record('client_left')) log({ reason: open.reason });
          open.done();
          return toResponse(renderAt(this, open.reason, undefined));
        }
        if (passage.record(statusClassOf(response.status))) log({ status: response.status });
        const finished = withHead(response, (headers) =>
          finishHeaders(headers, { ...head, cors }, passage.listHeaders()),
        );
        return open === undefined ? finished : open.follow(finished);
      },
      fail: () => {
        open?.done();
        if (passage.record('5xx')) log({ reason: 'handler_failed' });
      },
    };
  }

  /** The host cuts its own reply, if it gives one; else the body of the `Response` is cut. */
  #keepOpen(allowed: Allowed, onLeft: () => void): OpenFetch | undefined {
    const { openExchanges } = this.gate;
    const { behind, request } = this.#known;
    if (behind !== undefined) {
      keepOpen(openExchanges, this.facts, allowed, behind.outgoing);
      return undefined;
    }
    return new OpenFetch(openExchanges, { facts: this.facts, allowed, signal: request.signal, onLeft });
  }

  /** The request without fields that could change its meaning, and without a key that would be repeated. */
  #clean(): Request {
    const { removeFields, removeKeys } = this.#settings;
    const { request, behind } = this.#known;
    const isPeerTrusted = () => this.#known.isPeerTrusted;
    const removed = removeFields.listIn(request.headers, isPeerTrusted);
    const rewritten = [...request.headers].flatMap(([name, line]) => {
      const kept = removeKeys === undefined ? line : removeKeys.fromLine(name, line);
      return kept === line ? [] : [{ name, kept }];
    });
    const url = removeKeys?.fromUrl(request.url) ?? request.url;
    if (behind !== undefined) {
      removeFields.fromMessage(behind.incoming, isPeerTrusted);
      removeKeys?.fromMessage(behind.incoming);
    }
    if (removed.length === 0 && rewritten.length === 0 && url === request.url) return request;
    const change = (headers: Headers) => {
      for (const name of removed) headers.delete(name);
      for (const { name, kept } of rewritten) {
        if (kept === undefined) headers.delete(name);
        else headers.set(name, kept);
      }
    };
    if (url === request.url) {
      try {
        // The same object, because hosts keep their own data with it.
        change(request.headers);
        return request;
      } catch {
        // Its headers are read-only.
      }
    }
    const headers = new Headers(request.headers);
    change(headers);
    return rebuild(request, url, headers);
  }
}

/** A copy of the host's own class, such as `NextRequest`. */
function rebuild(request: Request, url: string, headers: Headers): Request {
  const { method, body, signal } = request;
  const Class = request.constructor as typeof Request;
  return new Class(url, { method, headers, body, signal, ...(body !== null && { duplex: 'half' }) });
}

/** A reply of Miftah as a `Response`. */
export function toResponse({ status, headers, body }: Reply): Response {
  const pairs = Array.from({ length: headers.length / 2 }, (_, at): [string, string] => [
    headers[at * 2] as string,
    headers[at * 2 + 1] as string,
  ]);
  // A 204 has no body, and `Response` refuses an empty one too.
  return new Response(body === '' ? null : body, { status, headers: pairs });
}

/** The response, or a copy: the headers of a redirect or of `fetch` are read-only. */
function withHead(response: Response, finish: (headers: Headers) => void): Response {
  const { status, statusText } = response;
  // Hosts have responses of their own beyond these, for upgrades and errors, which no one can copy.
  if (status < 200) return response;
  try {
    finish(response.headers);
    return response;
  } catch {
    const headers = new Headers(response.headers);
    finish(headers);
    return new Response(response.body, { status, statusText, headers });
  }
}

interface Exchanged {
  readonly facts: RequestFacts;
  readonly allowed: Allowed;
  /** Aborted when the client leaves, or when a caller in this process gives up. */
  readonly signal: AbortSignal;
  /** Called when the signal is aborted before the application has answered. */
  readonly onLeft: () => void;
}

/** An allowed request until the body of its response has ended. */
class OpenFetch extends OpenExchange {
  /** Why the exchange was ended. */
  reason: Reason | undefined;
  readonly #openExchanges: OpenExchanges;
  readonly #signal: AbortSignal;
  readonly #leave: () => void;
  #cut: ((error: Error) => void) | undefined;

  constructor(openExchanges: OpenExchanges, { facts, allowed, signal, onLeft }: Exchanged) {
    super(facts);
    this.orgId = allowed.key.orgId;
    this.digest = allowed.digest;
    this.#openExchanges = openExchanges;
    this.#signal = signal;
    this.#leave = () => {
      openExchanges.delete(this);
      onLeft();
    };
    openExchanges.add(this);
    if (signal.aborted) this.#leave();
    else signal.addEventListener('abort', this.#leave, { once: true });
  }

  /** Ends the exchange at its normal end. */
  done(): void {
    this.#signal.removeEventListener('abort', this.#leave);
    this.#openExchanges.delete(this);
  }

  end(reason: Reason): void {
    this.reason = reason;
    this.#cut?.(new Error('the key of this request lost its permissions'));
  }

  /** The response with a body that breaks off when the exchange ends, so that its client sees that it is incomplete. */
  follow(response: Response): Response {
    const { body, status, statusText, headers } = response;
    this.done();
    if (body === null) return response;
    // Again if the signal was aborted: the response may still be read.
    this.#openExchanges.add(this);
    const reader = body.getReader();
    const followed = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#cut = (error) => {
            controller.error(error);
            reader.cancel(error).catch(() => undefined);
          };
        },
        pull: async (controller) => {
          try {
            const { done, value } = await reader.read();
            if (this.reason !== undefined) return;
            if (!done) {
              controller.enqueue(value);
              return;
            }
            this.done();
            controller.close();
          } catch (error) {
            this.done();
            controller.error(error);
          }
        },
        cancel: (reason) => {
          this.done();
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(followed, { status, statusText, headers });
  }
}

/** Refuses a request that could not be decided. */
function giveUp(gate: Gate, { headers }: Request, error: unknown): Response {
  gate.onFault(error);
  const facts = { rawHeaders: [...headers].flat(), clientAddress: undefined };
  return toResponse(renderAt({ gate, facts, requestId: createRequestId() }, 'unavailable', undefined));
}
