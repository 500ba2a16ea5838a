// `miftah/node`: puts API-key authentication in front of a `node:http` handler, with the engine in the same process.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metadata } from '../domain/annotations.ts';
import { type Environment, environments } from '../domain/api-key.ts';
import { createTrustedProxies, type TrustedProxies } from '../domain/client-address.ts';
import { suggestName } from '../domain/closest-name.ts';
import { isCacheable, keyHeadersOf, placesOf } from '../domain/credential.ts';
import { queryOf } from '../domain/query-key.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed } from '../domain/verdict.ts';
import { arrivedHeadersOf, arrivedMethodOf, arrivedTargetOf } from '../http/arrival.ts';
import { clientAddressOf, hostNameOf, isFromTrustedProxy, pathOf, readRequestHead } from '../http/request-head.ts';
import { createRequestId, findRequestId } from '../http/request-id.ts';
import { readAbsoluteTarget } from '../http/request-target.ts';
import type { Gate } from '../profiles/gate.ts';
import { type GuardedRequest, guard, recordBefore, renderAt } from '../profiles/guard.ts';
import type { Fault } from '../profiles/profile.ts';
import { appendRateHeaders, type Reply } from '../profiles/reply.ts';
import { cutReply, keepOpen } from './open-reply.ts';
import { finishHead } from './reply-head.ts';
import { createRemoveFields } from './request-fields.ts';
import { createRemoveKeys } from './request-keys.ts';

/** The key of an allowed request, in `req.auth`. */
export interface Auth {
  readonly keyId: string;
  readonly orgId: string;
  readonly apiId: string;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  /** The metadata that `forwardMetadata` of the API names: of the key, else of its organization. */
  readonly metadata: Metadata;
  /** The state of the key's tightest limit. `undefined`: it has no limit. */
  readonly rate: RateState | undefined;
  readonly requestId: string;
}

/** An allowed request. */
export type AuthenticatedRequest = IncomingMessage & { readonly auth: Auth };

/** Settings of one `apiKeyAuth`, beside the API's configuration. */
export interface ApiKeyAuthOptions {
  /**
   * Addresses and ranges of proxies that are trusted to name the client, in the header that `public.forwardedHeader`
   * sets. Default: `public.trustedProxies` of the configuration.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * The only environment that this server serves; keys of the other are refused. Default: the environment that the
   * configuration binds the request's host to, or both. See `req.auth.environment`.
   */
  readonly environment?: Environment;
  /** Scopes that every request to the handler needs. Default: none. */
  readonly scopes?: readonly string[];
  /**
   * Header fields to keep, although a client could change the meaning of the request with them, such as
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

/**
 * Wraps a handler, which then gets only allowed requests, with `req.auth` set. Requests to the API's public paths go to
 * `publicHandler`, without `req.auth`. Without it they need a key like all others, because `handler` relies on
 * `req.auth`.
 */
export type Protect = (
  handler: (req: AuthenticatedRequest, res: ServerResponse) => void,
  publicHandler?: (req: IncomingMessage, res: ServerResponse) => void,
) => (req: IncomingMessage, res: ServerResponse) => void;

/**
 * Creates the wrapper for one API. It decides on the method and target that the client sent, whatever a framework made
 * of `req.method` and `req.url`, and refuses a request whose method was changed before. It answers refused requests in
 * the API's dialect; the handler never sees them. What can't be decided gets a 503.
 * The handler sees no `X-Miftah-*` field of the client, and none that could change the meaning of the request (see
 * `passHeaders`). The reply has rate headers and `X-Request-Id` before the handler runs. A reply that is open when its
 * key loses its permissions is cut within 2 s. An error that the handler throws is an uncaught exception, as in plain
 * Node.
 * Throws a `TypeError` for an unknown option or a wrong value.
 */
export function apiKeyAuth(gate: Gate, options: ApiKeyAuthOptions = {}): Protect {
  checkOptions(options);
  const { source } = gate.api;
  const settings: Settings = {
    gate,
    environment: options.environment,
    scopes: options.scopes === undefined ? undefined : [...options.scopes],
    trusted:
      options.trustedProxies === undefined
        ? gate.trustedProxies
        : createTrustedProxies(options.trustedProxies, gate.trustedProxies.header),
    removeFields: createRemoveFields(options.passHeaders ?? []),
    takesQuery: placesOf(source).query !== undefined,
    removeKeys: createRemoveKeys(placesOf(source)),
    vary: [
      // Shared caches do not store replies to requests with Authorization (RFC 9111 §3.5).
      ...(isCacheable(source) ? keyHeadersOf(source) : []),
      ...(gate.cors?.isVaried === true ? ['Origin'] : []),
    ],
    isPrivate: isCacheable(source),
  };
  return (handler, publicHandler) => {
    const handlers: Handlers = { handler, publicHandler };
    return (req, res) => authenticate(settings, handlers, req, res);
  };
}

interface Handlers {
  readonly handler: Parameters<Protect>[0];
  readonly publicHandler: Parameters<Protect>[1];
}

/** Shared by all requests of one guard. */
interface Settings {
  readonly gate: Gate;
  readonly environment: Environment | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly trusted: TrustedProxies;
  readonly removeFields: ReturnType<typeof createRemoveFields>;
  /** Whether the API takes keys in the query. */
  readonly takesQuery: boolean;
  readonly removeKeys: ReturnType<typeof createRemoveKeys>;
  readonly vary: readonly string[];
  readonly isPrivate: boolean;
}

function authenticate(settings: Settings, handlers: Handlers, req: IncomingMessage, res: ServerResponse): void {
  try {
    const head = readRequestHead(req.rawHeaders);
    if (head.isLast) res.shouldKeepAlive = false;
    const method = arrivedMethodOf(req);
    const arrived = arrivedTargetOf(req);
    const absolute = readAbsoluteTarget(method, arrived);
    const target = absolute?.target ?? arrived;
    const facts: RequestFacts = {
      method,
      path: pathOf(target),
      query: settings.takesQuery ? queryOf(target) : undefined,
      rawHeaders: arrivedHeadersOf(req),
      clientAddress: clientAddressOf(req, head, settings.trusted),
      environment: settings.environment ?? settings.gate.boundHosts.get(head.host),
      requiredScopes: settings.scopes,
    };
    // If another middleware changed the method, the application would act on the changed one.
    let fault: Fault | undefined = head.fault ?? (method === req.method ? undefined : 'method_not_allowed');
    // The host of the target counts (RFC 9112 §3.2.2), but the application reads the Host header.
    if (absolute !== undefined && hostNameOf(absolute.authority) !== head.host) fault ??= 'bad_request';
    const request = new PendingRequest(settings, handlers, req, res, facts);
    guard(request, fault)?.catch((error: unknown) => giveUp(settings, req, res, error));
  } catch (error) {
    giveUp(settings, req, res, error);
  }
}

/** A request before the application gets it. */
class PendingRequest implements GuardedRequest<void> {
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
    const isPeerTrusted = isFromTrustedProxy(req, settings.trusted);
    this.requestId = (isPeerTrusted ? findRequestId(req.rawHeaders) : undefined) ?? createRequestId();
    this.settings = settings;
    this.handlers = handlers;
    this.req = req;
    this.res = res;
  }

  allow(allowed: Allowed): Promise<void> {
    return recordBefore(this, allowed).then(() => this.#enter(allowed));
  }

  allowPublic(decide: () => void | Promise<void>): void | Promise<void> {
    const { req, res, settings, requestId } = this;
    const { publicHandler } = this.handlers;
    if (publicHandler === undefined) return decide();
    if (res.headersSent) return undefined;
    res.setHeader('X-Request-Id', requestId);
    const { cors } = settings.gate;
    const vary = cors?.isVaried === true ? ['Origin'] : [];
    if (cors !== undefined)
      finishHead(res, { vary, isPrivate: false, cors: cors.headersFor(req.rawHeaders, undefined) });
    settings.removeFields(req, () => isFromTrustedProxy(req, settings.trusted));
    settings.removeKeys?.(req);
    call(publicHandler, req, res);
  }

  answer(reply: Reply): void {
    answerUnlessBegun(this.res, reply);
  }

  #enter(allowed: Allowed): void {
    const { req, res } = this;
    // Another middleware, such as a time limit, may have answered meanwhile.
    if (res.headersSent) return;
    keepOpen(this.gate.openExchanges, this.facts, allowed, res);
    this.#prepare(allowed);
    call(this.handlers.handler, req as AuthenticatedRequest, res);
  }

  /** Prepares the request and the reply for the application. */
  #prepare({ key, rate, referrers }: Allowed): void {
    const { req, res, settings, requestId } = this;
    const { vary, isPrivate, gate } = settings;
    res.setHeader('X-Request-Id', requestId);
    if (vary.length > 0 || gate.cors !== undefined)
      finishHead(res, { vary, isPrivate, cors: gate.cors?.headersFor(req.rawHeaders, referrers) });
    if (rate !== undefined) setRateHeaders(res, gate, rate);
    settings.removeFields(req, () => isFromTrustedProxy(req, settings.trusted));
    settings.removeKeys?.(req);
    (req as { auth?: Auth }).auth = {
      keyId: key.id,
      orgId: key.orgId,
      apiId: key.apiId,
      environment: key.environment,
      scopes: key.scopes,
      metadata: key.metadata,
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
