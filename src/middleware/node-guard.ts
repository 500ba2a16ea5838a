// Guards a `node:http` handler, for `miftah/node` and for the frameworks that run on `node:http`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFacts } from '../domain/request-facts.ts';
import { statusClassOf } from '../domain/use.ts';
import type { Allowed } from '../domain/verdict.ts';
import { isFromTrustedProxy } from '../http/request-head.ts';
import { createRequestId } from '../http/request-id.ts';
import { logAccess } from '../profiles/access.ts';
import type { Gate } from '../profiles/gate.ts';
import { type GuardedRequest, guard, recordBefore, renderAt } from '../profiles/guard.ts';
import type { Reply } from '../profiles/reply.ts';
import { readArrival, requestIdOf } from './arrived-request.ts';
import { cutReply, isClosed, keepOpen } from './open-reply.ts';
import { type ApiKeyAuthOptions, type Auth, authOf, prepareSettings, type Settings } from './options.ts';
import { keepPassage, Passage, passageOf } from './passage.ts';
import { finishHead, type HeadRules, releaseHead } from './reply-head.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** Guards a request: one of the handlers gets it, or it is answered. `publicHandler` gets requests without a key. */
export type Guard = (
  handler: Handler,
  publicHandler: Handler | undefined,
) => (req: IncomingMessage, res: ServerResponse) => void;

/**
 * When the use of an allowed request is recorded. `before`: before its handler runs, with the status class `unknown`,
 * in one write for all requests of a turn. `at_head`: with the status of its reply, before the head leaves. Then a route
 * can still refuse the request, see `demandScopes`.
 */
type Recording = 'before' | 'at_head';

/** Throws a `TypeError` for an unknown option or a wrong value. */
export function createGuard(gate: Gate, options: ApiKeyAuthOptions, recording: Recording): Guard {
  const settings = prepareSettings(gate, options);
  return (handler, publicHandler) => {
    const handlers: Handlers = { handler, publicHandler, recording };
    return (req, res) => authenticate(settings, handlers, req, res);
  };
}

interface Handlers {
  readonly handler: Handler;
  readonly publicHandler: Handler | undefined;
  readonly recording: Recording;
}

function authenticate(settings: Settings, handlers: Handlers, req: IncomingMessage, res: ServerResponse): void {
  try {
    const { facts, fault, isLast } = readArrival(settings, req);
    if (isLast) res.shouldKeepAlive = false;
    const request = new PendingRequest(settings, handlers, req, res, facts);
    guard(request, fault)?.catch((error: unknown) => {
      giveUp(settings, req, res, error);
      logAccess(request, { status: res.statusCode, reason: 'unavailable' });
    });
  } catch (error) {
    giveUp(settings, req, res, error);
  }
}

/** A request before the application gets it. */
class PendingRequest implements GuardedRequest<void> {
  readonly carrier = 'node';
  readonly arrivedAtMs = performance.now();
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId: string;
  private readonly settings: Settings;
  private readonly handlers: Handlers;
  private readonly req: IncomingMessage;
  private readonly res: ServerResponse;

  constructor(settings: Settings, handlers: Handlers, req: IncomingMessage, res: ServerResponse, facts: RequestFacts) {
    this.gate = settings.gate;
    this.facts = facts;
    this.requestId = requestIdOf(req.rawHeaders, isFromTrustedProxy(req, settings.trusted));
    this.settings = settings;
    this.handlers = handlers;
    this.req = req;
    this.res = res;
  }

  allow(allowed: Allowed): void | Promise<void> {
    if (this.handlers.recording === 'before') return recordBefore(this, allowed).then(() => this.#enter(allowed));
    this.#enter(allowed);
  }

  allowPublic(decide: () => void | Promise<void>): void | Promise<void> {
    const { req, res, settings, requestId } = this;
    const { publicHandler } = this.handlers;
    if (publicHandler === undefined) return decide();
    if (res.headersSent) return undefined;
    const passage = new Passage(this, undefined);
    keepPassage(req, passage);
    if (this.gate.accessLog.isOn) this.#logAtEnd(passage, undefined);
    res.setHeader('X-Request-Id', requestId);
    const { cors } = settings.gate;
    if (cors !== undefined)
      finishHead(res, { ...settings.publicHead, cors: cors.headersFor(req.rawHeaders, undefined) });
    this.#cleanRequest();
    call(publicHandler, req, res);
  }

  answer(reply: Reply): void {
    answerUnlessBegun(this.res, reply);
  }

  #enter(allowed: Allowed): void {
    const { req, res, handlers } = this;
    const passage = new Passage(this, allowed);
    // Another middleware, such as a time limit, may have answered meanwhile.
    if (res.headersSent) {
      if (handlers.recording === 'at_head') passage.record('unknown');
      logAccess(this, { status: res.statusCode, key: allowed.key });
      return;
    }
    if (this.gate.accessLog.isOn) this.#logAtEnd(passage, allowed.key);
    keepOpen(this.gate.openExchanges, this.facts, allowed, res);
    this.#prepare(allowed, passage);
    call(handlers.handler, req, res);
  }

  /** Logs the request with the application's reply. A request that a route refused is logged as refused. */
  #logAtEnd(passage: Passage, key: Allowed['key'] | undefined): void {
    const { res } = this;
    const log = () => {
      if (passage.isRefused) return;
      logAccess(this, res.headersSent ? { status: res.statusCode, key } : { reason: 'client_left', key });
    };
    if (isClosed(res)) log();
    else res.on('close', log);
  }

  /** Prepares the request and the reply for the application. */
  #prepare(allowed: Allowed, passage: Passage): void {
    const { req, res, settings, gate } = this;
    const onHead = this.handlers.recording === 'at_head' ? this.#recordAtHead(passage) : undefined;
    if (settings.head.vary.length > 0 || gate.cors !== undefined || onHead !== undefined)
      finishHead(res, { ...settings.head, cors: gate.cors?.headersFor(req.rawHeaders, allowed.referrers), onHead });
    const added = passage.listHeaders();
    for (let at = 0; at < added.length; at += 2) res.setHeader(added[at] as string, added[at + 1] as string);
    this.#cleanRequest();
    (req as { auth?: Auth }).auth = authOf(allowed, this.requestId);
  }

  /** Records the use with the status of the reply, or at the end of a reply that never began. */
  #recordAtHead(passage: Passage): HeadRules['onHead'] {
    keepPassage(this.req, passage);
    const recordLeft = () => passage.record('client_left');
    // `close` of a reply that has closed would not come again.
    if (isClosed(this.res)) recordLeft();
    else this.res.on('close', recordLeft);
    return (status) => passage.record(statusClassOf(status));
  }

  #cleanRequest(): void {
    const { req, settings } = this;
    settings.removeFields.fromMessage(req, () => isFromTrustedProxy(req, settings.trusted));
    settings.removeKeys?.fromMessage(req);
  }
}

/**
 * Lets a request of an `at_head` guard pass if its key has all `scopes`, else refuses it. Throws if no such guard ran
 * before.
 */
export function demandScopes(
  scopes: readonly string[],
  req: IncomingMessage,
  res: ServerResponse,
  pass: () => void,
): void {
  const passage = passageOf(req);
  const refusing = passage.refuseWithout(scopes);
  if (refusing === undefined) {
    pass();
    return;
  }
  void refusing.then((reply) => {
    if (res.headersSent) return;
    releaseHead(res);
    for (const name of passage.listHeaders().filter((_, at) => at % 2 === 0)) res.removeHeader(name);
    answerUnlessBegun(res, reply);
  });
}

function answerUnlessBegun(res: ServerResponse, { status, headers, body }: Reply): void {
  // Another middleware may have answered meanwhile.
  if (res.headersSent) return;
  res.writeHead(status, headers);
  res.end(body);
}

/** Refuses a request that could not be decided, or whose use could not be recorded. Never throws. */
function giveUp({ gate }: Settings, req: IncomingMessage, res: ServerResponse, error: unknown): void {
  try {
    gate.onFault(error);
    answerUnlessBegun(
      res,
      renderAt(
        { gate, facts: { rawHeaders: req.rawHeaders, clientAddress: undefined }, requestId: createRequestId() },
        'unavailable',
        undefined,
      ),
    );
  } catch {
    cutReply(res);
  }
}

function call<Req>(handler: (req: Req, res: ServerResponse) => void, req: Req, res: ServerResponse): void {
  try {
    handler(req, res);
  } catch (error) {
    // Thrown outside of the promise: an error of the application is an uncaught exception, as without the guard.
    process.nextTick(rethrow, error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
