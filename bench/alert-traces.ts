// Replays seeded traces through every rule with its default numbers, and prints alarms, false alarms and misses.
// `node bench/alert-traces.ts`: the table of docs/how-to/unusual-activity.md. It takes seconds, and no clock is read.
import { pathToFileURL } from 'node:url';
import type { KeyFacts } from '../src/alerts/key-hour.ts';
import {
  findInAddressHour,
  findInSeries,
  isKeyRule,
  type KeySeries,
  placeAll,
  type SeriesHour,
  withoutRepeats,
} from '../src/alerts/replay.ts';
import type { AddressHour } from '../src/alerts/rule.ts';
import { setRules } from '../src/alerts/rules.ts';
import { type Finding, type RuleId, ruleIds } from '../src/domain/alert.ts';
import type { CountryOf } from '../src/domain/country.ts';
import { oneDayMs, oneHourMs } from '../src/domain/durations.ts';

const toMs = Date.UTC(2027, 2, 1);
const days = 58;
const fromMs = toMs - days * oneDayMs;
const judgedFromMs = toMs - 28 * oneDayMs;
const seriesOfEach = 5;

/** What differs between the traces by which the numbers of rules were chosen, and those that judge them. */
interface World {
  readonly seed: number;
  /** The usual load, beside that of the tuning. */
  readonly load: number;
  /** How far an hour may be from its mean, as a part of it. */
  readonly spread: number;
  /** When something happens. */
  readonly eventMs: number;
  /** How much of it happens, beside the tuning. */
  readonly strength: number;
  /** The hours of UTC at which an office works. */
  readonly office: { readonly from: number; readonly to: number };
}

export const worlds = {
  tuning: {
    ...{ seed: 0, load: 1, spread: 0.3, strength: 1, office: { from: 7, to: 18 } },
    eventMs: toMs - 10 * oneDayMs + 3 * oneHourMs,
  },
  judging: {
    ...{ seed: 1_000_003, load: 0.4, spread: 0.5, strength: 0.7, office: { from: 5, to: 14 } },
    eventMs: toMs - 17 * oneDayMs + 11 * oneHourMs,
  },
} as const satisfies Readonly<Record<string, World>>;

/** xorshift32: the same numbers on every machine. */
function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

/** A kind of trace. `attack` is the hours in which something happens that `expects` should find. */
interface Trace {
  readonly name: string;
  readonly text: string;
  readonly key?: Partial<KeyFacts>;
  readonly attack?: { readonly fromMs: number; readonly toMs: number; readonly expects: readonly RuleId[] };
  /** The hour's requests. `undefined`: none. */
  hour(hourMs: number, random: Random): SeriesHour | undefined;
  readonly guesses?: (hourMs: number, random: Random) => number;
}

const hourOfDay = (ms: number) => Math.floor(ms / oneHourMs) % 24;
const isWeekday = (ms: number) => new Date(ms).getUTCDay() % 6 !== 0;
const usual = 'GET /v1/users/*';
const routed = (count: number, route = usual) => (count > 0 ? [{ route, count }] : []);

function plus(first: SeriesHour | undefined, second: Partial<SeriesHour>): SeriesHour {
  const sum: Record<string, number> = { ...first?.outcomes };
  for (const [name, count] of Object.entries(second.outcomes ?? {})) sum[name] = (sum[name] ?? 0) + count;
  return {
    outcomes: sum,
    addresses: [...(first?.addresses ?? []), ...(second.addresses ?? [])],
    routes: [...(first?.routes ?? []), ...(second.routes ?? [])],
  };
}

/** Where the networks of the traces are. */
const countryOf: CountryOf = (address) => {
  if (address.startsWith('198.51.')) return 'DE';
  return address.startsWith('192.0.3.') ? 'JO' : 'SA';
};
const stranger = (at: number, count: number, refused = 0) => ({ address: `198.51.${at}.9`, count, refused });

function tracesOf({ load, spread, eventMs, strength, office: hours }: World): readonly Trace[] {
  const noise = (random: Random, mean: number) => Math.round(load * mean * (1 - spread + 2 * spread * random()));
  const office = (ms: number, random: Random, mean: number) =>
    isWeekday(ms) && hourOfDay(ms) >= hours.from && hourOfDay(ms) < hours.to
      ? noise(random, mean)
      : noise(random, mean / 20);
  const some = (count: number) => Math.max(1, Math.round(strength * count));
  const during = (ms: number, count: number) => ms >= eventMs && ms < eventMs + count * oneHourMs;
  const attackOf = (count: number, ...expects: RuleId[]) => ({
    ...{ fromMs: eventMs, toMs: eventMs + count * oneHourMs, expects },
  });

  /** Two servers in each of some networks. A few requests are denied. */
  function normal(random: Random, count: number, networks = 1): SeriesHour | undefined {
    if (count === 0) return undefined;
    const denied = random() < 0.1 ? Math.ceil(random() * 3) : 0;
    const at = Math.floor(random() * networks);
    return {
      outcomes: { allowed: count, ...(denied > 0 && { endpoint_not_allowed: denied }) },
      addresses: [
        { address: `203.0.${113 + at}.${7 + Math.floor(random() * 2)}`, count: count + denied, refused: denied },
      ],
      routes: routed(count),
    };
  }

  return [
    { name: 'steady', text: 'the same load every hour', hour: (_, random) => normal(random, noise(random, 300)) },
    {
      name: 'weekly',
      text: 'office hours, five days a week',
      hour: (ms, random) => normal(random, office(ms, random, 800)),
    },
    {
      name: 'bursts',
      text: 'a job of some minutes, in one hour of ten',
      hour: (_, random) => (random() < 0.1 ? normal(random, noise(random, 900)) : undefined),
    },
    {
      name: 'mobile',
      text: 'clients in many networks',
      hour: (_, random) => normal(random, noise(random, 60), 120),
    },
    {
      name: 'moving',
      text: 'office hours; the servers move to another provider in the country',
      hour(ms, random) {
        const count = office(ms, random, 300);
        if (count === 0 || ms < eventMs) return normal(random, count);
        const addresses = [{ address: '192.0.2.9', count, refused: 0 }];
        return { outcomes: { allowed: count }, addresses, routes: routed(count) };
      },
    },
    {
      name: 'moving abroad',
      text: 'office hours; the servers move to a data center in another country',
      hour(ms, random) {
        const count = office(ms, random, 300);
        if (count === 0 || ms < eventMs) return normal(random, count);
        const addresses = [{ address: '192.0.3.9', count, refused: 0 }];
        return { outcomes: { allowed: count }, addresses, routes: routed(count) };
      },
    },
    {
      name: 'leak at home',
      text: 'office hours; a stranger in the same country uses the key for two days',
      attack: attackOf(48, 'new_network', 'new_country'),
      hour(ms, random) {
        const own = normal(random, office(ms, random, 400));
        if (!during(ms, 48)) return own;
        const count = some(60);
        const addresses = [{ address: '192.0.2.77', count, refused: 0 }];
        return plus(own, { outcomes: { allowed: count }, addresses, routes: routed(count) });
      },
    },
    {
      name: 'launch day',
      text: 'office hours; one day has twelve times the load, for good reasons',
      hour: (ms, random) => normal(random, office(ms, random, 400) * (during(ms, 24) ? 12 : 1)),
    },
    {
      name: 'leak',
      text: 'office hours; a stranger uses the key for two days',
      attack: attackOf(48, 'new_network', 'new_country', 'volume_rise'),
      hour(ms, random) {
        const own = normal(random, office(ms, random, 400));
        if (!during(ms, 48)) return own;
        const count = some(noise(random, 2500));
        return plus(own, { outcomes: { allowed: count }, addresses: [stranger(100, count)], routes: routed(count) });
      },
    },
    {
      name: 'quiet leak',
      text: 'the same, with 30 requests an hour',
      attack: attackOf(48, 'new_network', 'new_country', 'volume_rise'),
      hour(ms, random) {
        const own = normal(random, office(ms, random, 400));
        if (!during(ms, 48)) return own;
        const count = some(30);
        return plus(own, { outcomes: { allowed: count }, addresses: [stranger(100, count)], routes: routed(count) });
      },
    },
    {
      name: 'probing',
      text: 'a stranger tries which endpoints a leaked key may call',
      attack: attackOf(5, 'denied_more', 'new_network', 'new_country', 'new_route'),
      hour(ms, random) {
        const own = normal(random, office(ms, random, 400));
        if (!during(ms, 5)) return own;
        const denied = some(200);
        const found = {
          outcomes: { endpoint_not_allowed: denied, allowed: 3 },
          routes: routed(3, 'GET /v1/payouts/*'),
        };
        return plus(own, { ...found, addresses: [stranger(100, denied + 3, denied)] });
      },
    },
    {
      name: 'misuse',
      text: 'a server of the customer is taken over, and calls payouts with its key',
      attack: attackOf(8, 'new_route'),
      hour(ms, random) {
        const own = normal(random, office(ms, random, 400));
        const count = some(20);
        if (!during(ms, 8)) return own;
        return plus(own, { outcomes: { allowed: count }, routes: routed(count, 'POST /v1/payouts') });
      },
    },
    {
      name: 'new feature',
      text: 'a customer begins to use another endpoint, for good reasons',
      hour(ms, random) {
        const count = office(ms, random, 400);
        const own = normal(random, count);
        return ms < eventMs || count === 0 ? own : plus(own, { routes: routed(count, 'GET /v1/reports/*') });
      },
    },
    {
      name: 'new pattern',
      text: 'an operator writes a pattern for an endpoint that the key calls all the time',
      hour(ms, random) {
        const count = office(ms, random, 400);
        const own = normal(random, count);
        return ms < eventMs || count === 0 ? own : plus(own, { routes: routed(count, 'GET /v1/vehicles/*') });
      },
    },
    {
      name: 'month end',
      text: 'a job that calls another endpoint on the first day of each month',
      hour(ms, random) {
        const own = normal(random, office(ms, random, 400));
        const isFirst = new Date(ms).getUTCDate() === 1 && hourOfDay(ms) === 4;
        return isFirst ? plus(own, { outcomes: { allowed: 9 }, routes: routed(9, 'POST /v1/statements') }) : own;
      },
    },
    {
      name: 'scraping',
      text: 'a customer reads everything from its own servers, at three times its usual load',
      attack: attackOf(72, 'volume_rise', 'limit_hit_often'),
      hour: (ms, random) => normal(random, noise(random, 400) * (during(ms, 72) ? 3 : 1)),
    },
    {
      name: 'limited scraping',
      text: 'the same, at the rate limit',
      attack: attackOf(72, 'volume_rise', 'limit_hit_often'),
      hour(ms, random) {
        const own = normal(random, noise(random, 400));
        return during(ms, 72) ? plus(own, { outcomes: { rate_limited: some(noise(random, 900)) } }) : own;
      },
    },
    {
      name: 'dormant key',
      text: 'no request for 80 days, then a stranger',
      key: { createdAtMs: fromMs - 100 * oneDayMs },
      attack: attackOf(6, 'dormant_key_used', 'new_network', 'new_country'),
      hour(ms) {
        if (ms === eventMs - 80 * oneDayMs) return plus(undefined, { outcomes: { allowed: 5 } });
        const count = some(40);
        return during(ms, 6)
          ? plus(undefined, { outcomes: { allowed: count }, addresses: [stranger(100, count)], routes: routed(count) })
          : undefined;
      },
    },
    {
      name: 'yearly job',
      text: 'a job that runs once in 70 days',
      key: { createdAtMs: fromMs - 100 * oneDayMs },
      hour: (ms) =>
        ms === eventMs ? plus(undefined, { outcomes: { allowed: 40 }, addresses: [stranger(1, 40)] }) : undefined,
    },
    {
      name: 'live key at test',
      text: 'a developer sends the live key to a test host',
      attack: attackOf(2, 'live_key_at_test'),
      hour(ms, random) {
        const own = normal(random, noise(random, 300));
        return during(ms, 2)
          ? plus(own, { outcomes: { environment_mismatch: 4 }, addresses: [stranger(1, 4, 4)] })
          : own;
      },
    },
    {
      name: 'revoked key',
      text: 'a forgotten client sends a key that was revoked a week ago',
      key: { revokedAtMs: eventMs - 7 * oneDayMs },
      attack: attackOf(48, 'ended_key_used'),
      hour(ms, random) {
        if (ms < eventMs - 7 * oneDayMs) return normal(random, noise(random, 300));
        const count = some(60);
        return during(ms, 48)
          ? plus(undefined, { outcomes: { key_revoked: count }, addresses: [stranger(1, count, count)] })
          : undefined;
      },
    },
    {
      name: 'guessing',
      text: 'one address tries 400 keys an hour',
      attack: attackOf(6, 'key_guessing'),
      hour: () => undefined,
      guesses: (ms) => (during(ms, 6) ? some(400) : 0),
    },
    {
      name: 'slow guessing',
      text: 'one address tries 20 keys an hour',
      attack: attackOf(48, 'key_guessing'),
      hour: () => undefined,
      guesses: (ms) => (during(ms, 48) ? some(20) : 0),
    },
    {
      name: 'wrong key',
      text: 'a client whose key was copied wrongly, for a day',
      hour: () => undefined,
      guesses: (ms, random) => (during(ms, 24) ? noise(random, 40) : 0),
    },
  ];
}

/** The alerts of one trace, and what they are worth. */
export interface TraceResult {
  readonly name: string;
  readonly text: string;
  /** Of the traces with an attack, how many had an alert of an expected rule, by rule. */
  readonly found: Readonly<Partial<Record<RuleId, number>>>;
  readonly expects: readonly RuleId[];
  /** Alerts outside of an attack, or of a rule that no one expects there. */
  readonly falseAlarms: Readonly<Partial<Record<RuleId, number>>>;
  readonly traces: number;
}

/** Runs every trace `seriesOfEach` times, each with other numbers. */
export function runTraces(world: World): readonly TraceResult[] {
  return tracesOf(world).map((trace, kind) => {
    const found: Partial<Record<RuleId, number>> = {};
    const falseAlarms: Partial<Record<RuleId, number>> = {};
    for (let at = 0; at < seriesOfEach; at++) {
      const alerts = raise(trace, randomOf(world.seed + 1000 * kind + at + 1));
      const { attack } = trace;
      const isHit = ({ rule, hourMs }: Finding) =>
        attack?.expects.includes(rule) === true && hourMs >= attack.fromMs && hourMs < attack.toMs;
      for (const rule of ruleIds) {
        if (alerts.some((each) => each.rule === rule && isHit(each))) found[rule] = (found[rule] ?? 0) + 1;
        const wrong = alerts.filter((each) => each.rule === rule && !isHit(each)).length;
        if (wrong > 0) falseAlarms[rule] = (falseAlarms[rule] ?? 0) + wrong;
      }
    }
    const { name, text, attack } = trace;
    return { name, text, found, expects: attack?.expects ?? [], falseAlarms, traces: seriesOfEach };
  });
}

function raise(trace: Trace, random: Random): readonly Finding[] {
  const hours = new Map<number, SeriesHour>();
  const guesses: AddressHour[] = [];
  for (let ms = fromMs - 100 * oneDayMs; ms < toMs; ms += oneHourMs) {
    // Before the kept days only traces that are long quiet have requests.
    if (ms < fromMs && trace.name !== 'dormant key') continue;
    const hour = trace.hour(ms, random);
    if (hour !== undefined) hours.set(ms, { ...hour, addresses: placeAll(hour.addresses, countryOf) });
    const unknownKeys = trace.guesses?.(ms, random) ?? 0;
    if (unknownKeys > 0) guesses.push({ address: '198.51.100.9', hourMs: ms, unknownKeys, apiIds: ['classic'] });
  }
  const key: KeyFacts = {
    ...{ seq: 1, orgSeq: 1, id: 'key_1', orgId: 'org_1', apiId: 'classic', environment: 'live' },
    ...{ createdAtMs: fromMs, secretCreatedAtMs: toMs - 30 * oneDayMs, expiresAtMs: null, revokedAtMs: null },
    ...trace.key,
  };
  const series: KeySeries = { key, hours };
  const findings = setRules([]).flatMap((set) =>
    isKeyRule(set.rule)
      ? findInSeries(set, series, judgedFromMs)
      : guesses.flatMap((each) => findInAddressHour(set, each) ?? []),
  );
  return withoutRepeats(findings.toSorted((a, b) => a.hourMs - b.hourMs));
}

type Counts = Readonly<Partial<Record<RuleId, number>>>;

/** The expected rules that missed some traces. */
function missedIn({ found, expects, traces }: TraceResult): Counts {
  const all = expects.map((rule) => [rule, traces - (found[rule] ?? 0)] as const);
  return Object.fromEntries(all.filter(([, count]) => count > 0));
}

/** Counts by rule. Those of the tuning stand in brackets where they differ. */
function formatCounts(judged: Counts, tuned: Counts): string {
  const texts = ruleIds.flatMap((rule) => {
    const [count, before] = [judged[rule] ?? 0, tuned[rule] ?? 0];
    if (count === 0 && before === 0) return [];
    return [`\`${rule}\` ${count}${count === before ? '' : ` (${before})`}`];
  });
  return texts.join(', ') || '–';
}

/** The table of the page, in Markdown. */
export function formatTraces(judged: readonly TraceResult[], tuned: readonly TraceResult[]): string {
  const rows = judged.map((result, at) => {
    const before = tuned[at] as TraceResult;
    const found = formatCounts(result.found, before.found);
    const missed = formatCounts(missedIn(result), missedIn(before));
    return `| ${result.name}: ${result.text} | ${found} | ${missed} | ${formatCounts(result.falseAlarms, before.falseAlarms)} |`;
  });
  return ['| trace | found | missed | false alarms |', '|---|---|---|---|', ...rows].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const setting = `${seriesOfEach} traces of each kind, ${(toMs - judgedFromMs) / oneDayMs} days, default numbers`;
  console.log(`${setting}. In brackets: the traces by which the numbers were chosen, where they differ.`);
  console.log(formatTraces(runTraces(worlds.judging), runTraces(worlds.tuning)));
}
