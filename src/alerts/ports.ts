// The store of the evaluator, and of previews.
import type { AddressCount, Finding, RouteCount, RuleId, RuleSettings } from '../domain/alert.ts';
import type { KeyFacts, Outcomes } from './key-hour.ts';

/** How far evaluation is. */
export interface EvaluationPlace {
  /** The start of the next hour to evaluate. 0: none was. */
  readonly hourMs: number;
  /** The keys of that hour up to this short number are done. */
  readonly afterKeySeq: number;
  /** The audit entries up to this number are done. */
  readonly auditSeq: number;
}

/** Requests of one key in one hour. */
export interface CountedHour {
  readonly keySeq: number;
  readonly hourMs: number;
  readonly outcomes: Outcomes;
}

/** Requests of one key from one address in one hour. */
export interface AddressedHour extends AddressCount {
  readonly keySeq: number;
  readonly hourMs: number;
}

/** Allowed requests of one key and route in one hour. */
export interface RoutedHour extends RouteCount {
  readonly keySeq: number;
  readonly hourMs: number;
}

/** Unknown keys from one address in one hour. */
export interface UnknownKeys {
  readonly address: string;
  readonly hourMs: number;
  readonly unknownKeys: number;
  readonly apiIds: readonly string[];
}

/** An entry of the audit log that a rule may look at. */
export interface WatchedEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly action: string;
  readonly targetId: string;
  readonly address: string | null;
}

/** Instants are epoch milliseconds, hours the starts of UTC hours. A range has its start and not its end. */
export interface AlertReader {
  /** The switches that operators have set. Rules of a newer version are left out. */
  listSwitches(): Promise<
    readonly { readonly rule: RuleId; readonly isOn: boolean; readonly settings: RuleSettings }[]
  >;
  /**
   * The short numbers of the keys that may have had requests in the hour, ascending: those used since, and those
   * refused in it.
   */
  listActiveKeys(hourMs: number): Promise<readonly number[]>;
  /** The living facts of keys. Keys of deleted organizations and tokens are left out. */
  readKeys(keySeqs: readonly number[]): Promise<readonly KeyFacts[]>;
  readCounts(keySeqs: readonly number[], hoursMs: readonly number[]): Promise<readonly CountedHour[]>;
  readCountsBetween(keySeqs: readonly number[], fromMs: number, toMs: number): Promise<readonly CountedHour[]>;
  readAddresses(keySeqs: readonly number[], fromMs: number, toMs: number): Promise<readonly AddressedHour[]>;
  /** The addresses from which something was allowed, each once, without the sum of the others. */
  listAddresses(
    keySeqs: readonly number[],
    fromMs: number,
    toMs: number,
  ): Promise<readonly { readonly keySeq: number; readonly address: string }[]>;
  /** Without those that no pattern matches, and without the sum of the patterns beyond the limit. */
  readRoutes(keySeqs: readonly number[], fromMs: number, toMs: number): Promise<readonly RoutedHour[]>;
  /** The routes of the same, each once. */
  listRoutes(
    keySeqs: readonly number[],
    fromMs: number,
    toMs: number,
  ): Promise<readonly { readonly keySeq: number; readonly route: string }[]>;
  /** The last hour before `beforeMs` in which a request of the key was allowed, by key. Absent: there is none. */
  findLastAllowed(keySeqs: readonly number[], beforeMs: number): Promise<ReadonlyMap<number, number>>;
  readUnknownKeys(fromMs: number, toMs: number): Promise<readonly UnknownKeys[]>;
  /** Entries after `afterSeq` with one of these actions, in order, and the newest number of the log. */
  readEntries(
    actions: readonly string[],
    range: { readonly afterSeq: number; readonly fromMs: number },
  ): Promise<{ readonly entries: readonly WatchedEntry[]; readonly newestSeq: number }>;
  /** The addresses of a person's sign-ins before the entry and not before `fromMs`. */
  listSignInAddresses(personId: string, beforeSeq: number, fromMs: number): Promise<readonly string[]>;
  /** The keys that were used most recently, of one organization or of all, and how many have ever been used. */
  listRecentKeys(
    orgId: string | undefined,
    limit: number,
  ): Promise<{ readonly keySeqs: readonly number[]; readonly total: number }>;
}

export interface EvaluationStore extends AlertReader {
  /** As `RightStore` in `src/engine/held-right.ts`. */
  claim(holder: string, nowMs: number, untilMs: number): Promise<boolean>;
  release(holder: string): Promise<void>;
  findPlace(): Promise<EvaluationPlace>;
  /**
   * Raises alerts for the findings, writes their events to the outbox of webhooks, and moves the place, all in one
   * transaction. A finding in the cool-down of an alert is counted there; one that is muted, or of a deleted
   * organization, changes nothing. `undefined`, and nothing changes: `holder` lost the right, or another node has moved
   * the place. Else the number of alerts.
   */
  raise(
    move: {
      readonly holder: string;
      readonly from: EvaluationPlace;
      readonly to: EvaluationPlace;
      readonly nowMs: number;
    },
    findings: readonly Finding[],
  ): Promise<number | undefined>;
  /** Removes some alerts from before `beforeMs`, and mutes that have ended. `true`: there may be more. */
  removeOld(beforeMs: number, nowMs: number): Promise<boolean>;
}
