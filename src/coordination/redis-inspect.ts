// Reads the version and settings of a Redis or Valkey without changing it.
import { type RedisServers, withRedis } from './redis-connection.ts';
import { fixedScript } from './redis-script.ts';

/** What a server says of itself. */
export interface RedisFacts {
  readonly kind: 'Redis' | 'Valkey';
  readonly version: string;
  /** `maxmemory-policy`: what the server does when its memory is full. `noeviction` keeps all counts. */
  readonly evictionPolicy: string;
  /** Whether counts survive a restart (`appendonly`). */
  readonly isKeptOnDisk: boolean;
}

/**
 * Reads the facts, and runs the limiter's script once without counting anything. Rejects with the client's error when
 * the server can't be reached within `deadlineMs`, or refuses a command.
 */
export function inspectRedis(servers: RedisServers, deadlineMs: number): Promise<RedisFacts> {
  return withRedis(servers, deadlineMs, async (client) => {
    const info = `${await client.info('server')}\n${await client.info('memory')}\n${await client.info('persistence')}`;
    const read = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    const nothing = [0, 1, 0, 0, 60_000, 1, -1, 0, 0];
    await client.eval(fixedScript.lua, 1, 'miftah:{doctor}:60', ...nothing);
    const valkey = read('valkey_version');
    return {
      kind: valkey === undefined ? 'Redis' : 'Valkey',
      version: valkey ?? read('redis_version') ?? 'unknown',
      evictionPolicy: read('maxmemory_policy') ?? 'unknown',
      isKeptOnDisk: read('aof_enabled') === '1',
    };
  });
}
