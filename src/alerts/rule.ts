// The form of a rule: a description, and pure functions over counters.
import type { Evidence, RuleDescription, RuleSetting, SettingName } from '../domain/alert.ts';
import type { KeyHour, KeyPast, PastPart } from './key-hour.ts';

/** What a check found. Members that are left out are empty. */
export interface Found extends Partial<Evidence> {
  readonly variant?: string;
}

type SettingsOf<Name extends string> = Readonly<Record<Name, number>>;

interface RuleOf<Name extends string> extends Omit<RuleDescription, 'subject' | 'settings'> {
  readonly settings: Readonly<Record<Name, RuleSetting>>;
}

/** A rule about the hours of keys. */
interface KeyRuleOf<Name extends string> extends RuleOf<Name> {
  readonly subject: 'key';
  /** The parts of the past that `check` looks at. They are read for keys that `concerns` chooses. */
  readonly reads: readonly PastPart[];
  /** Quickly, from the hour alone: whether `check` could find something. */
  concerns(hour: KeyHour, settings: SettingsOf<Name>): boolean;
  /** With the same hours of the weeks before: whether `check` could find something. Default: it could. */
  mayFind?(hour: KeyHour, sameHours: KeyPast['sameHours'], settings: SettingsOf<Name>): boolean;
  check(hour: KeyHour, past: KeyPast, settings: SettingsOf<Name>): Found | undefined;
}

/** Requests with unknown keys from one address in one hour. */
export interface AddressHour {
  readonly address: string;
  readonly hourMs: number;
  readonly unknownKeys: number;
  readonly apiIds: readonly string[];
}

interface AddressRuleOf<Name extends string> extends RuleOf<Name> {
  readonly subject: 'address';
  check(hour: AddressHour, settings: SettingsOf<Name>): Found | undefined;
}

/** An entry of the audit log, as rules see it. */
export interface AlertEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly action: string;
  readonly targetId: string;
  readonly address: string | null;
  /** Of a sign-in: the networks of this person's sign-ins in the 90 days before. Empty: there was none. */
  readonly networks: ReadonlySet<string>;
}

interface EntryRuleOf<Name extends string> extends RuleOf<Name> {
  readonly subject: 'person' | 'installation';
  /** The actions that it looks at. */
  readonly actions: readonly string[];
  check(entry: AlertEntry, settings: SettingsOf<Name>): Found | undefined;
}

export type KeyRule = KeyRuleOf<string>;
export type AddressRule = AddressRuleOf<string>;
export type EntryRule = EntryRuleOf<string>;
export type Rule = KeyRule | AddressRule | EntryRule;

/** Settings are checked against their names before they get here, so the wider type is safe. */
export const keyRule = <const Name extends SettingName>(rule: KeyRuleOf<Name>) => rule as unknown as KeyRule;
export const addressRule = <const Name extends SettingName>(rule: AddressRuleOf<Name>) =>
  rule as unknown as AddressRule;
export const entryRule = <const Name extends SettingName>(rule: EntryRuleOf<Name>) => rule as unknown as EntryRule;

/** The setting that every rule has. */
export function coolDown(hours: number): RuleSetting {
  return { default: hours, min: 1, max: 24 * 90, unit: 'hours', text: 'Time after an alert without another one' };
}
