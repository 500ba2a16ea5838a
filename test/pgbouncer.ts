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
  readonly port: number;
  /** A connection string for one of the server's databases, through the pooler. */
  urlOf(database: string): string;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

/**
 * Starts it and resolves when it takes connections. All that is not named here is as it comes: `pool_mode = session`,
 * `ignore_startup_parameters` empty, `server_reset_query = DISCARD ALL`, `auth_type = md5`, `default_pool_size = 20`.
 *
 * @param settings lines of its configuration beside those that keep it private
 */
export async function startPgbouncer(postgres: PostgresServer, settings: readonly string[] = []): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-pgbouncer-'));
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const people = join(folder, 'userlist.txt');
  const lines = [
    '[databases]',
    `* = host=${decodeURIComponent(postgres.host)} port=${postgres.port}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    `auth_file = ${people}\nlogfile =`,
    ...settings,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  writeFileSync(people, '"miftah" "through-the-pooler"\n');
  const account = findAccount();
  if (account.uid !== undefined)
    for (const each of [folder, file, people]) chownSync(each, account.uid, account.gid as number);
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
    port,
    urlOf: (database) => `postgres://miftah:through-the-pooler@127.0.0.1:${port}/${database}`,
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
