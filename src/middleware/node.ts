// `miftah/node`: puts API-key authentication in front of a `node:http` handler, with the engine in the same process.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthorizedKey, Environment } from '../domain/api-key.ts';
import { createTrustedProxies } from '../domain/client-address.ts';
import { headerOf } from '../domain/credential.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Verdict } from '../domain/verdict.ts';
import { clientAddressOf, pathOf, readRequestHead } from '../http/request-head.ts';
import { createRequestId } from '../http/request-id.ts';
import { chargeFault, type Gate, recordRefusal } from '../profiles/gate.ts';
import type { Problem } from '../profiles/profile.ts';
import { appendRateHeaders, renderProblem } from '../profiles/reply.ts';

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
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** The one environment that this server serves; keys of the other are refused. Default: both, see `req.auth.environment`. */
  readonly environment?: Environment;
  /** Scopes that every request to the handler needs. Default: none. */
  readonly scopes?: readonly string[];
}

/** Wraps a handler: it is called for allowed requests only, with `req.auth` set. */
export type Protect = (
  handler: (req: AuthenticatedRequest, res: ServerResponse) => void,
) => (req: IncomingMessage, res: ServerResponse) => void;

/**
 * Makes the wrapper for one API. Refusals are answered in the API's dialect; the handler never sees them. Fails closed: what
 * can't be decided is a 503. Rate headers and `X-Request-Id` are set on the reply before the handler runs. Throws a
 * `TypeError` when a trusted proxy is not an address or range.
 */
export function apiKeyAuth(gate: Gate, options: ApiKeyAuthOptions = {}): Protect {
  const { environment, scopes } = options;
  const trusted = createTrustedProxies(options.trustedProxies ?? []);
  const { api, dialect } = gate;
  const credentialHeader = headerOf(api.source);

  return function protect(handler) {
    function conclude(req: IncomingMessage, res: ServerResponse, facts: RequestFacts, verdict: Verdict): void {
      const requestId = createRequestId();
      if (verdict.kind === 'refused') {
        recordRefusal(gate, verdict, facts);
        answer(res, verdict.reason, verdict.rate, requestId);
        return;
      }
      const { key, rate } = verdict;
      gate.usage
        .recordUseInTurn(key, 'allowed', facts.clientAddress)
        .then(() => letThrough(req, res, key, rate, requestId));
    }

    function letThrough(
      req: IncomingMessage,
      res: ServerResponse,
      key: AuthorizedKey,
      rate: RateState | undefined,
      requestId: string,
    ): void {
      res.setHeader('X-Request-Id', requestId);
      if (credentialHeader !== 'authorization') {
        res.setHeader('Cache-Control', 'private');
        res.setHeader('Vary', credentialHeader);
      }
      if (rate !== undefined) setRateHeaders(res, rate);
      (req as { auth?: Auth }).auth = {
        keyId: key.id,
        orgId: key.orgId,
        apiId: key.apiId,
        environment: key.environment,
        scopes: key.scopes,
        rate,
        requestId,
      };
      handler(req as AuthenticatedRequest, res);
    }

    return function authenticate(req, res) {
      const head = readRequestHead(req.rawHeaders);
      const facts: RequestFacts = {
        method: req.method as string,
        path: pathOf(req.url as string),
        rawHeaders: req.rawHeaders,
        clientAddress: clientAddressOf(req, head.forwardedFor, trusted),
        environment,
        requiredScopes: scopes,
      };
      if (head.fault !== undefined) {
        chargeFault(gate, head.fault, facts).then(({ problem, rate }) => answer(res, problem, rate, createRequestId()));
        return;
      }
      const verdict = gate.authorize(facts);
      if (verdict instanceof Promise) verdict.then((late) => conclude(req, res, facts, late));
      else conclude(req, res, facts, verdict);
    };
  };

  function setRateHeaders(res: ServerResponse, rate: RateState): void {
    const headers: string[] = [];
    appendRateHeaders(headers, dialect, rate);
    for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at] as string, headers[at + 1] as string);
  }

  function answer(res: ServerResponse, problem: Problem, rate: RateState | undefined, requestId: string): void {
    const reply = renderProblem(dialect, api.id, problem, rate, requestId);
    res.writeHead(reply.status, reply.headers);
    res.end(reply.body);
  }
}
