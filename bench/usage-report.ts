// Measures questions about usage, and the overviews, on SQLite, with two million rows of keys and their sums.
// `node bench/usage-report.ts [WORD]`: milliseconds of CPU time and of time, medians of interleaved rounds, of all
// questions or those with a word.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTimeZone, listStarts, utc } from '../src/domain/calendar.ts';
import { readOperatorOverview } from '../src/http/console/operator-overview.ts';
import { readOverview } from '../src/http/console/overview.ts';
import type { UsageReportQuery } from '../src/metering/ports.ts';
import { openSqlite } from '../src/storage/sqlite/storage.ts';
import { keyIdAt, makeKeys, orgIdAt } from './make-keys.ts';
import { makeUsage } from './make-usage.ts';
import { interleave, median } from './measure.ts';
import { describeKeys } from './setting.ts';

const oneDayMs = 86_400_000;
const days = 280;
const keys = 300;
const keySet = { ...describeKeys(), organizations: 30 };
const toMs = Date.UTC(2027, 0, 1);
const fromMs = toMs - days * oneDayMs;
const zone = findTimeZone('Europe/Berlin') ?? utc;
const inDays = { starts: listStarts(zone, 'day', fromMs, toMs), limit: 1000 };
const inMonths = { starts: listStarts(zone, 'month', fromMs, toMs), limit: 1000 };
const month = { fromMs: toMs - 31 * oneDayMs, beforeMs: toMs - 61 * oneDayMs };
const top = { groups: 10, by: 'count' } as const;

const questions: Readonly<Record<string, Partial<UsageReportQuery>>> = {
  'all requests': {},
  'each local day': { ...inDays, groupBy: ['hourMs'] },
  'each local month and outcome': { ...inMonths, groupBy: ['hourMs', 'outcome'] },
  'top 10 organizations of a month, and the month before': { ...month, groupBy: ['orgId'], top },
  'top 10 organizations of all the time': { groupBy: ['orgId'], top },
  'top 10 organizations, each local month': { ...inMonths, groupBy: ['orgId', 'hourMs'], top },
  'top 10 keys of a month, and the month before': { ...month, groupBy: ['keyId'], top },
  'top 10 keys of all the time': { groupBy: ['keyId'], top },
  'top 10 keys by errors': { groupBy: ['keyId'], top: { groups: 10, by: 'errors' } },
  'a page of keys': { groupBy: ['keyId'] },
  'keys with a tag': { tag: 'eu', groupBy: ['keyId'] },
  'keys of an organization, each local day': { ...inDays, orgId: orgIdAt(keySet, 3), groupBy: ['keyId', 'hourMs'] },
  'a key, each local day': { ...inDays, keyId: keyIdAt(keySet, 7), groupBy: ['hourMs'] },
  'routes of a month': { ...month, beforeMs: undefined, groupBy: ['route'] },
  'routes of all the time': { groupBy: ['route'] },
  'routes of all the time, with response times': { groupBy: ['route'], hasTimes: true },
  'response times of all the time': { hasTimes: true },
  'routes of the keys of an organization': { orgId: orgIdAt(keySet, 3), groupBy: ['keyId', 'route'] },
  'routes of a key': { keyId: keyIdAt(keySet, 7), groupBy: ['route'] },
  'a route of all keys': { route: 'GET /v1/things-1/*', groupBy: ['keyId'], top },
  'addresses of a key': { keyId: keyIdAt(keySet, 7), groupBy: ['address'] },
  'addresses of an organization in a night': {
    ...{ fromMs: toMs - oneDayMs / 3, orgId: orgIdAt(keySet, 3), groupBy: ['keyId', 'address'] },
  },
  'addresses of all keys in a night': { fromMs: toMs - oneDayMs / 3, groupBy: ['address'] },
  'failed replies of all keys': { statuses: ['5xx'], groupBy: ['keyId'], top },
  'a page of hours and organizations': { groupBy: ['hourMs', 'orgId'] },
};

const folder = mkdtempSync(join(tmpdir(), 'miftah-bench-'));
try {
  const file = join(folder, 'miftah.db');
  await makeKeys(file, keys, keySet);
  const rows = makeUsage(file, fromMs, toMs);
  const storage = await openSqlite({ file });
  const parts = { store: storage.overview, usageStore: storage.usage, gates: new Map() };
  const reach = { orgId: orgIdAt(keySet, 3), apiId: undefined, environment: undefined };
  const all: Readonly<Record<string, () => Promise<unknown>>> = {
    ...Object.fromEntries(
      Object.entries(questions).map(([name, question]) => [
        name,
        () => storage.usage.reportUsage({ groupBy: [], fromMs, toMs, limit: 100, ...question }),
      ]),
    ),
    'the overview of an organization': () => readOverview(parts, reach, { grantedLimits: new Map() }, zone, toMs - 1),
    'the overview of the operator': () => readOperatorOverview(parts, zone, toMs - 1),
  };
  const asks = Object.fromEntries(Object.entries(all).filter(([name]) => name.includes(process.argv[2] ?? '')));
  const works = Object.values(asks).map((ask) => async () => {
    const before = process.cpuUsage();
    const startedMs = performance.now();
    await ask();
    const { user, system } = process.cpuUsage(before);
    return { cpuMs: (user + system) / 1000, ms: performance.now() - startedMs };
  });
  const samples = await interleave(works, 9);
  console.log(`${rows.toLocaleString('en')} rows of ${keys} keys, ${keySet.organizations} organizations, ${days} days`);
  for (const [at, name] of Object.keys(asks).entries()) {
    const of = samples[at] ?? [];
    const [cpu, time] = [median(of.map(({ cpuMs }) => cpuMs)), median(of.map(({ ms }) => ms))];
    console.log(`${name.padEnd(56)} ${cpu.toFixed(0).padStart(5)} ms CPU ${time.toFixed(0).padStart(6)} ms`);
  }
  await storage.close();
} finally {
  rmSync(folder, { recursive: true });
}
