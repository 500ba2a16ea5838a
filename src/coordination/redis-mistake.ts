// Finds mistakes in the configuration by Redis' errors. An outage ends by itself; a mistake does not.
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OperationalError } from '../domain/operational-error.ts';
import { pageOf } from '../domain/page.ts';
import { printable } from '../domain/printable.ts';
import { explainTlsFailure, type TlsFailureKind } from '../domain/tls-failure.ts';
import type { RedisServers } from './redis-connection.ts';

/** A mistake in the configuration of Redis, for a message. */
export interface RedisMistake {
  /** Continues a sentence that starts with Redis' address. Holds no secret. */
  readonly problem: string;
  readonly fix: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly problem: string;
  readonly fix: string;
}

/**
 * Matches the messages of servers and ioredis. Servers name the user and the command that they refuse, but no password.
 */
const rules: readonly Rule[] = [
  {
    pattern: /WRONGPASS|invalid password/,
    problem: 'refuses the user or the password',
    fix: 'correct them in coordination',
  },
  {
    pattern: /NOAUTH|Authentication required/,
    problem: 'asks for a password',
    fix: 'set it in coordination, as in redis://:PASSWORD@HOST:PORT',
  },
  {
    pattern: /NOPERM|ACL failure|no permissions to|can't run this command/,
    problem: 'refuses a permission that Miftah needs',
    fix: `give its user the permissions that ${pageOf('how-to/redis.md')} lists`,
  },
  {
    pattern: /DB index is out of range|invalid DB index|SELECT is not allowed/,
    problem: 'has no database with this number',
    fix: 'correct the number at the end of coordination',
  },
  {
    pattern: /cluster support disabled/,
    problem: 'is no cluster',
    fix: 'use redis:// instead of redis+cluster:// in coordination',
  },
  { pattern: /^MOVED /, problem: 'is a cluster', fix: 'use redis+cluster:// in coordination' },
  {
    pattern: /No such master/,
    problem: 'knows no master with this name',
    fix: 'correct the name of the master in coordination',
  },
  {
    pattern: /unknown command/i,
    problem: 'lacks a command that Miftah needs',
    fix: `use Redis 6 or newer, or Valkey, with the commands that ${pageOf('how-to/redis.md')} lists`,
  },
  {
    pattern: /^DENIED /,
    problem: 'is in protected mode and refuses other machines',
    fix: 'set a password in its configuration and in coordination',
  },
  {
    pattern: /^Protocol error/,
    problem: 'does not speak the protocol of Redis',
    fix: 'correct host and port in coordination, and use rediss:// if it wants TLS',
  },
];

const trust = 'set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority';
const tlsFixes: Readonly<Record<Exclude<TlsFailureKind, 'cut'>, string>> = {
  expired: 'renew the certificate of Redis',
  not_yet_valid: 'correct the clock of this machine, or the certificate of Redis',
  self_signed: trust,
  unknown_ca: trust,
  wrong_name: 'use a name of the certificate as the host in coordination',
  no_tls: 'use redis:// instead of rediss:// in coordination, or correct the port',
  refused: 'do not ask for client certificates (tls-auth-clients no)',
};

/** The mistake that an error of a connection or command shows. `undefined`: it may be an outage. */
export function findRedisMistake(error: unknown): RedisMistake | undefined {
  const tls = explainTlsFailure(error);
  if (tls !== undefined && tls.kind !== 'cut') return { problem: tls.problem, fix: tlsFixes[tls.kind] };
  if (!(error instanceof Error)) return undefined;
  const { message, lastNodeError } = error as Error & { readonly lastNodeError?: unknown };
  const rule = rules.find(({ pattern }) => pattern.test(message));
  if (rule === undefined) return findRedisMistake(lastNodeError);
  const [words = ''] = message.split('\n', 1);
  return { problem: `${rule.problem} (${printable(words).slice(0, 200)})`, fix: rule.fix };
}

/**
 * Finds out whether a silent server and `coordination` disagree about TLS. `undefined`: they agree, or it stays silent.
 */
export async function findTlsMistake({ hosts, tls }: RedisServers): Promise<RedisMistake | undefined> {
  const [first] = hosts;
  if (first === undefined) return undefined;
  if (tls) {
    // A plain server takes the TLS greeting for an unfinished command and waits. It answers a PING.
    const isPlain = await answers(connect(first), 'connect', 'PING\r\n');
    return isPlain ? { problem: 'does not speak TLS', fix: tlsFixes.no_tls } : undefined;
  }
  // The certificate does not matter: nothing is sent, and no answer is used.
  const isEncrypted = await answers(connectTls({ ...first, rejectUnauthorized: false }), 'secureConnect');
  return isEncrypted ? { problem: 'wants TLS', fix: 'use rediss:// instead of redis:// in coordination' } : undefined;
}

const answerMs = 1_000;

/** Whether the connection is made and, if there is a `question`, the answer is in Redis' protocol. */
function answers(socket: Socket, event: 'connect' | 'secureConnect', question?: string): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(answerMs, () => resolve(false));
    socket.once('error', () => resolve(false)).once('close', () => resolve(false));
    socket.once('data', (bytes) => resolve(/^[+-]/.test(String(bytes))));
    socket.once(event, () => (question === undefined ? resolve(true) : socket.write(question)));
  }).finally(() => socket.destroy());
}

/** The error that a start rejects with. It has no `cause`: ioredis' error holds the command with the password. */
export function refusedBy({ hosts }: RedisServers, { problem, fix }: RedisMistake): OperationalError {
  const where = hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  return new OperationalError('redis_refused', `Redis at ${where} ${problem}: ${fix}`);
}
