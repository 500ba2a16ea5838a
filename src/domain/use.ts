// What usage keeps of one request of a known key: its outcome, the status class of its reply, and whether it is billed.
import { type Reason, reasons } from './verdict.ts';

/** Every outcome of a request with a known key. */
export const usageOutcomes = ['allowed', 'upstream_failed', ...reasons] as const;

export type UsageOutcome = (typeof usageOutcomes)[number];

/**
 * The status class of the upstream's reply to an allowed request.
 * - `none`: there was no such reply. The upstream failed, the client left first, or Miftah answered itself.
 * - `unknown`: the carrier saw no reply, or the record is from a version that kept no class.
 */
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none', 'unknown'] as const;

export type StatusClass = (typeof statusClasses)[number];

/** The ends of an allowed request that a policy may bill. A request that Miftah answered itself is never billed. */
export const billableEnds = [
  '1xx',
  '2xx',
  '3xx',
  '4xx',
  '5xx',
  'unknown',
  'client_left',
  'upstream_failed',
] as const satisfies readonly (StatusClass | 'client_left' | 'upstream_failed')[];

export type BillableEnd = (typeof billableEnds)[number];

/** Which allowed requests are billed. */
export interface BillingPolicy {
  readonly ends: readonly BillableEnd[];
  /** Whether requests with HEAD and OPTIONS are billed too. */
  readonly billsHeadAndOptions: boolean;
  /** Whether requests of test keys are billed too. */
  readonly billsTest: boolean;
}

/**
 * The bounds of response times, in milliseconds. A time counts for the first bound that it does not exceed, and a longer
 * one than all of them for none: its bucket is the one after the last.
 */
export const responseBoundsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

/** The number of buckets: one for each bound, and one for what is longer. */
export const responseBuckets = responseBoundsMs.length + 1;

/** The bucket of a response time, from 1. 0: the time is unknown. */
export function responseBucketOf(ms: number | undefined): number {
  if (ms === undefined) return 0;
  let bucket = 1;
  while (bucket < responseBuckets && ms > (responseBoundsMs[bucket - 1] as number)) bucket++;
  return bucket;
}

/** An endpoint pattern by which requests are counted, and what such a request weighs. */
export interface UsageRoute {
  readonly apiId: string;
  /** The number of the organization whose key names the pattern. 0: the policy of the API does. */
  readonly orgSeq: number;
  /** Such as `GET /v1/users/*`. It has no part of a request, so no secret and no id. */
  readonly pattern: string;
  /** The units that a request counts, from 0. */
  readonly units: number;
}

/** The pattern that stands for all patterns beyond a limit. No endpoint pattern is written so. */
export const otherRoutes = 'other';

/** The most patterns of an API that its policy may have, and the most that each organization's keys may add. */
export const maxRoutes = 500;

/** What usage keeps of one request. */
export interface UseKind {
  readonly outcome: UsageOutcome;
  /** `undefined`: the request was refused, so there is no reply of the upstream. */
  readonly statusClass: StatusClass | undefined;
  readonly isBilled: boolean;
}

/** One of `uses`. */
export interface Use extends UseKind {
  /** Its position in `uses`. */
  readonly number: number;
}

/** Every kind of use that this version records. Each exists once, so that recording one makes no object. */
export const uses: readonly Use[] = [
  ...statusClasses.flatMap((statusClass) => inBoth({ outcome: 'allowed', statusClass })),
  ...inBoth({ outcome: 'upstream_failed', statusClass: 'none' }),
  ...reasons.map((outcome): UseKind => ({ outcome, statusClass: undefined, isBilled: false })),
].map((kind, number) => Object.freeze({ ...kind, number }));

function inBoth(kind: Omit<UseKind, 'isBilled'>): UseKind[] {
  return [false, true].map((isBilled) => ({ ...kind, isBilled }));
}

/** The use of a refused request, by its reason. */
export const refusedUses = Object.fromEntries(reasons.map((reason) => [reason, findUse(reason, undefined, false)])) as {
  readonly [reason in Reason]: Use;
};

/** An allowed request that Miftah answered itself, such as one on a vendor's management route. */
export const ownReplyUse = findUse('allowed', 'none', false);

/** Throws a `TypeError` if `uses` has no such kind. */
export function findUse(outcome: UsageOutcome, statusClass: StatusClass | undefined, isBilled: boolean): Use {
  const found = uses.find(
    (use) => use.outcome === outcome && use.statusClass === statusClass && use.isBilled === isBilled,
  );
  if (found === undefined) throw new TypeError(`no use is ${outcome} with the status class ${statusClass}`);
  return found;
}

const byHundreds = ['5xx', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** The class of a status code. A code that HTTP does not define counts as 5xx (RFC 9110 §15). */
export function statusClassOf(status: number): (typeof byHundreds)[number] {
  return byHundreds[Math.floor(status / 100)] ?? '5xx';
}
