// Turns sums of the API into rows of charts and tables. The many outcomes become four groups.
import type { components } from '../../api/schema.ts';
import { addDays, hourMs, type Span } from './span.ts';

export type UsageSum = components['schemas']['OperatorUsageSum'];
/** Numbers of requests, as the API counts them. */
export type UsageCounts = components['schemas']['UsageCounts'];
export type Outcome = NonNullable<UsageSum['outcome']>;

export const outcomeGroups = ['accepted', 'refused', 'limited', 'failed'] as const;
export type OutcomeGroup = (typeof outcomeGroups)[number];

/** Requests by group. Those that are billed are in the groups too. */
export type Counts = Record<OutcomeGroup | 'billed', number>;

export type StatusClass = keyof NonNullable<UsageSum['statuses']>;
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none', 'unknown'] as const satisfies StatusClass[];

export interface Step extends Counts {
  /** An hour: its instant. A day or a month: its first day, as midnight UTC. */
  readonly atMs: number;
}

/** Every reason for a refusal is `refused`, except limits and quotas, which are `limited`. */
export function groupOf(outcome: Outcome): OutcomeGroup {
  switch (outcome) {
    case 'allowed':
      return 'accepted';
    case 'upstream_failed':
      return 'failed';
    case 'rate_limited':
    case 'quota_exceeded':
      return 'limited';
    default:
      return 'refused';
  }
}

function noCounts(): Counts {
  return { accepted: 0, refused: 0, limited: 0, failed: 0, billed: 0 };
}

export function totalOf({ accepted, refused, limited, failed }: Counts): number {
  return accepted + refused + limited + failed;
}

/** Returns every step of the answer, also those without requests, oldest first. */
export function toSteps(
  { data, from, to }: { readonly data: readonly UsageSum[]; readonly from: string; readonly to: string },
  step: Span['step'],
): readonly Step[] {
  const starts = step === 'hour' ? hoursBetween(from, to) : datesBetween(from, to, step);
  const steps = new Map(starts.map((atMs) => [atMs, { atMs, ...noCounts() }]));
  for (const sum of data) {
    const found = steps.get(startOf(sum.at ?? '', step));
    if (found !== undefined) add(found, sum);
  }
  return [...steps.values()];
}

/** The step of a local time with its offset, such as `2027-01-14T00:00:00+03:00`. */
function startOf(at: string, step: Span['step']): number {
  if (step === 'hour') return Date.parse(at);
  return Date.parse(step === 'day' ? at.slice(0, 10) : `${at.slice(0, 7)}-01`);
}

function hoursBetween(from: string, to: string): number[] {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  return Array.from({ length: Math.max(0, Math.ceil((toMs - fromMs) / hourMs)) }, (_, at) => fromMs + at * hourMs);
}

/** The dates of the local days or months that have a part before `to`. */
function datesBetween(from: string, to: string, step: 'day' | 'month'): number[] {
  const isMidnight = to.slice(11, 19) === '00:00:00';
  const last = isMidnight ? addDays(to.slice(0, 10), -1) : to.slice(0, 10);
  const found = new Set<number>();
  for (let day = from.slice(0, 10); day <= last; day = addDays(day, 1)) found.add(startOf(day, step));
  return [...found];
}

function add(counts: Counts, { outcome, count, billed }: Pick<UsageSum, 'outcome' | 'count' | 'billed'>): void {
  if (outcome === undefined) return;
  counts[groupOf(outcome)] += count;
  counts.billed += billed ?? 0;
}

/** Adds up sums by outcome, or what `read` finds in them. */
export function countsOf(
  sums: readonly UsageSum[],
  read: (sum: UsageSum) => Pick<UsageSum, 'count' | 'billed'> | undefined = (sum) => sum,
): Counts {
  const counts = noCounts();
  for (const sum of sums) {
    const { count = 0, billed = 0 } = read(sum) ?? {};
    add(counts, { ...sum, count, billed });
  }
  return counts;
}

export function addUp(all: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const counts of all) for (const member of [...outcomeGroups, 'billed'] as const) sum[member] += counts[member];
  return sum;
}

/** The requests of a sum that a rule refused: those without a status class. */
export function refusedOf({ count, refused, statuses }: Pick<UsageSum, 'count' | 'refused' | 'statuses'>): number {
  return refused ?? statusClasses.reduce((left, each) => left - (statuses?.[each] ?? 0), count);
}

/** The change from `before` as a part of it. `undefined`: there was nothing before. */
export function changeOf(count: number, before: number): number | undefined {
  return before === 0 ? undefined : (count - before) / before;
}
