// `miftah/node`: puts API-key authentication in front of a `node:http` handler, with the engine in the same process.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Environment, environments } from '../domain/api-key.ts';
import { createTrustedProxies } from '../domain/client-address.ts';
import { suggestName } from '../domain/closest-name.ts';
import { headerOf } from '../domain/credential.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed, Verdict } from '../domain/verdict.ts';
import { arrivedMethodOf, arrivedTargetOf } from '../http/arrival.ts';
import { clientAddressOf, isFromTrustedProxy, pathOf, readRequestHead } from '../http/request-head.ts';
import { createRequestId } from '../http/request-id.ts';
import { chargeFault, type Gate, recordRefusal } from '../profiles/gate.ts';
import type { Problem } from '../profiles/profile.ts';
import { appendRateHeaders, renderProblem } from '../profiles/reply.ts';
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
  const { environment } = options;
  const scopes = options.scopes === undefined ? undefined : [...options.scopes];
  const trusted =
    options.trustedProxies === undefined ? gate.trustedProxies : createTrustedProxies(options.trustedProxies);
  const removeFields = createRemoveFields(options.passHeaders ?? []);
  const { api, dialect, boundHosts } = gate;
  const credentialHeader = headerOf(api.source);

  return function protect(handler) {
    function conclude(req: IncomingMessage, res: ServerResponse, facts: RequestFacts, verdict: Verdict): void {
      const requestId = createRequestId();
      if (verdict.kind === 'refused') {
        recordRefusal(gate, verdict, facts);
        answer(res, verdict.reason, verdict.rate, requestId);
        return;
      }
      const { key } = verdict;
      gate.usage.recordUseInTurn(key, 'allowed', facts.clientAddress).then(
        () => letThrough(req, res, facts, verdict, requestId),
        (error: unknown) => giveUp(res, error),
      );
    }

    function letThrough(
      req: IncomingMessage,
      res: ServerResponse,
      facts: RequestFacts,
      allowed: Allowed,
      requestId: string,
    ): void {
      try {
        // Something before us, such as a time limit, has answered meanwhile.
        if (res.headersSent) return;
        keepOpen(gate.openExchanges, facts, allowed, res);
        prepare(req, res, allowed, requestId);
      } catch (error) {
        giveUp(res, error);
        return;
      }
      try {
        handler(req as AuthenticatedRequest, res);
      } catch (error) {
        // Out of the promise: an error of the application is an uncaught exception, as without the guard.
        process.nextTick(rethrow, error);
      }
    }

    return function authenticate(req, res) {
      try {
        const head = readRequestHead(req.rawHeaders);
        if (head.isLast) res.shouldKeepAlive = false;
        const method = arrivedMethodOf(req);
        const facts: RequestFacts = {
          method,
          path: pathOf(arrivedTargetOf(req)),
          rawHeaders: req.rawHeaders,
          clientAddress: clientAddressOf(req, head.forwardedFor, trusted),
          environment: environment ?? boundHosts.get(head.host),
          requiredScopes: scopes,
        };
        // What something before us made of the method is what the application would carry out.
        const fault = head.fault ?? (method === req.method ? undefined : 'method_not_allowed');
        if (fault !== undefined) {
          chargeFault(gate, fault, facts)
            .then(({ problem, rate }) => answer(res, problem, rate, createRequestId()))
            .catch((error: unknown) => giveUp(res, error));
          return;
        }
        const verdict = gate.authorize(facts);
        if (verdict instanceof Promise) {
          verdict.then((late) => conclude(req, res, facts, late)).catch((error: unknown) => giveUp(res, error));
        } else {
          conclude(req, res, facts, verdict);
        }
      } catch (error) {
        giveUp(res, error);
      }
    };
  };

  /** Makes the request and the reply ready for the application. */
  function prepare(req: IncomingMessage, res: ServerResponse, { key, rate }: Allowed, requestId: string): void {
    res.setHeader('X-Request-Id', requestId);
    if (credentialHeader !== 'authorization') varyOn(res, credentialHeader);
    if (rate !== undefined) setRateHeaders(res, rate);
    removeFields(req, () => isFromTrustedProxy(req, trusted));
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

  function setRateHeaders(res: ServerResponse, rate: RateState): void {
    const headers: string[] = [];
    appendRateHeaders(headers, dialect, rate);
    for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at] as string, headers[at + 1] as string);
  }

  function answer(res: ServerResponse, problem: Problem, rate: RateState | undefined, requestId: string): void {
    // Something before us has answered meanwhile.
    if (res.headersSent) return;
    const reply = renderProblem(dialect, api.id, problem, rate, requestId);
    res.writeHead(reply.status, reply.headers);
    res.end(reply.body);
  }

  /** The request was not decided, or its use not recorded: it is refused, and the process lives. */
  function giveUp(res: ServerResponse, error: unknown): void {
    try {
      gate.onFault(error);
      answer(res, 'unavailable', undefined, createRequestId());
    } catch {
      cutReply(res);
    }
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function checkOptions(options: ApiKeyAuthOptions): void {
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name))
      throw new TypeError(`${name} is no option of apiKeyAuth: ${suggestName(name, optionNames)}`);
  }
  for (const name of ['trustedProxies', 'scopes', 'passHeaders'] as const) {
    const value: unknown = options[name];
    if (value === undefined) continue;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
      throw new TypeError(`${name} must be a list of texts`);
  }
  const { environment } = options;
  if (environment !== undefined && !environments.includes(environment))
    throw new TypeError(`environment must be one of ${environments.join(', ')}`);
}
