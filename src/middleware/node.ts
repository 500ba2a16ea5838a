// `miftah/node`: puts API-key authentication in front of a `node:http` handler, with the engine in the same process.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Environment, environments } from '../domain/api-key.ts';
import { createTrustedProxies, type TrustedProxies } from '../domain/client-address.ts';
import { suggestName } from '../domain/closest-name.ts';
import { headerOf } from '../domain/credential.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed } from '../domain/verdict.ts';
import { arrivedMethodOf, arrivedTargetOf } from '../http/arrival.ts';
import { clientAddressOf, isFromTrustedProxy, pathOf, readRequestHead } from '../http/request-head.ts';
import { createRequestId } from '../http/request-id.ts';
import type { Gate } from '../profiles/gate.ts';
import { type GuardedRequest, guard, recordBefore, renderAt } from '../profiles/guard.ts';
import { appendRateHeaders, type Reply } from '../profiles/reply.ts';
import { cutReply, keepOpen } from './open-reply.ts';
import { varyOn } from './reply-head.ts';
import { createRemoveFields } from './request-fields.ts';

/** Whose request it is: what `req.auth` holds once a request was let through. */
export interface Auth {
  readonly keyId: string;
  readonly orgId: string;
  readonly apiId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  /** Where the key stands with its tightest limit; `undefined` when it has none. */
  readonly rate: RateState | undefined;
  readonly requestId: string;
}

export type AuthenticatedRequest = IncomingMessage & { readonly auth: Auth };

export interface ApiKeyAuthOptions {
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. Default: `public.trustedProxies` of the configuration. */
  readonly trustedProxies?: readonly string[];
  /**
   * The one environment that this server serves; keys of the other are refused. Default: that of the request's host, where the
   * configuration binds it to one; else both, see `req.auth.environment`.
   */
  readonly environment?: Environment;
  /** Scopes that every request to the handler needs. Default: none. */
  readonly scopes?: readonly string[];
  /**
   * Header fields to leave in the request although a client could change with them what was decided, such as
   * `X-HTTP-Method-Override`. Default: none.
   */
  readonly passHeaders?: readonly string[];
}

const optionNames: readonly string[] = [
  'trustedProxies',
  'environment',
  'scopes',
  'passHeaders',
] satisfies readonly (keyof ApiKeyAuthOptions)[];

/** Wraps a handler: it is called for allowed requests only, with `req.auth` set. */
export type Protect = (
  handler: (req: AuthenticatedRequest, res: ServerResponse) => void,
) => (req: IncomingMessage, res: ServerResponse) => void;

/**
 * Makes the wrapper for one API. It decides on the method and the target that the client sent, whatever a framework made of
 * `req.method` and `req.url`; a request whose method was changed before is refused. Refusals are answered in the API's dialect; the
 * handler never sees them. Fails closed: what can't be decided is a 503.
 *
 * The handler sees no field that could change what was decided (see `passHeaders`) and no `X-Miftah-*` of the client's. Rate headers
 * and `X-Request-Id` are set on the reply before it runs. A reply that is still open when its key loses its rights is cut within
 * 2 s. What the handler throws is an uncaught exception, as in plain Node.
 *
 * Throws a `TypeError` for an option that does not exist or can't be read.
 */
export function apiKeyAuth(gate: Gate, options: ApiKeyAuthOptions = {}): Protect {
  checkOptions(options);
  const credentialHeader = headerOf(gate.api.source);
  const door: Door = {
    gate,
    environment: options.environment,
    scopes: options.scopes === undefined ? undefined : [...options.scopes],
    trusted: options.trustedProxies === undefined ? gate.trustedProxies : createTrustedProxies(options.trustedProxies),
    removeFields: createRemoveFields(options.passHeaders ?? []),
    // Shared caches keep off replies to requests with Authorization by themselves (RFC 9111 §3.5).
    vary: credentialHeader === 'authorization' ? undefined : credentialHeader,
  };
  return (handler) => (req, res) => authenticate(door, handler, req, res);
}

type Handler = Parameters<Protect>[0];

/** What all requests of one guard share. */
interface Door {
  readonly gate: Gate;
  readonly environment: Environment | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly trusted: TrustedProxies;
  readonly removeFields: ReturnType<typeof createRemoveFields>;
  readonly vary: string | undefined;
}

function authenticate(door: Door, handler: Handler, req: IncomingMessage, res: ServerResponse): void {
  try {
    const head = readRequestHead(req.rawHeaders);
    if (head.isLast) res.shouldKeepAlive = false;
    const method = arrivedMethodOf(req);
    const facts: RequestFacts = {
      method,
      path: pathOf(arrivedTargetOf(req)),
      rawHeaders: req.rawHeaders,
      clientAddress: clientAddressOf(req, head.forwardedFor, door.trusted),
      environment: door.environment ?? door.gate.boundHosts.get(head.host),
      requiredScopes: door.scopes,
    };
    // What something before us made of the method is what the application would carry out.
    const fault = head.fault ?? (method === req.method ? undefined : 'method_not_allowed');
    const entrance = new Entrance(door, handler, req, res, facts);
    guard(entrance, fault)?.catch((error: unknown) => giveUp(door, res, error));
  } catch (error) {
    giveUp(door, res, error);
  }
}

/** A request on its way to the application. */
class Entrance implements GuardedRequest<void> {
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId = createRequestId();
  private readonly door: Door;
  private readonly handler: Handler;
  private readonly req: IncomingMessage;
  private readonly res: ServerResponse;

  constructor(door: Door, handler: Handler, req: IncomingMessage, res: ServerResponse, facts: RequestFacts) {
    this.gate = door.gate;
    this.facts = facts;
    this.door = door;
    this.handler = handler;
    this.req = req;
    this.res = res;
  }

  allow(allowed: Allowed): Promise<void> {
    return recordBefore(this, allowed).then(() => this.#enter(allowed));
  }

  answer(reply: Reply): void {
    answerUnlessBegun(this.res, reply);
  }

  #enter(allowed: Allowed): void {
    const { req, res } = this;
    // Something before us, such as a time limit, has answered meanwhile.
    if (res.headersSent) return;
    keepOpen(this.gate.openExchanges, this.facts, allowed, res);
    this.#prepare(allowed);
    try {
      this.handler(req as AuthenticatedRequest, res);
    } catch (error) {
      // Out of the promise: an error of the application is an uncaught exception, as without the guard.
      process.nextTick(rethrow, error);
    }
  }

  /** Makes the request and the reply ready for the application. */
  #prepare({ key, rate }: Allowed): void {
    const { req, res, door, requestId } = this;
    res.setHeader('X-Request-Id', requestId);
    if (door.vary !== undefined) varyOn(res, door.vary);
    if (rate !== undefined) setRateHeaders(res, door.gate, rate);
    door.removeFields(req, () => isFromTrustedProxy(req, door.trusted));
    (req as { auth?: Auth }).auth = {
      keyId: key.id,
      orgId: key.orgId,
      apiId: key.apiId,
      environment: key.environment,
      scopes: key.scopes,
      rate,
      requestId,
    };
  }
}

function setRateHeaders(res: ServerResponse, { dialect }: Gate, rate: RateState): void {
  const headers: string[] = [];
  appendRateHeaders(headers, dialect, rate);
  for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at] as string, headers[at + 1] as string);
}

function answerUnlessBegun(res: ServerResponse, { status, headers, body }: Reply): void {
  // Something before us has answered meanwhile.
  if (res.headersSent) return;
  res.writeHead(status, headers);
  res.end(body);
}

/** The request was not decided, or its use not recorded: it is refused, and the process lives. */
function giveUp({ gate }: Door, res: ServerResponse, error: unknown): void {
  try {
    gate.onFault(error);
    answerUnlessBegun(res, renderAt({ gate, requestId: createRequestId() }, 'unavailable', undefined));
  } catch {
    cutReply(res);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function checkOptions(options: ApiKeyAuthOptions): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name))
      throw new TypeError(`${name} is not an option of apiKeyAuth: ${suggestName(name, optionNames)}`);
  }
  for (const name of ['trustedProxies', 'scopes', 'passHeaders'] as const) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
      throw new TypeError(`${name} must be a list of strings`);
  }
  const { environment } = options;
  if (environment !== undefined && !environments.includes(environment))
    throw new TypeError(`environment must be one of ${environments.join(', ')}`);
}
