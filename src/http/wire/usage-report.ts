// Questions about usage: groups, steps in a time zone, the largest groups, the period before. Both APIs ask them.
import { z } from '@hono/zod-openapi';
import { environments } from '../../domain/api-key.ts';
import { findTimeZone, formatIn, listStarts, startBefore, type TimeZone, utc } from '../../domain/calendar.ts';
import { type CountryOf, countriesSetting } from '../../domain/country.ts';
import { oneHourMs } from '../../domain/durations.ts';
import { responseBoundsMs, type StatusClass, statusClasses, usageOutcomes } from '../../domain/use.ts';
import { invalidInput } from '../../management/management-error.ts';
import {
  type UsageCounts,
  type UsageReportGroup,
  type UsageReportQuery,
  type UsageReportRow,
  type UsageStore,
  usageMeasures,
} from '../../metering/ports.ts';
import { cursorParam, usageCounts, usageQuery } from './schemas.ts';
import { readReportPeriod } from './usage-period.ts';

/** What a report can be grouped by. `total` is alone: one sum. */
const reportGroups = [
  ...(['org', 'key', 'api', 'environment', 'outcome', 'route', 'address', 'country', 'status_class'] as const),
  ...(['hour', 'day', 'month', 'total'] as const),
] as const;

export type ReportGroup = (typeof reportGroups)[number];

const stepGroups = ['hour', 'day', 'month'] as const satisfies readonly ReportGroup[];

/** The most rows of a page, and of the largest groups with their steps. */
const maxRows = 1000;
const maxTopRows = 10_000;
const maxTop = 100;
/** Of one question by country. Their countries are a part of its statement, which may have a megabyte. */
const maxAddresses = 20_000;

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
  statusClass: commaList(statusClasses).openapi({
    type: 'string',
    example: '4xx,5xx',
    description:
      "Only allowed requests with these status classes of the upstream's reply, separated by commas. What is billed is then unknown",
  }),
  route: z.string().min(1).max(600).optional().openapi({
    example: 'POST /v1/payments',
    description: 'Only requests that matched this endpoint pattern, of the policy of an API or of a key',
  }),
  include: z.literal('responseTimes').optional().openapi({
    description: 'Also estimate response times. Not for questions about keys, tags, addresses or status classes',
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

/** Numbers of a question that may have no others than `count`. */
const narrowCounts = {
  count: usageCounts.count,
  billed: usageCounts.billed.optional(),
  weight: usageCounts.weight.optional(),
  billedWeight: usageCounts.billedWeight.optional(),
  statuses: usageCounts.statuses.optional(),
};

/** The members of a row of a report, besides its groups. */
export const reportRow = {
  at: z.string().optional().openapi({
    format: 'date-time',
    description: 'The start of the hour, day or month, as far as the answer covers it, in the time zone',
  }),
  until: z.string().optional().openapi({ format: 'date-time', description: 'The end of the same' }),
  route: z
    .string()
    .nullable()
    .optional()
    .openapi({ description: 'The endpoint pattern. `null`: none matched; `other`: the sum of those beyond 500' }),
  address: z.string().nullable().optional().openapi({
    description:
      'An IPv4 address, or the /64 network of an IPv6 address. `null`: the sum of those beyond 16 of a key and hour',
    example: '2001:db8:1:2::/64',
  }),
  country: z.string().nullable().optional().openapi({
    description: 'ISO 3166-1. `null`: the database does not know it, or the addresses are beyond 16 of a key and hour',
    example: 'SA',
  }),
  statusClass: z
    .enum([...statusClasses, 'refused'])
    .optional()
    .openapi({ description: "The status class of the upstream's reply. refused: Miftah refused the requests" }),
  ...narrowCounts,
  refused: z.int().openapi({ description: 'Those that Miftah refused' }).optional(),
  estimatedResponseMs: z
    .object({
      count: z.int().openapi({ description: 'Requests whose response time is known' }),
      p50: z.number().nullable(),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
    })
    .optional()
    .openapi({
      description:
        "Milliseconds from the arrival of a request to the head of the upstream's reply, estimated from counts by bucket. 10000: that or longer. `null`: no time is known",
    }),
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
    .object({ ...narrowCounts, before: counted.optional() })
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
  readonly statusClass?: UsageReportQuery['statuses'];
  readonly route?: string | undefined;
  readonly include?: 'responseTimes' | undefined;
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
  route: 'route',
  address: 'address',
  country: 'country',
} as const satisfies Record<Exclude<ReportGroup, 'total' | 'status_class'>, UsageReportGroup>;

/** What answers questions. */
export interface ReportParts {
  readonly usageStore: Pick<UsageStore, 'reportUsage' | 'findUsageStart' | 'listUsedAddresses'>;
  /** `undefined`: there is no database of countries. */
  readonly countryOf: CountryOf | undefined;
}

/**
 * Asks the store. Rows have their step as `at` and `until`. Throws a `ManagementError` that names the field if the
 * question can't be asked.
 */
export async function answerReport({ usageStore, countryOf }: ReportParts, question: ReportQuestion, nowMs: number) {
  const zone = readZone(question.timeZone);
  const period = readReportPeriod(question, question.timeZone === undefined ? undefined : zone, nowMs);
  const { fromMs, toMs } = period;
  const step = stepGroups.find((each) => question.by.includes(each));
  checkGroups(question, step);
  checkDetails(question);
  if (question.by.includes('country') && countryOf === undefined) {
    throw invalidInput('by', `has no country without a database of countries: set ${countriesSetting}`);
  }
  const isByClass = question.by.includes('status_class');
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
  const asked: UsageReportQuery = {
    ...{ orgId: question.org, apiId: question.api, keyId: question.key, environment: question.environment },
    ...{ outcomes: question.outcome, tag: question.tag, fromMs, toMs, beforeMs, cursor: question.cursor },
    ...{ statuses: question.statusClass, route: question.route, hasTimes: question.include === 'responseTimes' },
    groupBy: [
      ...new Set(question.by.flatMap((group) => (group === 'total' || group === 'status_class' ? [] : members[group]))),
    ],
    starts: starts.length === 0 ? undefined : starts,
    top: top === undefined ? undefined : { groups: top, by: question.topBy ?? 'count' },
    limit: top === undefined ? rowsOfPage(question.limit ?? 100, isByClass) : maxTopRows,
  };
  const query: UsageReportQuery = { ...asked, countries: await findCountries({ usageStore, countryOf }, asked) };
  const { items, nextCursor } = await usageStore.reportUsage(query);
  const others = top === undefined ? null : narrow(await sumOthers(usageStore, query, items), question);
  const startMs = await usageStore.findUsageStart(isByPlace(question.by) ? 'addresses' : 'all');
  const show = (ms: number) => formatIn(zone, ms);
  const untilOf = (ms: number) => (step === 'hour' ? ms + oneHourMs : (starts[starts.indexOf(ms) + 1] ?? toMs));
  const isOnHours = days.every((ms, at) => at === 0 || ms % oneHourMs === 0);
  return {
    rows: items.flatMap((row): { readonly row: UsageReportRow; readonly shown: ShownRow }[] => {
      const place = {
        ...(row.hourMs !== undefined && { at: show(row.hourMs), until: show(untilOf(row.hourMs)) }),
        ...(row.route !== undefined && { route: row.route === '' ? null : row.route }),
        ...(row.address !== undefined && { address: row.address === '' ? null : row.address }),
        ...(row.country !== undefined && { country: row.country === '' ? null : row.country }),
      };
      if (isByClass) return classesOf(row).map((counted) => ({ row, shown: { ...place, ...counted } }));
      const shown = {
        ...place,
        ...narrow(countsOf(row), question),
        ...(row.refused !== undefined && { refused: row.refused }),
        ...(row.times !== undefined && { estimatedResponseMs: estimateTimes(row.times) }),
        ...(row.before !== undefined && { before: row.before }),
      };
      return [{ row, shown }];
    }),
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

/** The countries of all addresses that a question by country covers. `undefined`: it is none. */
async function findCountries(
  { usageStore, countryOf }: ReportParts,
  query: UsageReportQuery,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (countryOf === undefined || !query.groupBy.includes('country')) return undefined;
  const addresses = await usageStore.listUsedAddresses(query, maxAddresses + 1);
  if (addresses.length > maxAddresses) {
    throw invalidInput('by', `has countries of at most ${maxAddresses} addresses: set org, key or a shorter period`);
  }
  return new Map(
    addresses.flatMap((address) => {
      const country = countryOf(address);
      return country === undefined ? [] : [[address, country] as const];
    }),
  );
}

/** The classes of a group come together, so a page has fewer groups. */
function rowsOfPage(limit: number, isByClass: boolean): number {
  return isByClass ? Math.max(1, Math.floor(limit / (statusClasses.length + 1))) : limit;
}

/** Numbers of which some may be unknown. */
type Narrow = Pick<UsageCounts, 'count'> & Partial<UsageCounts>;

/** The members of a row besides the names of its groups. */
interface ShownRow extends Narrow {
  readonly at?: string;
  readonly until?: string;
  readonly route?: string | null;
  readonly address?: string | null;
  readonly country?: string | null;
  readonly statusClass?: StatusClass | 'refused';
  readonly refused?: number;
  readonly estimatedResponseMs?: ReturnType<typeof estimateTimes>;
  readonly before?: UsageCounts;
}

/** A group as one row for each status class that occurs, and one for what was refused. */
function classesOf({ count, statuses }: UsageCounts) {
  const refused = statusClasses.reduce((left, each) => left - statuses[each], count);
  return [...statusClasses.map((each) => [each, statuses[each]] as const), ['refused', refused] as const]
    .filter(([, number]) => number > 0)
    .map(([statusClass, number]) => ({ statusClass, count: number }));
}

/** Whether the rows of addresses answer it. */
function isByPlace(by: readonly ReportGroup[]): boolean {
  return by.includes('address') || by.includes('country');
}

/** Leaves out the numbers that are unknown for a question. */
function narrow<Counts extends UsageCounts | null>(counts: Counts, question: ReportQuestion): Narrow | (Counts & null) {
  const hasPlace = isByPlace(question.by);
  if (counts === null || !(hasPlace || question.statusClass !== undefined)) return counts;
  return { count: counts.count, ...(!hasPlace && { statuses: counts.statuses }) };
}

/** Questions about addresses and status classes that no number answers. */
function checkDetails({ by, route, outcome, statusClass, include, key, tag, topBy, compare }: ReportQuestion): void {
  const isByClass = by.includes('status_class');
  if (statusClass?.length === 0) throw invalidInput('statusClass', 'must name a status class: name one, or omit it');
  const place = by.find((group) => group === 'address' || group === 'country');
  if (place !== undefined) {
    const other = (['outcome', 'route', 'status_class'] as const).find((group) => by.includes(group));
    if (other !== undefined) throw invalidInput('by', `has no ${other} beside ${place}: addresses are counted alone`);
    if (outcome !== undefined) throw invalidInput('outcome', `is unknown by ${place}: each row has count and refused`);
    if (statusClass !== undefined) throw invalidInput('statusClass', `is unknown by ${place}: omit it`);
    if (route !== undefined) throw invalidInput('route', `is unknown by ${place}: omit it`);
    if (compare !== undefined) throw invalidInput('compare', 'is not for addresses: ask about two periods');
  }
  if (isByClass && compare !== undefined) throw invalidInput('compare', 'is not for status_class: omit one of them');
  const hasFewNumbers = place !== undefined || isByClass || statusClass !== undefined;
  if (hasFewNumbers && topBy !== undefined && topBy !== 'count' && !(place !== undefined && topBy === 'refused')) {
    throw invalidInput('topBy', `is unknown for this question: omit it, or set count`);
  }
  if (statusClass !== undefined && compare !== undefined)
    throw invalidInput('compare', 'is not for statusClass: ask about two periods');
  if (include === undefined) return;
  const isOfKeys = by.includes('key') || key !== undefined || tag !== undefined;
  if (isOfKeys) throw invalidInput('include', 'has no response times of single keys: omit key and tag');
  if (hasFewNumbers) throw invalidInput('include', 'has no response times by address or status class: omit those');
}

/** Percentiles, as if the times of a bucket were spread evenly in it. `times`: by bucket, the first first. */
function estimateTimes(times: readonly number[]) {
  const count = times.reduce((sum, each) => sum + each, 0);
  const percentile = (share: number): number | null => {
    if (count === 0) return null;
    let left = share * count;
    for (const [bucket, number] of times.entries()) {
      const from = responseBoundsMs[bucket - 1] ?? 0;
      const to = responseBoundsMs[bucket] ?? from;
      if (left <= number) return Math.round((from + ((to - from) * left) / number) * 10) / 10;
      left -= number;
    }
    return responseBoundsMs.at(-1) ?? null;
  };
  return { count, p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) };
}

/** The zone of this name; UTC without one. Throws a `ManagementError` that names `timeZone`. */
export function readZone(name: string | undefined): TimeZone {
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
  const isNoGroup = (group: ReportGroup) => group === 'total' || group === 'status_class';
  if (by.every((group) => isNoGroup(group) || (stepGroups as readonly string[]).includes(group))) {
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
  const isByAddress = query.groupBy.some((group) => group === 'address' || group === 'country');
  const whole: UsageReportQuery = {
    ...{ ...query, groupBy: [], top: undefined, starts: undefined, limit: 1, hasTimes: false },
    // The whole of addresses is in their own table.
    ...(isByAddress && { isOfAddresses: true }),
  };
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
