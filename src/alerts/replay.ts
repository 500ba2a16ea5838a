// Runs a rule over the stored past, hour by hour: what it would have raised.
import type { AddressCount, Finding } from '../domain/alert.ts';
import type { CountryOf } from '../domain/country.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import {
  allowedOf,
  type KeyFacts,
  type KeyHour,
  type KeyPast,
  knownDays,
  type NamedPart,
  namedParts,
  namesIn,
  noPast,
  type PlacedCount,
  totalOf,
  weeksCompared,
} from './key-hour.ts';
import type { AddressHour, AlertEntry, Found, KeyRule, Rule } from './rule.ts';
import type { SetRule } from './rules.ts';

/** All hours of a key that had requests, by their start. */
export interface KeySeries {
  readonly key: KeyFacts;
  readonly hours: ReadonlyMap<number, SeriesHour>;
}

export type SeriesHour = Pick<KeyHour, 'outcomes' | 'addresses' | 'routes'>;

/** The hours before that a key rule looks at: what is read must begin so long before the first hour. */
export const replayLeadMs = Math.max(knownDays, 7 * weeksCompared) * oneDayMs;

/** The starts of the same hour in the weeks before in which the key existed. */
export function sameHoursOf({ key, hourMs }: Pick<KeyHour, 'key' | 'hourMs'>): readonly number[] {
  const starts = Array.from({ length: weeksCompared }, (_, at) => hourMs - (at + 1) * 7 * oneDayMs);
  return starts.filter((ms) => ms >= key.createdAtMs);
}

/** The addresses with their countries, if these are known. */
export function placeAll(addresses: readonly AddressCount[], countryOf: CountryOf | undefined): readonly PlacedCount[] {
  return addresses.map(({ address, count, refused }) => ({
    ...{ address, count, refused },
    ...(countryOf !== undefined && address !== '' && { country: countryOf(address) }),
  }));
}

/** What a key rule finds in an hour. */
export function findInKeyHour({ rule, settings }: SetRule, hour: KeyHour, past: KeyPast): Finding | undefined {
  const { key, hourMs } = hour;
  const found = (rule as KeyRule).check(hour, past, settings);
  const about = { subject: { kind: 'key' as const, id: key.id }, orgId: key.orgId, apiId: key.apiId, hourMs };
  return found && toFinding({ rule, settings }, about, found);
}

/** What an address rule finds in an hour. Its alerts concern the operator: the keys are no one's. */
export function findInAddressHour(set: SetRule, hour: AddressHour): Finding | undefined {
  if (set.rule.subject !== 'address') return undefined;
  const { address, hourMs } = hour;
  const found = set.rule.check(hour, set.settings);
  return (
    found && toFinding(set, { subject: { kind: 'address', id: address }, orgId: null, apiId: null, hourMs }, found)
  );
}

/** What a rule finds in an entry of the audit log. */
export function findInEntry(set: SetRule, entry: AlertEntry): Finding | undefined {
  const { rule, settings } = set;
  if (rule.subject === 'key' || rule.subject === 'address' || !rule.actions.includes(entry.action)) return undefined;
  const found = rule.check(entry, settings);
  const id = rule.subject === 'person' ? entry.targetId : 'installation';
  const hourMs = entry.atMs - (entry.atMs % oneHourMs);
  return found && toFinding(set, { subject: { kind: rule.subject, id }, orgId: null, apiId: null, hourMs }, found);
}

type About = Pick<Finding, 'subject' | 'orgId' | 'apiId' | 'hourMs'>;

function toFinding({ rule, settings }: Pick<SetRule, 'rule' | 'settings'>, about: About, found: Found): Finding {
  const { variant = '', counts = {}, baseline = {}, addresses = [], words = [] } = found;
  const evidence = { counts, baseline, addresses, words };
  return { rule: rule.id, ...about, variant, evidence, coolDownHours: settings.coolDownHours };
}

/** What a key rule finds in the hours of a series from `fromMs` on, before cool-downs. In the order of the hours. */
export function findInSeries(set: SetRule, { key, hours }: KeySeries, fromMs: number): readonly Finding[] {
  const rule = set.rule as KeyRule;
  const found: Finding[] = [];
  const starts = [...hours.keys()].sort((a, b) => a - b);
  const known = namedParts.filter((part) => rule.reads.includes(part)).map((part) => new NameWindow(part));
  let lastAllowedMs: number | null = null;
  for (const hourMs of starts) {
    for (const each of known) each.moveTo(hourMs);
    const counted = hours.get(hourMs) as SeriesHour;
    const hour: KeyHour = { key, hourMs, ...counted };
    if (hourMs >= fromMs && hourMs >= key.createdAtMs - oneHourMs && rule.concerns(hour, set.settings)) {
      const names = Object.fromEntries(known.map((each) => [each.part, each.names]));
      const finding = findInKeyHour(set, hour, readPast(rule, hour, hours, { lastAllowedMs, ...names }));
      if (finding !== undefined) found.push(finding);
    }
    if (allowedOf(counted.outcomes) > 0) lastAllowedMs = hourMs;
    for (const each of known) each.add(hour);
  }
  return found;
}

/** The names of the days before an hour, as the hour moves on. */
class NameWindow {
  readonly part: NamedPart;
  readonly #seen: { readonly hourMs: number; readonly name: string }[] = [];
  readonly #hours = new Map<string, number>();
  #first = 0;

  constructor(part: NamedPart) {
    this.part = part;
  }

  moveTo(hourMs: number): void {
    for (; (this.#seen[this.#first]?.hourMs ?? hourMs) < hourMs - knownDays * oneDayMs; this.#first++) {
      const { name } = this.#seen[this.#first] as { name: string };
      const left = (this.#hours.get(name) ?? 1) - 1;
      if (left === 0) this.#hours.delete(name);
      else this.#hours.set(name, left);
    }
  }

  add(hour: KeyHour): void {
    for (const name of namesIn(this.part, hour)) {
      this.#seen.push({ hourMs: hour.hourMs, name });
      this.#hours.set(name, (this.#hours.get(name) ?? 0) + 1);
    }
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#hours.keys());
  }
}

function readPast(
  { reads }: KeyRule,
  hour: KeyHour,
  hours: KeySeries['hours'],
  given: Pick<KeyPast, 'lastAllowedMs'> & Partial<KeyPast>,
): KeyPast {
  const { hourMs } = hour;
  const before = (count: number) =>
    Array.from({ length: count }, (_, at) => hours.get(hourMs - (at + 1) * oneHourMs)).filter(
      (each) => each !== undefined,
    );
  return {
    ...noPast,
    ...given,
    ...(reads.includes('day') && { day: before(24).map(({ outcomes }) => outcomes) }),
    ...(reads.includes('sameHours') && {
      sameHours: sameHoursOf(hour).map((ms) => totalOf(hours.get(ms)?.outcomes ?? {})),
    }),
  };
}

/** The findings that raise an alert: none in the cool-down of an earlier one. They must be in the order of the hours. */
export function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const raised = new Map<string, Finding>();
  return findings.filter((finding) => {
    const name = [finding.rule, finding.subject.id, finding.variant].join(' ');
    const before = raised.get(name);
    if (before !== undefined && isCooling(before, finding)) return false;
    raised.set(name, finding);
    return true;
  });
}

/** Whether `finding` comes in the cool-down of an alert that began at `hourMs`. */
function isCooling({ hourMs }: Pick<Finding, 'hourMs'>, finding: Pick<Finding, 'hourMs' | 'coolDownHours'>): boolean {
  return finding.hourMs < hourMs + finding.coolDownHours * oneHourMs;
}

/** Whether a rule looks at the hours of keys. */
export function isKeyRule(rule: Rule): rule is KeyRule {
  return rule.subject === 'key';
}
