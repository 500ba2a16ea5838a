// Turns sums of the API into rows of charts and tables. The many outcomes become four groups.
import type { components } from '../../api/schema.ts';
import { dayMs, hourMs, type Span } from './span.ts';

export type UsageSum = components['schemas']['UsageSum'];
export type Outcome = NonNullable<UsageSum['outcome']>;

export const outcomeGroups = ['accepted', 'refused', 'limited', 'failed'] as const;
export type OutcomeGroup = (typeof outcomeGroups)[number];

/** Requests by group. Those that are billed are in the groups too. */
export type Counts = Record<OutcomeGroup | 'billed', number>;

export type StatusClass = keyof NonNullable<UsageSum['statuses']>;
export const statusClasses = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none', 'unknown'] as const satisfies StatusClass[];

export interface Step extends Counts {
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

/** Returns every step of the span, also those without requests, oldest first. */
export function toSteps(sums: readonly UsageSum[], { fromMs, toMs, step }: Span): readonly Step[] {
  const stepMs = step === 'hour' ? hourMs : dayMs;
  const steps: Step[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) steps.push({ atMs, ...noCounts() });
  for (const sum of sums) {
    const index = Math.floor((Date.parse(sum.at ?? '') - fromMs) / stepMs);
    const found = steps[index];
    if (found !== undefined) add(found, sum);
  }
  return steps;
}

function add(counts: Counts, { outcome, count, billed }: UsageSum): void {
  if (outcome === undefined) return;
  counts[groupOf(outcome)] += count;
  counts.billed += billed ?? 0;
}

export function addUp(all: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const counts of all) for (const member of [...outcomeGroups, 'billed'] as const) sum[member] += counts[member];
  return sum;
}

/** The status classes that occur, each with its requests. */
export function toStatusRows(
  sums: readonly UsageSum[],
): readonly { readonly statusClass: StatusClass; readonly count: number }[] {
  return statusClasses
    .map((statusClass) => ({ statusClass, count: sums.reduce((all, { statuses }) => all + (statuses?.[statusClass] ?? 0), 0) }))
    .filter(({ count }) => count > 0);
}

export interface CountsOf<Subject> extends Counts {
  readonly subject: Subject;
  readonly id: string;
}

/** Adds up the outcomes of each row. The rows with most requests come first. */
export function toRows<Subject>(
  sums: readonly UsageSum[],
  identify: (sum: UsageSum) => { readonly id: string; readonly subject: Subject },
): readonly CountsOf<Subject>[] {
  const rows = new Map<string, CountsOf<Subject>>();
  for (const sum of sums) {
    const { id, subject } = identify(sum);
    const row = rows.get(id) ?? { id, subject, ...noCounts() };
    add(row, sum);
    rows.set(id, row);
  }
  return [...rows.values()].toSorted((a, b) => totalOf(b) - totalOf(a));
}
