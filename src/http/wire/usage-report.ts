// Questions about usage: groups, steps in a time zone, the largest groups, the period before. Both APIs ask them.
import { z } from '@hono/zod-openapi';
import { environments } from '../../domain/api-key.ts';
import { findTimeZone, formatIn, listStarts, startBefore, type TimeZone, utc } from '../../domain/calendar.ts';
import { oneHourMs } from '../../domain/durations.ts';
import { type StatusClass, statusClasses, usageOutcomes } from '../../domain/use.ts';
import { invalidInput } from '../../management/management-error.ts';
import {
  type UsageCounts,
  type UsageGroup,
  type UsageReportQuery,
  type UsageReportRow,
  type UsageStore,
  usageMeasures,
} from '../../metering/ports.ts';
import { cursorParam, usageCounts, usageQuery } from './schemas.ts';
import { readReportPeriod } from './usage-period.ts';

/** What a report can be grouped by. `total` is alone: one sum. */
const reportGroups = ['org', 'key', 'api', 'environment', 'outcome', 'hour', 'day', 'month', 'total'] as const;

export type ReportGroup = (typeof reportGroups)[number];

const stepGroups = ['hour', 'day', 'month'] as const satisfies readonly ReportGroup[];

/** The most rows of a page, and of the largest groups with their steps. */
const maxRows = 1000;
const maxTopRows = 10_000;
const maxTop = 100;

/** A comma-separated list of some of `allowed`. */
export function commaList<Word extends string>(allowed: readonly Word[]) {
  return z
    .string()
    .max(600)
    .transform((text, context): Word[] => {
      const named = text.split(',').filter((name) => name !== '');
      if (named.every((name): name is Word => (allowed as readonly string[]).includes(name))) return named;
      context.addIssue({ code: 'custom', message: `must be some of ${allowed.join(', ')}, separated by commas` });
      return z.NEVER;
    })
    .optional();
}

/** A whole number of a query, from 1. */
function wholeNumber(max: number) {
  const message = `must be a whole number from 1 to ${max}`;
  return z
    .string()
    .regex(/^[1-9]\d{0,8}$/, message)
    .transform(Number)
    .refine((number) => number <= max, message)
    .optional();
}

/** The members that a question has besides a filter and a period. */
export const reportParams = {
  environment: z.enum(environments).optional().openapi({ description: 'Only for keys of this environment' }),
  outcome: commaList(usageOutcomes).openapi({
    type: 'string',
    example: 'rate_limited,quota_exceeded',
    description: 'Only with these outcomes, separated by commas',
  }),
  tag: z.string().min(1).max(100).optional().openapi({ description: 'Only for keys that have this tag now' }),
  timeZone: z.string().max(64).optional().openapi({
    example: 'Asia/Riyadh',
    description:
      'The time zone of days and months, by its IANA name; default: UTC. With it, `from` and `to` may also be local: `2027-01`, `2027-01-31`, `2027-01-31T22:00`',
  }),
  top: wholeNumber(maxTop).openapi({
    type: 'integer',
    minimum: 1,
    maximum: maxTop,
    description: 'Only this many groups, with the most requests first, and all their steps. `others` sums the rest',
  }),
  topBy: z.enum(usageMeasures).optional().openapi({
    description:
      'What `top` compares; default: `count`. `refused`: neither allowed nor failed; `errors`: 5xx replies and failures of the upstream',
  }),
  compare: z.literal('before').optional().openapi({
    description:
      'Also count the period before, as `before` of each row: before whole months as many months, before whole days as many days, else as much time',
  }),
  limit: wholeNumber(maxRows).openapi({
    type: 'integer',
    minimum: 1,
    maximum: maxRows,
    default: 100,
    description: 'Rows on the page, without `top`',
  }),
  cursor: cursorParam,
};

/** The query of `/v1/usage`. */
export const adminReportQuery = usageQuery.extend({
  by: commaList(reportGroups).openapi({
    type: 'string',
    example: 'org,month',
    description: `What to sum by: some of ${reportGroups.slice(0, -1).join(', ')}, separated by commas, or \`total\`. Default: the hours, APIs, environments and outcomes of at most 92 days, each with its \`hour\`, on one page`,
  }),
  ...reportParams,
});

const counted = z.object(usageCounts).openapi('UsageCounts');

/** The members of a row of a report, besides its groups. */
export const reportRow = {
  at: z.string().optional().openapi({
    format: 'date-time',
    description: 'The start of the hour, day or month, as far as the answer covers it, in the time zone',
  }),
  until: z.string().optional().openapi({ format: 'date-time', description: 'The end of the same' }),
  ...usageCounts,
  before: counted.optional().openapi({ description: 'The same group in the period before' }),
};

/** A row of `/v1/usage`: an hour, API, environment and outcome, or the groups of `by`. */
export const usageSchema = z
  .object({
    hour: z.string().optional().openapi({
      format: 'date-time',
      description: 'The start of the hour, without `by`',
      example: '2026-11-21T09:00:00.000Z',
    }),
    org: z.string().optional(),
    orgName: z
      .string()
      .nullable()
      .optional()
      .openapi({ description: '`null`: it is erased, or the token reaches some APIs only' }),
    key: z.string().optional(),
    keyName: z.string().nullable().optional(),
    api: z.string().optional(),
    environment: z.enum(environments).optional(),
    outcome: z.enum(usageOutcomes).optional(),
    ...reportRow,
  })
  .openapi('Usage');

/** The members of the answer, besides its rows. */
export const reportEnvelope = {
  timeZone: z.string().optional().openapi({ description: 'The time zone of the answer', example: 'Asia/Riyadh' }),
  isExact: z.boolean().optional().openapi({
    description:
      'Usage is counted by the hours of UTC. false: the period, or a day, begins or ends within such an hour, which is counted whole. `from`, `to`, `at` and `until` name what is covered',
  }),
  before: z
    .object({ from: z.string(), to: z.string() })
    .nullable()
    .optional()
    .openapi({ description: 'The period before, if it is compared' }),
  others: z
    .object({ ...usageCounts, before: counted.optional() })
    .nullable()
    .optional()
    .openapi({ description: 'The sum of all groups that `top` leaves out' }),
  nextCursor: z.string().nullable().optional().openapi({ description: '`null`: this is the last page' }),
};

/** What to ask, as the query says it. */
export interface ReportQuestion {
  readonly by: readonly ReportGroup[];
  readonly org?: string | undefined;
  readonly api?: string | undefined;
  readonly key?: string | undefined;
  readonly environment?: UsageReportQuery['environment'];
  readonly outcome?: UsageReportQuery['outcomes'];
  readonly tag?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly top?: number | undefined;
  readonly topBy?: (typeof usageMeasures)[number] | undefined;
  readonly compare?: 'before' | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Whether a query has a member that only reports have. */
export function asksReport(query: { readonly [Name in keyof typeof reportParams]?: unknown }): boolean {
  return (Object.keys(reportParams) as (keyof typeof reportParams)[]).some(
    (name) => name !== 'environment' && query[name] !== undefined,
  );
}

const members = {
  org: 'orgId',
  key: 'keyId',
  api: 'apiId',
  environment: 'environment',
  outcome: 'outcome',
  hour: 'hourMs',
  day: 'hourMs',
  month: 'hourMs',
} as const satisfies Record<Exclude<ReportGroup, 'total'>, keyof UsageGroup>;

/**
 * Asks the store. Rows have their step as `at` and `until`. Throws a `ManagementError` that names the field if the
 * question can't be asked.
 */
export async function answerReport(
  usageStore: Pick<UsageStore, 'reportUsage' | 'findUsageStart'>,
  question: ReportQuestion,
  nowMs: number,
) {
  const zone = readZone(question.timeZone);
  const period = readReportPeriod(question, question.timeZone === undefined ? undefined : zone, nowMs);
  const { fromMs, toMs } = period;
  const step = stepGroups.find((each) => question.by.includes(each));
  checkGroups(question, step);
  const days =
    step === undefined || step === 'hour' ? [] : listStarts(zone, step, period.askedFromMs, period.askedToMs);
  // An hour belongs to the step in which it begins. The first step takes the whole first hour.
  const starts = days.map((ms, at) => (at === 0 ? fromMs : Math.ceil(ms / oneHourMs) * oneHourMs));
  const beforeMs =
    question.compare === undefined
      ? undefined
      : Math.floor(startBefore(zone, period.askedFromMs, period.askedToMs) / oneHourMs) * oneHourMs;
  const { top } = question;
  if (top !== undefined) checkTop(question, step === 'hour' ? (toMs - fromMs) / oneHourMs : starts.length);
  const query: UsageReportQuery = {
    ...{ orgId: question.org, apiId: question.api, keyId: question.key, environment: question.environment },
    ...{ outcomes: question.outcome, tag: question.tag, fromMs, toMs, beforeMs, cursor: question.cursor },
    groupBy: [...new Set(question.by.flatMap((group) => (group === 'total' ? [] : members[group])))],
    starts: starts.length === 0 ? undefined : starts,
    top: top === undefined ? undefined : { groups: top, by: question.topBy ?? 'count' },
    limit: top === undefined ? (question.limit ?? 100) : maxTopRows,
  };
  const { items, nextCursor } = await usageStore.reportUsage(query);
  const others = top === undefined ? null : await sumOthers(usageStore, query, items);
  const startMs = await usageStore.findUsageStart();
  const show = (ms: number) => formatIn(zone, ms);
  const untilOf = (ms: number) => (step === 'hour' ? ms + oneHourMs : (starts[starts.indexOf(ms) + 1] ?? toMs));
  const isOnHours = days.every((ms, at) => at === 0 || ms % oneHourMs === 0);
  return {
    rows: items.map((row) => ({
      row,
      shown: {
        ...(row.hourMs !== undefined && { at: show(row.hourMs), until: show(untilOf(row.hourMs)) }),
        ...countsOf(row),
        ...(row.before !== undefined && { before: row.before }),
      },
    })),
    envelope: {
      from: show(fromMs),
      to: show(toMs),
      timeZone: zone.name,
      isExact: period.isExact && isOnHours,
      before: beforeMs === undefined ? null : { from: show(beforeMs), to: show(fromMs) },
      others,
      keptFrom: startMs === null ? null : new Date(startMs).toISOString(),
      nextCursor,
    },
  };
}

function readZone(name: string | undefined): TimeZone {
  if (name === undefined) return utc;
  const zone = findTimeZone(name);
  if (zone === undefined) throw invalidInput('timeZone', 'must be a name of the IANA database, such as Asia/Riyadh');
  return zone;
}

function checkGroups(question: ReportQuestion, step: ReportGroup | undefined): void {
  const { by, org, key, top, compare, topBy, limit, cursor } = question;
  if (by.includes('total') && by.length > 1) throw invalidInput('by', 'total has no other groups beside it');
  if (stepGroups.filter((each) => by.includes(each)).length > 1) {
    throw invalidInput('by', 'has at most one of hour, day and month');
  }
  if (step !== undefined && by.includes('key') && org === undefined && key === undefined && top === undefined) {
    throw invalidInput('by', `${step}s of all keys are too many: set org, key or top`);
  }
  if (step !== undefined && compare !== undefined) {
    throw invalidInput('compare', `is for groups without ${step}: omit ${step}, or compare the rows of two periods`);
  }
  if (top === undefined && topBy !== undefined) throw invalidInput('topBy', 'needs top');
  if (top !== undefined && limit !== undefined) throw invalidInput('limit', 'is not for top, whose rows come at once');
  if (top !== undefined && cursor !== undefined)
    throw invalidInput('cursor', 'is not for top, whose rows come at once');
}

function checkTop({ by, top = 1 }: ReportQuestion, steps: number): void {
  if (by.every((group) => group === 'total' || (stepGroups as readonly string[]).includes(group))) {
    throw invalidInput('top', 'needs groups to compare, such as by=org');
  }
  if (top * steps > maxTopRows) {
    throw invalidInput('top', `times ${steps} steps exceeds ${maxTopRows} rows: set fewer groups or longer steps`);
  }
}

/** What the rows leave of the sum over all groups. */
async function sumOthers(
  usageStore: Pick<UsageStore, 'reportUsage'>,
  query: UsageReportQuery,
  rows: readonly UsageReportRow[],
) {
  const whole = { ...query, groupBy: [], top: undefined, starts: undefined, limit: 1 };
  const [total] = (await usageStore.reportUsage(whole)).items;
  if (total === undefined) return null;
  const before =
    total.before &&
    subtract(
      total.before,
      rows.flatMap((row) => row.before ?? []),
    );
  return { ...subtract(total, rows), ...(before !== undefined && { before }) };
}

function subtract(total: UsageCounts, parts: readonly UsageCounts[]): UsageCounts {
  const rest = (read: (counts: UsageCounts) => number) => parts.reduce((left, part) => left - read(part), read(total));
  const statuses = Object.fromEntries(
    statusClasses.map((each) => [each, rest((counts) => counts.statuses[each])]),
  ) as Record<StatusClass, number>;
  return {
    count: rest(({ count }) => count),
    billed: rest(({ billed }) => billed),
    weight: rest(({ weight }) => weight),
    billedWeight: rest(({ billedWeight }) => billedWeight),
    statuses,
  };
}

function countsOf({ count, billed, weight, billedWeight, statuses }: UsageCounts): UsageCounts {
  return { count, billed, weight, billedWeight, statuses };
}
