// Takes a request through its gate for every carrier: decides, records a denial, and gives the carrier the reply.
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { refusedUses } from '../domain/use.ts';
import type { Allowed, Refused, Verdict } from '../domain/verdict.ts';
import type { Authorize } from '../engine/authorize.ts';
import type { RequestTrace, Tracing } from '../telemetry/tracing.ts';
import { type LoggedRequest, logAccess } from './access.ts';
import type { Gate } from './gate.ts';
import type { Fault, Problem } from './profile.ts';
import { type Reply, renderProblem } from './reply.ts';

/** A request from a carrier, and the carrier's handler for each outcome. A handler returns the carrier's `Result`. */
export interface GuardedRequest<Result> extends LoggedRequest {
  /** Its spans. Set by a carrier that makes more spans than that of the decision. */
  readonly trace?: RequestTrace | undefined;
  /** The request may pass. The carrier records its use, see `recordBefore`. */
  allow(allowed: Allowed): Result | Promise<Result>;
  /** The request may not pass. It is refused or, if `refused` is `undefined`, answered without a decision. */
  answer(reply: Reply, refused: Refused | undefined): Result;
  /**
   * The request is for a public path, so it may pass without a key. Miftah reads no key, records nothing, and names no
   * key to the upstream. If this handler is absent or calls `decide`, the request needs a key like any other.
   */
  allowPublic?(decide: () => Result | Promise<Result>): Result | Promise<Result>;
  /**
   * Takes over a denial, which is then neither recorded nor rendered. Returns `undefined` to leave it to the gate.
   */
  claim?(refused: Refused): Result | Promise<Result> | undefined;
}

/**
 * Takes a request through its gate. A preflight, `OPTIONS *` and a public path need no key. Returns at once when the
 * key is in memory and limits are counted in process, else a promise. Throws and rejects only with errors of the
 * carrier's handlers.
 *
 * @param fault why the request can't be decided; `undefined` if it can. The client is charged for it if the policy
 *   counts refused requests.
 * @param authorize default: the gate's own, which decides from this node's memory
 */
export function guard<Result>(
  request: GuardedRequest<Result>,
  fault: Fault | undefined,
  authorize: Authorize = request.gate.authorize,
): Result | Promise<Result> {
  if (fault !== undefined) return answerFault(request, fault);
  const { gate, facts, requestId } = request;
  const preflight = gate.cors?.answerPreflight(facts, requestId);
  if (preflight !== undefined) return answerLogged(request, preflight, undefined);
  if (facts.path === '*' && facts.method === 'OPTIONS')
    return answerLogged(request, answerServer(requestId), undefined);
  if (request.allowPublic !== undefined && gate.isPublic?.(facts) === true)
    return request.allowPublic(() => decide(request, authorize));
  return decide(request, authorize);
}

function decide<Result>(request: GuardedRequest<Result>, authorize: Authorize): Result | Promise<Result> {
  const verdict = authorize(request.facts);
  return verdict instanceof Promise ? verdict.then((late) => conclude(request, late)) : conclude(request, verdict);
}

function conclude<Result>(request: GuardedRequest<Result>, verdict: Verdict): Result | Promise<Result> {
  const { gate, carrier, arrivedAtMs } = request;
  gate.traffic.decisions[carrier].observe(performance.now() - arrivedAtMs);
  if (gate.tracing !== undefined) traceDecision(gate.tracing, request, verdict);
  if (verdict.kind === 'allowed') return request.allow(verdict);
  return request.claim?.(verdict) ?? refuse(request, verdict);
}

function traceDecision(tracing: Tracing, request: GuardedRequest<unknown>, verdict: Verdict): void {
  const { gate, carrier, arrivedAtMs, trace } = request;
  const outcome = verdict.kind === 'allowed' ? 'allowed' : verdict.reason;
  const decision = { apiId: gate.api.id, carrier, outcome, key: verdict.key, arrivedAtMs };
  const { traceId } = tracing.decided(trace, decision);
  if (trace === undefined) request.traceId = traceId;
}

/** What it takes to refuse a request. */
type RefusedRequest<Result> = LoggedRequest & Pick<GuardedRequest<Result>, 'answer'>;

/** Records a denied request and answers it in the API's dialect. */
export function refuse<Result>(request: RefusedRequest<Result>, refused: Refused): Result {
  recordRefusal(request.gate, refused, request.facts);
  return answerLogged(request, renderAt(request, refused.reason, refused.rate), refused);
}

function answerLogged<Result>(request: RefusedRequest<Result>, reply: Reply, refused: Refused | undefined): Result {
  const { reason, key } = refused ?? {};
  logAccess(request, { status: reply.status, reason, key, bytes: Buffer.byteLength(reply.body) });
  return request.answer(reply, refused);
}

/**
 * Refuses an allowed request whose route needs a scope that its key lacks, as a scope rule does: the client is charged
 * if the policy counts refused requests. What the request took of the key's own limits stays taken.
 *
 * @param key `undefined`: the request came by a public path, and the route needs a key
 */
export async function refuseAtRoute<Result>(
  request: RefusedRequest<Result>,
  key: Allowed['key'] | undefined,
): Promise<Result> {
  const { gate, facts } = request;
  const reason = key === undefined ? 'credential_missing' : 'scope_missing';
  let refused: Refused = { kind: 'refused', reason, key, rate: undefined };
  try {
    const taken = await gate.chargeClient(facts);
    if (taken !== undefined)
      refused = { ...refused, reason: taken.isAdmitted ? reason : 'rate_limited', rate: taken.state };
  } catch (error) {
    gate.onFault(error);
    refused = { kind: 'refused', reason: 'unavailable', key: undefined, rate: undefined };
  }
  return refuse(request, refused);
}

/**
 * `OPTIONS *` asks about a server as a whole (RFC 9110 §9.3.7). It is for no path of an API, so it needs no key and
 * goes to no upstream.
 */
function answerServer(requestId: string): Reply {
  return { status: 204, headers: ['Cache-Control', 'no-store', 'X-Request-Id', requestId], body: '' };
}

/** The parts of a request from which Miftah renders its own reply. */
export interface Rendering extends Pick<GuardedRequest<never>, 'gate' | 'requestId'> {
  readonly facts: Pick<RequestFacts, 'rawHeaders' | 'clientAddress'>;
}

/** Miftah's own reply to a request that the upstream does not answer. */
export function renderAt(request: Rendering, problem: Problem, rate: RateState | undefined): Reply {
  const { gate, requestId, facts } = request;
  const reply = renderProblem(gate.replies, problem, { requestId, clientAddress: facts.clientAddress, rate });
  return shareWithPage(request, reply, undefined);
}

/**
 * Adds the headers that let a page read Miftah's own reply: its script must see why the request was refused, and when
 * to try again. Changes `reply.headers`.
 *
 * @param referrers see `Cors.headersFor`
 */
export function shareWithPage(
  { gate: { cors }, facts }: Pick<Rendering, 'gate'> & { readonly facts: Pick<RequestFacts, 'rawHeaders'> },
  reply: Reply,
  referrers: Allowed['referrers'] | undefined,
): Reply {
  if (cors === undefined) return reply;
  reply.headers.push(...cors.headersFor(facts.rawHeaders, referrers));
  if (cors.isVaried) reply.headers.push('Vary', 'Origin');
  return reply;
}

/**
 * Records the use of an allowed request with the status class `unknown`, for carriers that don't see the reply. Resolves
 * when the record is written, so await it before you answer. All records of one turn of the event loop share one write.
 */
export function recordBefore(
  { gate, facts }: Pick<GuardedRequest<never>, 'gate' | 'facts'>,
  { key }: Allowed,
): Promise<void> {
  const use = gate.useOf('unknown', key.environment, facts.method);
  return gate.usage.recordUseInTurn(key, use, facts.clientAddress, gate.routeOf(key, facts));
}

/** Answers with the fault or, when its client has reached the limit for requests without a key, with `rate_limited`. */
async function answerFault<Result>(request: GuardedRequest<Result>, fault: Fault): Promise<Result> {
  let problem: Problem = fault;
  let rate: RateState | undefined;
  try {
    const taken = await request.gate.chargeClient(request.facts);
    rate = taken?.state;
    if (taken?.isAdmitted === false) problem = 'rate_limited';
  } catch {
    problem = 'unavailable';
  }
  const reply = renderAt(request, problem, rate);
  logAccess(request, { status: reply.status, reason: problem, bytes: Buffer.byteLength(reply.body) });
  return request.answer(reply, undefined);
}

/** Records the denial and, if the key is known, its use. */
function recordRefusal(gate: Gate, { key, reason }: Refused, facts: RequestFacts): void {
  const { clientAddress, method } = facts;
  // The path may contain a secret of this or another API. The stored sample of a denied request must not.
  const path = gate.redactor.redactPath(facts.path, gate.api);
  if (key !== undefined) gate.usage.recordUse(key, refusedUses[reason], clientAddress, gate.routeOf(key, facts));
  gate.denials.recordDenial({ apiId: gate.api.id, reason, key, clientAddress, method, path });
}
