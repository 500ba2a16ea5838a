// A private PgBouncer in front of a private PostgreSQL, on a free loopback port and in a folder that is removed
// afterwards.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';
import type { PostgresServer } from './postgres-server.ts';

export interface Pgbouncer {
  /** A connection string to one of the server's databases, through the pooler. */
  urlOf(database: string): string;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

/** Starts it, and resolves when it accepts connections. */
export async function startPgbouncer(
  postgres: PostgresServer,
  poolMode: 'session' | 'transaction' | 'statement',
): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-pgbouncer-'));
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const settings = [
    '[databases]',
    `* = host=${decodeURIComponent(postgres.host)} port=5432`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    `auth_type = any\nadmin_users = miftah\npool_mode = ${poolMode}`,
    // `any` signs everyone in as this user.
    'ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout,extra_float_digits',
    'default_pool_size = 30\nlogfile =',
  ];
  writeFileSync(file, `${settings.join('\n').replace('port=5432', 'port=5432 user=miftah')}\n`);
  const account = findAccount();
  if (account.uid !== undefined) for (const each of [folder, file]) chownSync(each, account.uid, account.gid as number);
  const child = spawn(findPgbouncer(), ['--quiet', file], {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString();
  });
  const onExit = () => child.kill('SIGKILL');
  process.once('exit', onExit);
  const ended = once(child, 'exit').then(() => process.removeListener('exit', onExit));
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode}: ${said}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    urlOf: (database) => `postgres://miftah@127.0.0.1:${port}/${database}`,
    async dispose() {
      child.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

/** PgBouncer refuses to run as root. */
function findAccount(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function findPgbouncer(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/opt/homebrew/bin'];
  const found = folders.map((folder) => join(folder, 'pgbouncer')).find((file) => existsSync(file));
  if (found === undefined) throw new Error('there is no pgbouncer on this machine: install it');
  return found;
}
