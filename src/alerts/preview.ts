// How often a rule would have raised an alert: replays it over what is stored.
import type { Finding, RuleId, RuleSettings } from '../domain/alert.ts';
import type { CountryOf } from '../domain/country.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import { actionsOf, describeEntries } from './evaluator.ts';
import { namedParts } from './key-hour.ts';
import type { AddressedHour, AlertReader, CountedHour, RoutedHour } from './ports.ts';
import {
  findInAddressHour,
  findInEntry,
  findInSeries,
  isKeyRule,
  type KeySeries,
  placeAll,
  replayLeadMs,
  type SeriesHour,
  withoutRepeats,
} from './replay.ts';
import { rules, type SetRule, settingsOf } from './rules.ts';

export interface Preview {
  readonly fromMs: number;
  readonly toMs: number;
  /** The alerts that it would have raised, newest first. */
  readonly alerts: readonly Finding[];
  /** Keys that were replayed, those used last first, and how many have been used. Equal: all were replayed. */
  readonly keys: { readonly replayed: number; readonly used: number };
}

const previewDays = 30;
const maxKeys = 1_000;
/** About 2,800 hours of addresses and counts for each key. */
const keysPerStep = 10;

/** Replays a rule over the last 30 days, with numbers that need not be stored. One organization, or all. */
export async function previewRule(
  reader: AlertReader,
  { rule: id, settings, orgId }: { readonly rule: RuleId; readonly settings: RuleSettings; readonly orgId?: string },
  nowMs: number,
  countryOf?: CountryOf,
): Promise<Preview> {
  const rule = rules[id];
  const set: SetRule = { rule, isOn: true, settings: settingsOf(rule, settings) };
  const toMs = nowMs - (nowMs % oneHourMs);
  const fromMs = toMs - previewDays * oneDayMs;
  const none = { replayed: 0, used: 0 };
  const show = (findings: readonly Finding[], keys: Preview['keys']): Preview => {
    const inOrder = findings.toSorted((a, b) => a.hourMs - b.hourMs);
    return { fromMs, toMs, alerts: withoutRepeats(inOrder).toReversed(), keys };
  };
  if (isKeyRule(rule)) {
    const { keySeqs, total } = await reader.listRecentKeys(orgId, maxKeys);
    const findings: Finding[] = [];
    for (let at = 0; at < keySeqs.length; at += keysPerStep) {
      const range = { fromMs, toMs, countryOf };
      for (const series of await readSeries(reader, set, keySeqs.slice(at, at + keysPerStep), range)) {
        findings.push(...findInSeries(set, series, fromMs));
      }
    }
    return show(findings, { replayed: keySeqs.length, used: total });
  }
  // Addresses, persons and the installation belong to no organization.
  if (orgId !== undefined) return show([], none);
  if (rule.subject === 'address') {
    const hours = await reader.readUnknownKeys(fromMs, toMs);
    return show(
      hours.flatMap((hour) => findInAddressHour(set, hour) ?? []),
      none,
    );
  }
  const { entries } = await reader.readEntries(actionsOf([set]), { afterSeq: 0, fromMs });
  const described = await describeEntries(reader, entries);
  return show(
    described.flatMap((entry) => findInEntry(set, entry) ?? []),
    none,
  );
}

/** The hours of keys, with the time before `fromMs` that the rule looks at. */
async function readSeries(
  reader: AlertReader,
  { rule }: SetRule,
  keySeqs: readonly number[],
  range: { readonly fromMs: number; readonly toMs: number; readonly countryOf: CountryOf | undefined },
): Promise<readonly KeySeries[]> {
  const { fromMs, toMs } = range;
  const countryOf = isKeyRule(rule) && rule.needs === 'countries' ? range.countryOf : undefined;
  const reads = isKeyRule(rule) ? rule.reads : [];
  // A last request may be a year ago.
  const leadMs = reads.includes('lastAllowed') ? 400 * oneDayMs : reads.length > 0 ? replayLeadMs : 0;
  const nameLeadMs = namedParts.some((part) => reads.includes(part)) ? leadMs : 0;
  const [keys, counted, addressed, routed] = await Promise.all([
    reader.readKeys(keySeqs),
    reader.readCountsBetween(keySeqs, fromMs - leadMs, toMs),
    reader.readAddresses(keySeqs, fromMs - nameLeadMs, toMs),
    reads.includes('routes') ? reader.readRoutes(keySeqs, fromMs - nameLeadMs, toMs) : [],
  ]);
  const countsOf = Map.groupBy(counted, ({ keySeq }) => keySeq);
  const addressesOf = Map.groupBy(addressed, ({ keySeq }) => keySeq);
  const routesOf = Map.groupBy(routed, ({ keySeq }) => keySeq);
  return keys.map((key) => ({
    key,
    hours: joinHours(
      countsOf.get(key.seq) ?? [],
      addressesOf.get(key.seq) ?? [],
      routesOf.get(key.seq) ?? [],
      countryOf,
    ),
  }));
}

function joinHours(
  counted: readonly CountedHour[],
  addressed: readonly AddressedHour[],
  routed: readonly RoutedHour[],
  countryOf: CountryOf | undefined,
): KeySeries['hours'] {
  const outcomes = new Map(counted.map((each) => [each.hourMs, each.outcomes]));
  const addresses = Map.groupBy(addressed, ({ hourMs }) => hourMs);
  const routes = Map.groupBy(routed, ({ hourMs }) => hourMs);
  const hourAt = (ms: number): SeriesHour => ({
    outcomes: outcomes.get(ms) ?? {},
    addresses: placeAll(addresses.get(ms) ?? [], countryOf),
    routes: (routes.get(ms) ?? []).map(({ route, count }) => ({ route, count })),
  });
  const starts = new Set([...outcomes.keys(), ...addresses.keys(), ...routes.keys()]);
  return new Map(Array.from(starts, (ms) => [ms, hourAt(ms)] as const));
}
