// POST /v1/verify: decides about a request that another server received. It is a hot route, without the framework.
import { canonicalAddress } from '../../domain/address.ts';
import { noAnnotations } from '../../domain/annotations.ts';
import type { AuthorizedKey } from '../../domain/api-key.ts';
import { isCacheable, keyHeadersOf, placesOf, presentCredential } from '../../domain/credential.ts';
import { mayDecide } from '../../domain/grant.ts';
import { type PositionMark, parsePosition } from '../../domain/position.ts';
import type { RateState } from '../../domain/rate-limit.ts';
import type { Redactor } from '../../domain/redaction.ts';
import type { RequestFacts } from '../../domain/request-facts.ts';
import type { Allowed, Refused, Verdict } from '../../domain/verdict.ts';
import type { CheckOutcome } from '../../engine/explain.ts';
import { needsEndpoint } from '../../engine/scopes.ts';
import type { Assertions } from '../../gateway/assertion.ts';
import { logAccess } from '../../profiles/access.ts';
import type { Gate } from '../../profiles/gate.ts';
import { type GuardedRequest, guard, recordBefore, renderAt } from '../../profiles/guard.ts';
import { appendRateHeaders, type Reply } from '../../profiles/reply.ts';
import { identityOf } from '../identity.ts';
import { createRequestId } from '../request-id.ts';
import { describeProblem, type ProblemDetails, problemOfIssues } from '../wire/problem.ts';
import { type VerifyReply, type VerifyRequest, verifyRequestSchema } from '../wire/schemas.ts';
import type { HotAnswer, HotRoute } from './hot-route.ts';

/** What `/v1/verify` needs. */
export interface VerifyParts {
  /** By API id. */
  readonly gates: ReadonlyMap<string, Gate>;
  /** Whether this node's memory has the change at `minimum`. Default: always, as in a single process. */
  readonly hasReached?: ((minimum: PositionMark) => boolean) | undefined;
  /** Signs the identity of an allowed request for `forward`. Absent: `forward` has no assertion. */
  readonly assertions?: Pick<Assertions, 'assert'> | undefined;
  readonly redactor: Redactor;
  /** Called with the error when an explanation was not possible, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

const undecided = describeProblem(
  'unavailable',
  'Miftah cannot decide now because the database does not answer. Try again shortly.',
);

const mayNotDecide = describeProblem(
  'token_not_allowed',
  'This token may not decide about requests of this API: send the token of a verifier of the API.',
);

/**
 * Creates the route. Without `explain`, it decides like every carrier: it counts limits, and records uses and denials.
 * With `explain`, it counts and records nothing. It returns a denial at once if the key is in memory and the limiter
 * counts in process, else a promise.
 */
export function createVerify({ gates, hasReached = () => true, assertions, redactor, onFault }: VerifyParts): HotRoute {
  return function verify(body, grant) {
    const parsed = verifyRequestSchema.safeParse(body);
    if (!parsed.success) return { ok: false, problem: problemOfIssues(parsed.error.issues, redactor) };
    const request = parsed.data;
    // First, so that a token can't learn which other APIs there are.
    if (!mayDecide(grant, request.api)) return { ok: false, problem: mayNotDecide };
    const gate = gates.get(request.api);
    if (gate === undefined) {
      const detail = `api: no such API is configured: use one of ${[...gates.keys()].join(', ')}`;
      return { ok: false, problem: describeProblem('api_unknown', detail, 'api') };
    }
    const clientAddress = request.clientIp === undefined ? undefined : canonicalAddress(request.clientIp);
    if (request.clientIp !== undefined && clientAddress === undefined) {
      const detail = 'clientIp: is not an IP address: send one without a port or brackets, or omit it';
      return { ok: false, problem: describeProblem('invalid_input', detail, 'clientIp') };
    }
    const missing = findMissing(request, gate);
    if (missing !== undefined) return { ok: false, problem: missing };
    const facts = readFacts(request, gate, clientAddress);
    let decider: Pick<Gate, 'authorize' | 'explain'> = gate;
    if (request.minRevision !== undefined) {
      const minimum = parsePosition(request.minRevision);
      if (minimum === undefined) {
        const detail = 'minRevision: is not a revision: send the X-Miftah-Revision of a reply unchanged, or omit it';
        return { ok: false, problem: describeProblem('invalid_input', detail, 'minRevision') };
      }
      if (!hasReached(minimum)) decider = gate.fresh;
    }

    const question = new Question(request, gate, facts, assertions);
    return request.explain === true
      ? explain(question, decider.explain, onFault)
      : guard(question, undefined, decider.authorize);
  };
}

/** The request of one call as the guard sees it, with the answer for each outcome. */
class Question implements GuardedRequest<HotAnswer> {
  readonly carrier = 'verify';
  readonly arrivedAtMs = performance.now();
  readonly request: VerifyRequest;
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId = createRequestId();
  private readonly assertions: VerifyParts['assertions'];

  constructor(request: VerifyRequest, gate: Gate, facts: RequestFacts, assertions: VerifyParts['assertions']) {
    this.request = request;
    this.gate = gate;
    this.facts = facts;
    this.assertions = assertions;
  }

  allow(allowed: Allowed): Promise<HotAnswer> {
    const recorded = recordBefore(this, allowed);
    const assertion = this.assertions?.assert(allowed.key);
    return typeof assertion === 'object'
      ? Promise.all([assertion, recorded]).then(([late]) => answerAllowed(this, allowed, late))
      : recorded.then(() => answerAllowed(this, allowed, assertion));
  }

  /** `forward` names no key. The caller must still remove the `X-Miftah-*` headers that the client sent. */
  allowPublic(): HotAnswer {
    if (this.request.explain !== true) logAccess(this, {});
    const { gate, facts, requestId } = this;
    const id = ['X-Request-Id', requestId];
    const vary = gate.cors?.isVaried === true ? ['Vary', 'Origin'] : [];
    const shared = gate.cors?.headersFor(facts.rawHeaders, undefined) ?? [];
    const headers = toNamed([...id, ...vary, ...shared]);
    const forward = { headers: toNamed(id) };
    const reply: VerifyReply = { verdict: 'allowed', key: null, rate: null, forward, reply: { headers } };
    return { ok: true, text: JSON.stringify(reply) };
  }

  /** The key has endpoints, but the caller omitted method or path. The caller, not the owner of the key, fixes this. */
  claim({ reason }: Pick<Refused, 'reason'>): HotAnswer | undefined {
    return this.facts.isEndpointUnknown === true && reason === 'endpoint_not_allowed'
      ? { ok: false, problem: endpointMissing(this.request, 'the endpoints of this key') }
      : undefined;
  }

  /** If no decision is possible, a caller that sent `minRevision` gets a problem. Others get the API's own reply. */
  answer(reply: Reply, refused: Refused | undefined): HotAnswer {
    if (refused === undefined) return { ok: true, text: JSON.stringify(showAnswered(reply)) };
    if (this.request.minRevision !== undefined && refused.reason === 'unavailable')
      return { ok: false, problem: undecided };
    return { ok: true, text: JSON.stringify(showRefused(refused, reply)) };
  }
}

/** Explains without counting or recording. A request that needs no key has no checks, so it gets the usual answer. */
async function explain(
  question: Question,
  explainFacts: Gate['explain'],
  onFault: VerifyParts['onFault'],
): Promise<HotAnswer> {
  const { gate, facts, requestId } = question;
  const preflight = gate.cors?.answerPreflight(facts, requestId);
  if (preflight !== undefined) return question.answer(preflight, undefined);
  if (gate.isPublic?.(facts) === true) return question.allowPublic();
  try {
    const { verdict, checks } = await explainFacts(question.facts);
    const claimed = checks.map(({ reason }) => reason && question.claim({ reason })).find((each) => each !== undefined);
    if (claimed !== undefined) return claimed;
    const shown =
      verdict.kind === 'allowed'
        ? showVerdict(verdict)
        : showRefused(verdict, renderAt(question, verdict.reason, verdict.rate));
    const rate = shown.rate && { ...shown.rate, windows: gate.api.policy.limitWindows };
    const reply: VerifyReply = { ...shown, rate, checks: checks.map(toCheck) };
    return { ok: true, text: JSON.stringify(reply) };
  } catch (error) {
    onFault(error);
    return { ok: false, problem: undecided };
  }
}

function answerAllowed(question: Question, allowed: Allowed, assertion: string | undefined): HotAnswer {
  logAccess(question, { key: allowed.key });
  return { ok: true, text: renderAllowed(question, allowed, assertion) };
}

/** The problem for an omitted fact that a rule of the API needs: a missing fact must never widen a right. */
function findMissing(request: VerifyRequest, { api, boundHosts }: Gate): ProblemDetails | undefined {
  if (boundHosts.size > 0 && request.environment === undefined) {
    const detail =
      'environment: is missing: send live or test if the host serves one environment, or any if it serves both';
    return describeProblem('invalid_input', detail, 'environment');
  }
  const { secret, headers, path } = request;
  if (placesOf(api.source).query !== undefined && secret === undefined) {
    // Without one of them, a key that was sent twice would look as if it was sent once.
    const field = path === undefined ? 'path' : 'headers';
    const detail = `${field}: is missing: this API takes keys in the query; send path with its query, and headers, even if empty`;
    if (path === undefined || headers === undefined) return describeProblem('invalid_input', detail, field);
  }
  return isEndpointUnknown(request) && needsEndpoint(api.policy)
    ? endpointMissing(request, 'the scopes that this API requires')
    : undefined;
}

function isEndpointUnknown({ method, path }: VerifyRequest): boolean {
  return method === undefined || path === undefined;
}

function endpointMissing({ path }: VerifyRequest, what: string): ProblemDetails {
  const field = path === undefined ? 'path' : 'method';
  return describeProblem('invalid_input', `${field}: is missing: ${what} depend on it; send method and path`, field);
}

// Cached by record and not by id: a changed key is a new record.
const allowedTexts = new WeakMap<AuthorizedKey, string>();
const cacheTexts = new WeakMap<Gate, string>();

/**
 * The JSON of an allowed verdict. Only the assertion, the request id, the CORS headers and the rate vary for one key;
 * the other parts are cached. Assertions and request ids have no characters that JSON escapes.
 */
function renderAllowed(
  { gate, facts, requestId }: Question,
  { key, rate, referrers }: Allowed,
  assertion: string | undefined,
): string {
  let text = allowedTexts.get(key);
  if (text === undefined) {
    const forward = JSON.stringify(toNamed(identityOf(key))).slice(0, -1);
    text = `{"verdict":"allowed","key":${JSON.stringify(toShownKey(key))},"forward":{"headers":${forward}`;
    allowedTexts.set(key, text);
  }
  let reply = cacheTexts.get(gate);
  if (reply === undefined) {
    reply = `"reply":{"headers":${JSON.stringify(toNamed(cacheHeadersOf(gate))).slice(0, -1)}`;
    cacheTexts.set(gate, reply);
  }
  const asserted = assertion === undefined ? '' : `,"X-Miftah-Assertion":"${assertion}"`;
  const id = `,"X-Request-Id":"${requestId}"`;
  const cors = gate.cors === undefined ? '' : renderMembers(gate.cors.headersFor(facts.rawHeaders, referrers));
  if (rate === undefined) return `${text}${asserted}${id}}},${reply}${id}${cors}}},"rate":null}`;
  const rateHeaders: string[] = [];
  appendRateHeaders(rateHeaders, gate.dialect, rate);
  const rates = renderMembers(rateHeaders);
  return `${text}${asserted}${id}}},${reply}${id}${cors}${rates}}},"rate":${JSON.stringify(toRate(rate))}}`;
}

/** Renders headers as further members of a JSON object, with a leading comma. */
function renderMembers(headers: readonly string[]): string {
  return headers.length === 0 ? '' : `,${JSON.stringify(toNamed(headers)).slice(1, -1)}`;
}

/** The cache headers that the proxy adds to a reply without cache headers of its own. */
function cacheHeadersOf({ api, cors }: Gate): string[] {
  const fields = [...keyHeadersOf(api.source), ...(cors?.isVaried === true ? ['Origin'] : [])];
  const vary = fields.length === 0 ? [] : ['Vary', fields.join(', ')];
  return isCacheable(api.source) ? [...vary, 'Cache-Control', 'private'] : vary;
}

function readFacts(request: VerifyRequest, gate: Gate, clientAddress: string | undefined): RequestFacts {
  const { headers, secret, referrer, method = 'GET', path = '/', environment, scopes } = request;
  const start = path.indexOf('?');
  const rawHeaders: string[] = [];
  const parameters: string[] = start < 0 ? [] : [path.slice(start + 1)];
  if (headers !== undefined) {
    for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers))
      rawHeaders.push(name, value);
  }
  if (secret !== undefined) {
    const presented = presentCredential(gate.api.source, secret);
    rawHeaders.push(...presented.headers);
    if (presented.query !== '') parameters.push(presented.query);
  }
  if (referrer !== undefined) rawHeaders.push('Referer', referrer);
  return {
    method,
    path: start < 0 ? path : path.slice(0, start),
    query: placesOf(gate.api.source).query === undefined ? undefined : parameters.join('&'),
    rawHeaders,
    clientAddress,
    environment: environment === 'any' ? undefined : environment,
    isEndpointUnknown: isEndpointUnknown(request),
    requiredScopes: scopes,
  };
}

/** The verdict without headers. The explanation of an allowed request has none, because it allows no request. */
function showVerdict({ kind, key, rate }: Verdict): VerifyReply {
  return { verdict: kind, key: key === undefined ? null : toShownKey(key), rate: toRate(rate) };
}

/** The answer to a request that needs no decision, such as a preflight: the reply alone. */
function showAnswered({ status, headers, body }: Reply): VerifyReply {
  return { verdict: 'answered', key: null, rate: null, reply: { status, headers: toNamed(headers), body } };
}

function showRefused(refused: Refused, { status, headers, body }: Reply): VerifyReply {
  return { ...showVerdict(refused), reason: refused.reason, reply: { status, headers: toNamed(headers), body } };
}

function toNamed(headers: readonly string[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) named[headers[at] as string] = headers[at + 1] as string;
  return named;
}

function toShownKey(key: AuthorizedKey): NonNullable<VerifyReply['key']> {
  const { id, orgId: org, apiId: api, environment, scopes, metadata } = key;
  const shown = { id, org, api, environment, scopes: [...scopes] };
  return metadata === noAnnotations.metadata ? shown : { ...shown, metadata: { ...metadata } };
}

function toRate(rate: RateState | undefined): VerifyReply['rate'] {
  if (rate === undefined) return null;
  return { limit: rate.limit, remaining: rate.remaining, reset: Math.ceil(rate.resetAtMs / 1000) };
}

function toCheck({ name, outcome, reason }: CheckOutcome): NonNullable<VerifyReply['checks']>[number] {
  return reason === undefined ? { name, outcome } : { name, outcome, reason };
}
