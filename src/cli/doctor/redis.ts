// The checks of the Redis or Valkey that counts rate limits.
import type { RedisPlace } from '../../config/config.ts';
import { inspectRedis, type RedisFacts } from '../../coordination/redis-inspect.ts';
import { findRedisMistake } from '../../coordination/redis-mistake.ts';
import { pageOf } from '../../domain/page.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const deadlineMs = 3_000;
const oldestRedis = 6;

/** Checks that Redis answers within 3 s, runs the limit script and keeps its counts. Never rejects. */
export async function checkRedis(place: RedisPlace): Promise<readonly Finding[]> {
  const where = place.hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  try {
    return describeRedis(await inspectRedis(place, deadlineMs), where);
  } catch (error) {
    const mistake = findRedisMistake(error);
    if (mistake !== undefined) return [fail('redis', `${where} ${mistake.problem}`, sentence(mistake.fix))];
    const { code, message } = error as NodeJS.ErrnoException;
    // Servers name the user that they refuse, but not the password.
    const cause = code ?? message.split('\n', 1)[0]?.slice(0, 200);
    const page = pageOf('how-to/redis.md');
    const fix = `Start it, correct coordination, or give its user the permissions listed in ${page}.`;
    return [fail('redis', `${where} cannot be used (${cause})`, fix)];
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The findings for a server that answers. `where` is its address in the messages. */
export function describeRedis(
  { kind, version, evictionPolicy, isKeptOnDisk }: RedisFacts,
  where: string,
): readonly Finding[] {
  const summary = `${kind} ${version}, ${where}; the limit script runs`;
  const isOld = kind === 'Redis' && Number.parseInt(version, 10) < oldestRedis;
  const findings = [
    isOld ? fail('redis', summary, `Use Redis ${oldestRedis} or newer, or Valkey.`) : ok('redis', summary),
  ];
  if (evictionPolicy !== 'noeviction') {
    const message = `it may evict counts (maxmemory-policy ${evictionPolicy}), and an evicted limit starts from zero`;
    findings.push(fail('redis memory', message, 'Set maxmemory-policy noeviction.'));
  }
  if (!isKeptOnDisk) {
    const message =
      'it stores nothing on disk: after a restart, windows that had started refuse requests until they end';
    findings.push(warn('redis disk', message, 'Set appendonly yes if you have hourly or daily limits.'));
  }
  return findings;
}
