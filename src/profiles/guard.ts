// The way of a request through a gate, the same for all carriers: it is decided, a refusal is recorded, and the carrier gets the reply.
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed, Refused, Verdict } from '../domain/verdict.ts';
import type { Authorize } from '../engine/authorize.ts';
import type { Gate } from './gate.ts';
import type { Fault, Problem } from './profile.ts';
import { type Reply, renderProblem } from './reply.ts';

/** A request as a carrier brings it, with what the carrier does at each end of the way. `Result` is what it makes of that. */
export interface GuardedRequest<Result> {
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId: string;
  /** The request may pass. The carrier records its use, see `recordBefore`. */
  allow(allowed: Allowed): Result | Promise<Result>;
  /** The request does not pass: it is refused or, where `refused` is `undefined`, answered without a decision. */
  answer(reply: Reply, refused: Refused | undefined): Result;
  /**
   * The request is for a public path, so it may pass without a key. No key is looked for: nothing is recorded, and no
   * one is named to what is behind. Left out, or where it calls `decide`: the request needs a key as any other does.
   */
  allowPublic?(decide: () => Result | Promise<Result>): Result | Promise<Result>;
  /** A refusal that the carrier handles itself: it is neither recorded nor rendered. `undefined`: it is an ordinary one. */
  claim?(refused: Refused): Result | Promise<Result> | undefined;
}

/**
 * Takes a request through its gate. No key is looked for in a browser's preflight, in `OPTIONS *`, and on a public
 * path. At once when the key is in memory and limits are counted in process, else with a promise. Rejects and throws
 * with what the carrier throws, and nothing else.
 *
 * @param fault why the request can't be decided, if so; it is charged to the client where the policy counts those
 * @param authorize default: by what this node has in memory
 */
export function guard<Result>(
  request: GuardedRequest<Result>,
  fault: Fault | undefined,
  authorize: Authorize = request.gate.authorize,
): Result | Promise<Result> {
  if (fault !== undefined) return answerFault(request, fault);
  const { gate, facts, requestId } = request;
  const preflight = gate.cors?.answerPreflight(facts, requestId);
  if (preflight !== undefined) return request.answer(preflight, undefined);
  if (facts.path === '*' && facts.method === 'OPTIONS') return request.answer(answerServer(requestId), undefined);
  if (request.allowPublic !== undefined && gate.isPublic?.(facts) === true)
    return request.allowPublic(() => decide(request, authorize));
  return decide(request, authorize);
}

function decide<Result>(request: GuardedRequest<Result>, authorize: Authorize): Result | Promise<Result> {
  const verdict = authorize(request.facts);
  return verdict instanceof Promise ? verdict.then((late) => conclude(request, late)) : conclude(request, verdict);
}

function conclude<Result>(request: GuardedRequest<Result>, verdict: Verdict): Result | Promise<Result> {
  if (verdict.kind === 'allowed') return request.allow(verdict);
  return request.claim?.(verdict) ?? refuse(request, verdict);
}

/** Records a refusal and answers it in the API's dialect. */
export function refuse<Result>(request: GuardedRequest<Result>, refused: Refused): Result {
  recordRefusal(request.gate, refused, request.facts);
  return request.answer(renderAt(request, refused.reason, refused.rate), refused);
}

/**
 * `OPTIONS *` asks about a server as a whole, and whether it is there (RFC 9110 §9.3.7). That is no path of an API, so
 * that no key is needed and no upstream hears of it.
 */
function answerServer(requestId: string): Reply {
  return { status: 204, headers: ['Cache-Control', 'no-store', 'X-Request-Id', requestId], body: '' };
}

/** What renders a reply of its own to a request. */
export interface Rendering extends Pick<GuardedRequest<never>, 'gate' | 'requestId'> {
  readonly facts: Pick<RequestFacts, 'rawHeaders'>;
}

/** The reply to a request of this gate that the upstream does not answer. */
export function renderAt(request: Rendering, problem: Problem, rate: RateState | undefined): Reply {
  const { gate, requestId } = request;
  const reply = renderProblem(gate.dialect, gate.api.id, problem, rate, requestId);
  return shareWithPage(request, reply, undefined);
}

/**
 * Lets the page that asked read a reply of ours: its script must see why it was refused, and when to come back.
 *
 * @param referrers as `Cors.headersFor` takes them
 */
export function shareWithPage(
  { gate: { cors }, facts }: Omit<Rendering, 'requestId'>,
  reply: Reply,
  referrers: Allowed['referrers'] | undefined,
): Reply {
  if (cors === undefined) return reply;
  reply.headers.push(...cors.headersFor(facts.rawHeaders, referrers));
  if (cors.isVaried) reply.headers.push('Vary', 'Origin');
  return reply;
}

/**
 * Records the use of an allowed request before anything of its reply leaves, in one write with the others of this turn of the event
 * loop: for carriers that don't see the reply.
 */
export function recordBefore(
  { gate, facts }: Pick<GuardedRequest<never>, 'gate' | 'facts'>,
  { key }: Allowed,
): Promise<void> {
  return gate.usage.recordUseInTurn(key, 'allowed', facts.clientAddress);
}

/** The fault itself or, once its client has used up what it may send without a key, `rate_limited`. */
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
  return request.answer(renderAt(request, problem, rate), undefined);
}

/** Tells the gate's sinks of a refusal: the key's use, when a key was known, and the denial. */
function recordRefusal(gate: Gate, { key, reason }: Refused, facts: RequestFacts): void {
  const { clientAddress, method } = facts;
  // Someone may have put a key into the path, of this API or another; the sample that is kept of a refusal must not hold it.
  const path = gate.redactor.redactPath(facts.path, gate.api);
  if (key !== undefined) gate.usage.recordUse(key, reason, clientAddress);
  gate.denials.recordDenial({ apiId: gate.api.id, reason, key, clientAddress, method, path });
}
