// Evaluates the rules for each closed hour, once, on one node at a time.
import { networkOf } from '../domain/address.ts';
import type { Finding } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import type { CountryOf } from '../domain/country.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import type { Timer } from '../engine/flush-loop.ts';
import { createHeldRight } from '../engine/held-right.ts';
import {
  type KeyHour,
  type KeyPast,
  knownDays,
  type NamedPart,
  namesIn,
  noPast,
  type PastPart,
  totalOf,
} from './key-hour.ts';
import type { AlertReader, EvaluationPlace, EvaluationStore, WatchedEntry } from './ports.ts';
import { findInAddressHour, findInEntry, findInKeyHour, isKeyRule, placeAll, sameHoursOf } from './replay.ts';
import type { AlertEntry, KeyRule } from './rule.ts';
import { type SetRule, setRules } from './rules.ts';

export interface EvaluatorOptions {
  /** Who evaluates. Processes that use the database at the same time have different ones. */
  readonly holder: string;
  readonly store: EvaluationStore;
  /** The countries of addresses at this moment. `undefined`, and rules that need them are left out: there is no database. */
  readonly findCountryOf?: () => CountryOf | undefined;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Called after alerts were raised: their events wait. Must not throw. */
  readonly onRaised: (alerts: number) => void;
  /** Called after the store failed; the evaluator goes on. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

export interface Evaluator {
  /** Since the start. */
  readonly counts: { readonly hours: number; readonly alerts: number };
  /** Ends after the step in progress. Never rejects. */
  close(): Promise<void>;
}

const pollMs = 1_000;
const retryMs = 60_000;
/** Nodes write their counts within seconds. What comes later than this is in the usage, and raises no alert. */
const settleMs = 5 * 60_000;
/** After a longer pause, earlier hours are left out: their alerts would come too late. */
const maxBehindMs = 2 * oneDayMs;
/** Alerts stay this long. */
const keptMs = 90 * oneDayMs;
/** Keys that one step reads. */
export const keysPerStep = 500;
const maxPauseMs = 2_000;
/** How far back the sign-ins of a person count. */
const signInDays = 90;

/** Starts evaluating. An hour that was evaluated is never evaluated again, whatever is interrupted. */
export function startEvaluator({
  holder,
  store,
  findCountryOf,
  clock,
  timer,
  onRaised,
  onFault,
}: EvaluatorOptions): Evaluator {
  const right = createHeldRight({ store, holder });
  const counts = { hours: 0, alerts: 0 };
  let isClosed = false;
  let running: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let endPause: (() => void) | undefined;
  /** No hour closes before, as far as this process knows. */
  let dueAtMs = 0;

  function schedule(delayMs: number): void {
    if (isClosed) return;
    stopTimer = timer.start(delayMs, () => {
      const nowMs = clock.nowMs();
      // The clock was set back by more than an hour if `dueAtMs` is further away.
      if (nowMs < dueAtMs && dueAtMs - nowMs <= oneHourMs) schedule(pollMs);
      else running = runRound(nowMs).then(schedule);
    });
  }

  /** Returns the delay until the next look at the clock. Never rejects. */
  async function runRound(nowMs: number): Promise<number> {
    try {
      const closedMs = startOfHour(nowMs - settleMs);
      if (!(await right.take(nowMs))) return retryMs;
      let place = await store.findPlace();
      if (place.hourMs === 0) place = (await begin(place, closedMs, nowMs)) ?? place;
      while (!isClosed && place.hourMs !== 0 && place.hourMs < closedMs) {
        const next = await evaluateHour(skipOld(place, closedMs));
        if (next === undefined) return retryMs;
        place = next;
        counts.hours++;
      }
      while (!isClosed && (await store.removeOld(nowMs - keptMs, nowMs)));
      if (!isClosed) dueAtMs = closedMs + oneHourMs + settleMs;
      return pollMs;
    } catch (error) {
      right.doubt();
      onFault(error);
      return retryMs;
    }
  }

  /** A new installation begins with the hour that is open now, and with the next audit entry. */
  async function begin(from: EvaluationPlace, hourMs: number, nowMs: number): Promise<EvaluationPlace | undefined> {
    const { newestSeq } = await store.readEntries([], { afterSeq: 0, fromMs: 0 });
    const to = { hourMs, afterKeySeq: 0, auditSeq: newestSeq };
    return (await store.raise({ holder, from, to, nowMs }, [])) === undefined ? undefined : to;
  }

  /** Returns the place after the hour. `undefined`: another node has the right, or the evaluator closes. */
  async function evaluateHour({
    from,
    hourMs,
  }: {
    readonly from: EvaluationPlace;
    readonly hourMs: number;
  }): Promise<EvaluationPlace | undefined> {
    const sets = setRules(await store.listSwitches()).filter(({ isOn }) => isOn);
    const afterKeySeq = hourMs === from.hourMs ? from.afterKeySeq : 0;
    const keySeqs = (await store.listActiveKeys(hourMs)).filter((seq) => seq > afterKeySeq);
    let place = from;
    for (let at = 0; at < keySeqs.length; at += keysPerStep) {
      const some = keySeqs.slice(at, at + keysPerStep);
      const startedMs = performance.now();
      const findings = await findInKeys(store, sets, some, hourMs, findCountryOf?.());
      const nowMs = clock.nowMs();
      if (isClosed || !(await right.take(nowMs))) return undefined;
      // Without findings nothing is written: a repetition finds nothing again.
      if (findings.length > 0) {
        const to = { ...place, hourMs, afterKeySeq: some.at(-1) as number };
        if (!(await raise(place, to, findings))) return undefined;
        place = to;
      }
      if (some.length === keysPerStep) await pause(performance.now() - startedMs);
    }
    const rest = await findBesideKeys(store, sets, hourMs, place.auditSeq);
    const to = { hourMs: hourMs + oneHourMs, afterKeySeq: 0, auditSeq: rest.auditSeq };
    return (await raise(place, to, rest.findings)) ? to : undefined;
  }

  /** The database serves others in at least half of the time. */
  function pause(tookMs: number): Promise<void> {
    if (isClosed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = timer.start(Math.min(tookMs, maxPauseMs), resolve);
    endPause = () => {
      stop();
      resolve();
    };
    return promise;
  }

  async function raise(from: EvaluationPlace, to: EvaluationPlace, findings: readonly Finding[]): Promise<boolean> {
    const alerts = await store.raise({ holder, from, to, nowMs: clock.nowMs() }, findings);
    if (alerts === undefined) right.doubt();
    else counts.alerts += alerts;
    if (alerts !== undefined && alerts > 0) onRaised(alerts);
    return alerts !== undefined;
  }

  schedule(pollMs);
  return {
    counts,
    async close() {
      isClosed = true;
      stopTimer?.();
      endPause?.();
      await running;
      await right.release().catch(onFault);
    },
  };
}

function skipOld(from: EvaluationPlace, closedMs: number) {
  return { from, hourMs: Math.max(from.hourMs, closedMs - maxBehindMs) };
}

function startOfHour(ms: number): number {
  return ms - (ms % oneHourMs);
}

/** What the rules find in an hour of these keys. Reads the hour of all, and the past of those that a rule chooses. */
export async function findInKeys(
  reader: AlertReader,
  sets: readonly SetRule[],
  keySeqs: readonly number[],
  hourMs: number,
  countryOf?: CountryOf,
): Promise<readonly Finding[]> {
  const keySets = sets.filter(({ rule }) => isKeyRule(rule) && (rule.needs === undefined || countryOf !== undefined));
  if (keySets.length === 0) return [];
  const needsCountries = keySets.some(({ rule }) => rule.needs === 'countries');
  const readsRoutes = keySets.some(({ rule }) => (rule as KeyRule).reads.includes('routes'));
  const [keys, counted, addressed, routed] = await Promise.all([
    reader.readKeys(keySeqs),
    reader.readCounts(keySeqs, [hourMs]),
    reader.readAddresses(keySeqs, hourMs, hourMs + oneHourMs),
    readsRoutes ? reader.readRoutes(keySeqs, hourMs, hourMs + oneHourMs) : [],
  ]);
  const outcomes = new Map(counted.map((each) => [each.keySeq, each.outcomes]));
  const addresses = Map.groupBy(addressed, ({ keySeq }) => keySeq);
  const routes = Map.groupBy(routed, ({ keySeq }) => keySeq);
  const hours = keys.map(
    (key): KeyHour => ({
      ...{ key, hourMs, outcomes: outcomes.get(key.seq) ?? {} },
      addresses: placeAll(addresses.get(key.seq) ?? [], needsCountries ? countryOf : undefined),
      routes: (routes.get(key.seq) ?? []).map(({ route, count }) => ({ route, count })),
    }),
  );
  const chosen = hours.flatMap((hour) =>
    keySets.filter(({ rule, settings }) => (rule as KeyRule).concerns(hour, settings)).map((set) => ({ set, hour })),
  );
  const hoursThatRead = (part: PastPart, of: typeof chosen) => [
    ...new Set(of.filter(({ set }) => (set.rule as KeyRule).reads.includes(part)).map(({ hour }) => hour)),
  ];
  const readSame = await readSameHours(reader, hoursThatRead('sameHours', chosen));
  const wanted = chosen.filter(({ set: { rule, settings }, hour }) => {
    const { mayFind } = rule as KeyRule;
    return mayFind === undefined || mayFind(hour, readSame(hour).sameHours ?? [], settings);
  });
  const listAddresses = readOnce(reader.listAddresses);
  const readers = [
    readSame,
    ...(await Promise.all([
      readDay(reader, hoursThatRead('day', wanted), hourMs),
      readLastAllowed(reader, hoursThatRead('lastAllowed', wanted), hourMs),
      readNames('networks', hoursThatRead('networks', wanted), hourMs, async (...range) =>
        (await listAddresses(...range)).map(toNamed),
      ),
      readNames('countries', hoursThatRead('countries', wanted), hourMs, async (...range) =>
        (await listAddresses(...range)).map((each) => toNamed({ ...each, country: countryOf?.(each.address) })),
      ),
      readNames('routes', hoursThatRead('routes', wanted), hourMs, async (...range) =>
        (
          await reader.listRoutes(...range)
        ).map(({ keySeq, route }) => ({
          ...{ keySeq, addresses: [], routes: [{ route, count: 1 }] },
        })),
      ),
    ])),
  ];
  return wanted.flatMap(({ set, hour }) => {
    const past: KeyPast = Object.assign({}, noPast, ...readers.map((read) => read(hour)));
    return findInKeyHour(set, hour, past) ?? [];
  });
}

type ReadRange<Rows> = (keySeqs: readonly number[], fromMs: number, toMs: number) => Promise<Rows>;

/** Two rules mostly ask about the same keys. */
function readOnce<Rows>(read: ReadRange<Rows>): ReadRange<Rows> {
  const asked = new Map<string, Promise<Rows>>();
  return (keySeqs, fromMs, toMs) => {
    const name = `${fromMs} ${toMs} ${keySeqs.join()}`;
    const rows = asked.get(name) ?? read(keySeqs, fromMs, toMs);
    asked.set(name, rows);
    return rows;
  };
}

/** An address of the past, as an hour of it. */
function toNamed({ keySeq, address, country }: { keySeq: number; address: string; country?: string | undefined }) {
  return { keySeq, addresses: [{ address, count: 1, refused: 0, country }], routes: [] };
}

type ReadPast = (hour: KeyHour) => Partial<KeyPast>;

async function readSameHours(reader: AlertReader, hours: readonly KeyHour[]): Promise<ReadPast> {
  const seqs = hours.map(({ key }) => key.seq);
  const same = await reader.readCounts(seqs, [...new Set(hours.flatMap(sameHoursOf))]);
  const totals = new Map(same.map((each) => [`${each.keySeq} ${each.hourMs}`, totalOf(each.outcomes)]));
  return (hour) => ({ sameHours: sameHoursOf(hour).map((ms) => totals.get(`${hour.key.seq} ${ms}`) ?? 0) });
}

async function readDay(reader: AlertReader, hours: readonly KeyHour[], hourMs: number): Promise<ReadPast> {
  const seqs = hours.map(({ key }) => key.seq);
  const day = await reader.readCountsBetween(seqs, hourMs - oneDayMs, hourMs);
  const days = Map.groupBy(day, ({ keySeq }) => keySeq);
  return (hour) => ({ day: (days.get(hour.key.seq) ?? []).map(({ outcomes }) => outcomes) });
}

async function readLastAllowed(reader: AlertReader, hours: readonly KeyHour[], hourMs: number): Promise<ReadPast> {
  const last = await reader.findLastAllowed(
    hours.map(({ key }) => key.seq),
    hourMs,
  );
  return ({ key }) => ({ lastAllowedMs: last.get(key.seq) ?? null });
}

/** Most keys have their names in the day before. Only for the others, the whole time is read. */
async function readNames(
  part: NamedPart,
  hours: readonly KeyHour[],
  hourMs: number,
  readRows: (
    keySeqs: readonly number[],
    fromMs: number,
    toMs: number,
  ) => Promise<readonly (Pick<KeyHour, 'addresses' | 'routes'> & { readonly keySeq: number })[]>,
): Promise<ReadPast> {
  const read = async (some: readonly KeyHour[], fromMs: number) => {
    const names = new Map<number, Set<string>>();
    const keySeqs = some.map(({ key }) => key.seq);
    for (const row of keySeqs.length === 0 ? [] : await readRows(keySeqs, fromMs, hourMs)) {
      const known = names.get(row.keySeq) ?? new Set();
      for (const name of namesIn(part, row)) known.add(name);
      names.set(row.keySeq, known);
    }
    return names;
  };
  const day = await read(hours, hourMs - oneDayMs);
  const hasNew = (hour: KeyHour) => namesIn(part, hour).some((name) => day.get(hour.key.seq)?.has(name) !== true);
  const month = await read(hours.filter(hasNew), hourMs - knownDays * oneDayMs);
  return ({ key }) => ({ [part]: month.get(key.seq) ?? day.get(key.seq) ?? noPast[part] });
}

/** What the rules about addresses and audit entries find. */
async function findBesideKeys(
  reader: AlertReader,
  sets: readonly SetRule[],
  hourMs: number,
  afterSeq: number,
): Promise<{ readonly findings: readonly Finding[]; readonly auditSeq: number }> {
  const ofAddresses = sets.filter(({ rule }) => rule.subject === 'address');
  const unknown = ofAddresses.length === 0 ? [] : await reader.readUnknownKeys(hourMs, hourMs + oneHourMs);
  const { entries, newestSeq } = await reader.readEntries(actionsOf(sets), { afterSeq, fromMs: 0 });
  const described = await describeEntries(reader, entries);
  return {
    findings: [
      ...unknown.flatMap((each) => ofAddresses.flatMap((set) => findInAddressHour(set, each) ?? [])),
      ...described.flatMap((entry) => sets.flatMap((set) => findInEntry(set, entry) ?? [])),
    ],
    auditSeq: newestSeq,
  };
}

/** The actions that these rules look at. */
export function actionsOf(sets: readonly Pick<SetRule, 'rule'>[]): readonly string[] {
  return sets.flatMap(({ rule }) => ('actions' in rule ? rule.actions : []));
}

/** The entries, with the networks of earlier sign-ins. */
export function describeEntries(
  reader: Pick<AlertReader, 'listSignInAddresses'>,
  entries: readonly WatchedEntry[],
): Promise<readonly AlertEntry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      if (entry.action !== 'person.signed_in') return { ...entry, networks: new Set<string>() };
      const fromMs = entry.atMs - signInDays * oneDayMs;
      const addresses = await reader.listSignInAddresses(entry.targetId, entry.seq, fromMs);
      return { ...entry, networks: new Set(addresses.map(networkOf)) };
    }),
  );
}
