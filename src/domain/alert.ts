// Alerts on unusual activity: what a rule looks at, what it found, and what is stored of it.

/** Every rule, in the order in which lists show them. */
export const ruleIds = [
  'new_network',
  'new_country',
  'new_route',
  'denied_more',
  'volume_rise',
  'dormant_key_used',
  'live_key_at_test',
  'ended_key_used',
  'limit_hit_often',
  'rotation_overdue',
  'key_expires_soon',
  'key_guessing',
  'sign_in_new_network',
  'operator_action',
] as const;

export type RuleId = (typeof ruleIds)[number];

/** What an alert is about. `installation`: no single key, person or address. */
export const subjectKinds = ['key', 'address', 'person', 'installation'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

/** The numbers that rules have, by name. The console has words for each, and for its unit. */
export const settingNames = [
  'atLeast',
  'factor',
  'quietDays',
  'afterHours',
  'hours',
  'mostDays',
  'learnDays',
  'maxNetworks',
  'maxRoutes',
  'maxCountries',
  'afterDays',
  'coolDownHours',
] as const;
export type SettingName = (typeof settingNames)[number];

export const settingUnits = ['requests', 'times', 'days', 'hours', 'networks', 'routes', 'countries'] as const;

/** A number that the operator may set. All are integers. */
export interface RuleSetting {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: (typeof settingUnits)[number];
  /** What it means, as a sentence without a period. */
  readonly text: string;
}

/** A rule as its readers see it. */
export interface RuleDescription {
  readonly id: RuleId;
  /** When it raises an alert, as one sentence. */
  readonly text: string;
  readonly subject: SubjectKind;
  readonly isOnByDefault: boolean;
  /** What it finds nothing without. Default: it needs nothing. */
  readonly needs?: 'countries';
  /** `coolDownHours` is among them. */
  readonly settings: Readonly<Record<string, RuleSetting>>;
}

/** The numbers of a rule by name. */
export type RuleSettings = Readonly<Record<string, number>>;

/** What rules count, by name. The console has words for each. */
export const countNames = [
  'requests',
  'allowed',
  'denied',
  'networks',
  'routes',
  'countries',
  'hours',
  'days',
  'quietDays',
  'secretAgeDays',
  'signIns',
  'actions',
] as const;
export type CountName = (typeof countNames)[number];

/** What a rule saw. It never has a secret, a path or a name. */
export interface Evidence {
  /** Numbers of the hour, by name. */
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
  /** The numbers that the rule compared with, by name. Empty: it compared with its settings only. */
  readonly baseline: Readonly<Partial<Record<CountName, number>>>;
  /** The addresses behind it, those with the most requests first, 10 at most. */
  readonly addresses: readonly AddressCount[];
  /** Words that say more: actions of the audit log, ids of APIs, routes, countries. Empty: there are none. */
  readonly words: readonly string[];
}

/** Requests from one address. */
export interface AddressCount {
  /** An IPv4 address, the /64 of an IPv6 address, or empty text for all others of the hour. */
  readonly address: string;
  readonly count: number;
  /** The part of `count` that was refused. */
  readonly refused: number;
}

/** Allowed requests of one route, which is an endpoint pattern that someone wrote. */
export interface RouteCount {
  readonly route: string;
  readonly count: number;
}

/** What a rule found in one hour. */
export interface Finding {
  readonly rule: RuleId;
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  /** Separates findings of one rule and subject that have cool-downs of their own. Empty: all share one. */
  readonly variant: string;
  /** `null`: it concerns the operator only. */
  readonly orgId: string | null;
  readonly apiId: string | null;
  /** The start of the hour, epoch milliseconds. */
  readonly hourMs: number;
  readonly evidence: Evidence;
  /** No other alert of this rule, subject and variant is raised for so long after `hourMs`. */
  readonly coolDownHours: number;
}

/** A stored alert. Instants are epoch milliseconds. */
export interface Alert extends Omit<Finding, 'coolDownHours'> {
  readonly id: string;
  /** The last hour of the cool-down in which the rule found the same. */
  readonly lastHourMs: number;
  /** The hours in which the rule found it, the first included. */
  readonly hours: number;
  readonly raisedAtMs: number;
  readonly acknowledgedAtMs: number | null;
  /** Until when the rule raises no other alert of this subject. `null`: it may. */
  readonly mutedUntilMs: number | null;
}

/** Most addresses of an alert. */
const maxEvidenceAddresses = 10;

/** The addresses with the most requests. */
export function topAddresses(addresses: readonly AddressCount[]): readonly AddressCount[] {
  const top = addresses.toSorted((a, b) => b.count - a.count).slice(0, maxEvidenceAddresses);
  return top.map(({ address, count, refused }) => ({ address, count, refused }));
}
