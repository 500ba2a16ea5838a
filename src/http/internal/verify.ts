// POST /v1/verify: a decision about a request that arrived somewhere else. A hot path, so it stands before the framework.
import { randomUUID } from 'node:crypto';
import { canonicalAddress } from '../../domain/address.ts';
import type { AuthorizedKey } from '../../domain/api-key.ts';
import { presentCredential } from '../../domain/credential.ts';
import { type PositionMark, parsePosition } from '../../domain/position.ts';
import type { RateState } from '../../domain/rate-limit.ts';
import type { RequestFacts } from '../../domain/request-facts.ts';
import type { Allowed, Verdict } from '../../domain/verdict.ts';
import type { CheckOutcome } from '../../engine/explain.ts';
import { type Gate, recordRefusal } from '../../profiles/gate.ts';
import { renderProblem } from '../../profiles/reply.ts';
import { describeProblem, type ProblemDetails, problemOfIssues } from './problem.ts';
import { type VerifyReply, type VerifyRequest, verifyRequestSchema } from './schemas.ts';

/** `text` is the reply as JSON. */
export type VerifyAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: ProblemDetails };

/**
 * Answers a parsed body: a refusal at once when the key is in memory and limits are counted in process, else with a promise. Without
 * `explain` it is a decision like any other: limits are counted, use and refusal are recorded. With it nothing is.
 */
export type Verify = (body: unknown) => VerifyAnswer | Promise<VerifyAnswer>;

export interface VerifyParts {
  readonly gates: ReadonlyMap<string, Gate>;
  /** Whether what this node has in memory is as new as that. Default: it is, as of a process that has the database alone. */
  readonly hasReached?: ((minimum: PositionMark) => boolean) | undefined;
  readonly onFault: (error: unknown) => void;
}

const undecided = describeProblem('unavailable', 'The store can’t tell now. Try again shortly.');

export function createVerify({ gates, hasReached = () => true, onFault }: VerifyParts): Verify {
  return function verify(body) {
    const parsed = verifyRequestSchema.safeParse(body);
    if (!parsed.success) return { ok: false, problem: problemOfIssues(parsed.error.issues) };
    const request = parsed.data;
    const gate = gates.get(request.api);
    if (gate === undefined) {
      const detail = `api: no such API is configured: use one of ${[...gates.keys()].join(', ')}`;
      return { ok: false, problem: describeProblem('api_unknown', detail, 'api') };
    }
    const clientAddress = request.clientIp === undefined ? undefined : canonicalAddress(request.clientIp);
    if (request.clientIp !== undefined && clientAddress === undefined) {
      const detail = 'clientIp: is not an IP address: send one without port or brackets, or leave it out';
      return { ok: false, problem: describeProblem('invalid_input', detail, 'clientIp') };
    }
    const facts = readFacts(request, gate, clientAddress);
    let decider: Pick<Gate, 'authorize' | 'explain'> = gate;
    if (request.minRevision !== undefined) {
      const minimum = parsePosition(request.minRevision);
      if (minimum === undefined) {
        const detail =
          'minRevision: is not a revision: send the X-Miftah-Revision of a reply as it is, or leave it out';
        return { ok: false, problem: describeProblem('invalid_input', detail, 'minRevision') };
      }
      if (!hasReached(minimum)) decider = gate.fresh;
    }

    if (request.explain === true) {
      return decider.explain(facts).then(
        ({ verdict, checks }) => {
          const reply: VerifyReply = { ...toReply(gate, verdict), checks: checks.map(toCheck) };
          return { ok: true, text: JSON.stringify(reply) };
        },
        (error: unknown) => {
          onFault(error);
          return { ok: false, problem: undecided };
        },
      );
    }
    const verdict = decider.authorize(facts);
    const isBound = request.minRevision !== undefined;
    return verdict instanceof Promise
      ? verdict.then((late) => conclude(gate, late, facts, isBound))
      : conclude(gate, verdict, facts, isBound);
  };
}

/** Who asks for a revision is told that there was no decision; anyone else what the API answers then. */
function conclude(
  gate: Gate,
  verdict: Verdict,
  facts: RequestFacts,
  isBound: boolean,
): VerifyAnswer | Promise<VerifyAnswer> {
  if (verdict.kind === 'refused') {
    recordRefusal(gate, verdict, facts);
    if (isBound && verdict.reason === 'unavailable') return { ok: false, problem: undecided };
    return { ok: true, text: JSON.stringify(toReply(gate, verdict)) };
  }
  const recorded = gate.usage.recordUseInTurn(verdict.key, 'allowed', facts.clientAddress);
  return recorded.then(() => ({ ok: true, text: renderAllowed(verdict) }));
}

// By record and not by id: a key that was changed is a new record.
const allowedTexts = new WeakMap<AuthorizedKey, string>();

/** The JSON of an allowed verdict, of which all but the rate is the same for one key. */
function renderAllowed({ key, rate }: Allowed): string {
  let text = allowedTexts.get(key);
  if (text === undefined) {
    text = `{"verdict":"allowed","key":${JSON.stringify(toShownKey(key))},"rate":`;
    allowedTexts.set(key, text);
  }
  return `${text}${rate === undefined ? 'null' : JSON.stringify(toRate(rate))}}`;
}

function readFacts(request: VerifyRequest, gate: Gate, clientAddress: string | undefined): RequestFacts {
  const { headers, secret, referrer, method = 'GET', path = '/', environment, scopes } = request;
  const rawHeaders: string[] = [];
  if (headers !== undefined) {
    for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers))
      rawHeaders.push(name, value);
  }
  if (secret !== undefined) {
    const { header, value } = presentCredential(gate.api.source, secret);
    rawHeaders.push(header, value);
  }
  if (referrer !== undefined) rawHeaders.push('Referer', referrer);
  const query = path.indexOf('?');
  return {
    method,
    path: query < 0 ? path : path.slice(0, query),
    rawHeaders,
    clientAddress,
    environment,
    requiredScopes: scopes,
  };
}

function toReply(gate: Gate, verdict: Verdict): VerifyReply {
  const shown = verdict.key === undefined ? null : toShownKey(verdict.key);
  const rate = toRate(verdict.rate);
  if (verdict.kind === 'allowed') return { verdict: 'allowed', key: shown, rate };
  const { status, headers, body } = renderProblem(
    gate.dialect,
    gate.api.id,
    verdict.reason,
    verdict.rate,
    randomUUID(),
  );
  const named: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) named[headers[at] as string] = headers[at + 1] as string;
  return { verdict: 'refused', reason: verdict.reason, key: shown, rate, reply: { status, headers: named, body } };
}

function toShownKey(key: AuthorizedKey): NonNullable<VerifyReply['key']> {
  return { id: key.id, org: key.orgId, api: key.apiId, environment: key.environment, scopes: [...key.scopes] };
}

function toRate(rate: RateState | undefined): VerifyReply['rate'] {
  if (rate === undefined) return null;
  return { limit: rate.limit, remaining: rate.remaining, reset: Math.ceil(rate.resetAtMs / 1000) };
}

function toCheck({ name, outcome, reason }: CheckOutcome): NonNullable<VerifyReply['checks']>[number] {
  return reason === undefined ? { name, outcome } : { name, outcome, reason };
}
