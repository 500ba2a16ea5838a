// A private PostgreSQL for a test file: its own folder and socket, no port, stopped and removed afterwards.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';

export interface PostgresServer {
  /** The folder of its files. */
  readonly dataDir: string;
  /** The folder of its socket, as the host of a connection string. */
  readonly host: string;
  readonly port: string;
  /** The file of its socket. */
  readonly socketPath: string;
  /** A connection string for one of its databases. */
  urlOf(database: string): string;
  /** A database of a new name: empty, or a copy of `template`, which must have no connections. */
  createDatabase(template?: string): Promise<string>;
  dropDatabase(database: string): Promise<void>;
  /** Runs statements as the superuser and returns the rows of the last one. */
  query(database: string, sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Kills it: connections break, and the next start recovers from the log. */
  crash(): Promise<void>;
  /** Stops and continues all its processes: connections stay open, and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Whether it still runs. */
  isRunning(): boolean;
  /** Starts it again. */
  start(): Promise<void>;
  /** Starts a standby. From then on every commit waits for it. */
  startStandby(): Promise<PostgresServer>;
  /** Promotes a standby, which then accepts writes. */
  promote(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

const user = 'miftah';

export interface PostgresSetup {
  readonly parent?: string;
  /** Beside those that keep it private and fast. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf; the default trusts everyone. */
  readonly access?: readonly string[];
  /** Files of its data folder, for itself alone. */
  readonly files?: Readonly<Record<string, string>>;
  /** The line of its log after which it answers, if not that it takes connections. */
  readonly readyLine?: RegExp;
}

/**
 * Starts an empty server with its files in a new folder of `parent`, in about two seconds. It is tuned for speed:
 * nothing survives a power cut.
 */
export async function startPostgres({ parent = tmpdir(), ...setup }: PostgresSetup = {}): Promise<PostgresServer> {
  const account = findAccount();
  const folder = makeFolder(account, parent);
  const dataDir = join(folder, 'data');
  // A locale that does not order text by bytes: nothing in Miftah may depend on that.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];
  const access = ['--username', user, '--auth=trust'];
  execFileSync(findProgram('initdb'), ['--pgdata', dataDir, ...access, ...locale, '--no-sync', '--wal-segsize=1'], {
    ...account,
    cwd: folder,
    stdio: 'pipe',
  });
  const own = setup.access === undefined ? {} : { 'pg_hba.conf': `${setup.access.join('\n')}\n` };
  for (const [name, text] of Object.entries({ ...own, ...setup.files })) {
    const file = join(dataDir, name);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    if (account.uid !== undefined && account.gid !== undefined) chownSync(file, account.uid, account.gid);
  }
  return open(folder, dataDir, account, setup);
}

function makeFolder({ uid, gid }: Account, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'miftah-pg-'));
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}

async function open(
  folder: string,
  dataDir: string,
  account: Account,
  { settings: ownSettings = {}, readyLine = /ready to accept (?:read-only )?connections/ }: PostgresSetup = {},
): Promise<PostgresServer> {
  const host = encodeURIComponent(folder);
  const port = ownSettings.port ?? '5432';
  const urlOf = (database: string): string => `postgres://${user}@${host}:${port}/${database}`;
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    listen_addresses: '',
    max_connections: '100',
    shared_buffers: '32MB',
    unix_socket_directories: folder,
    wal_keep_size: '64MB',
    ...ownSettings,
  };
  let server = await run();

  async function run(): Promise<ChildProcess> {
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(findProgram('postgres'), ['-D', dataDir, ...options], {
      ...account,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // In case this process ends before its tests do.
    const onExit = () => child.kill('SIGQUIT');
    process.once('exit', onExit);
    child.once('exit', () => process.removeListener('exit', onExit));
    const lines: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      if (lines.push(line) > 50) lines.shift();
      if (readyLine.test(line)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`postgres ended with ${code}:\n${lines.join('\n')}`)));
    await promise;
    return child;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(signal);
    await ended;
  }

  async function query(database: string, sql: string, parameters?: readonly unknown[]) {
    const client = new Client({ connectionString: urlOf(database) });
    await client.connect();
    try {
      return (await client.query(sql, parameters as unknown[])).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  function signalAll(signal: NodeJS.Signals): void {
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)], { encoding: 'utf8' });
    for (const pid of [server.pid as number, ...children.split('\n').filter(Boolean).map(Number)]) {
      process.kill(pid, signal);
    }
  }

  return {
    dataDir,
    host,
    port,
    socketPath: join(folder, `.s.PGSQL.${port}`),
    urlOf,
    query,
    async createDatabase(template = 'template1') {
      const database = `test_${randomBytes(6).toString('hex')}`;
      await query('postgres', `CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY file_copy`);
      return database;
    },
    async dropDatabase(database) {
      await query('postgres', `DROP DATABASE ${database} WITH (FORCE)`);
    },
    crash: () => end('SIGQUIT'),
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    isRunning: () => server.exitCode === null && server.signalCode === null,
    async start() {
      server = await run();
    },
    async startStandby() {
      const other = makeFolder(account);
      const copy = join(other, 'data');
      const args = ['-h', folder, '-U', user, '-D', copy, '--write-recovery-conf', '--checkpoint=fast', '--no-sync'];
      execFileSync(findProgram('pg_basebackup'), args, { ...account, cwd: other, stdio: 'pipe' });
      const standby = await open(other, copy, account);
      await query('postgres', "ALTER SYSTEM SET synchronous_standby_names = '*'");
      await query('postgres', 'ALTER SYSTEM SET synchronous_commit = remote_apply');
      await query('postgres', 'SELECT pg_reload_conf()');
      const setting = "SELECT current_setting('synchronous_commit') AS value";
      while ((await query('postgres', setting))[0]?.value !== 'remote_apply');
      return standby;
    },
    async promote() {
      await query('postgres', 'SELECT pg_promote()');
    },
    async dispose() {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root. It then runs as its package's user, or as `nobody`. */
function findAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const idOf = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: idOf('-u'), gid: idOf('-g') };
    } catch {
      // The user does not exist.
    }
  }
  throw new Error('PostgreSQL does not run as root: add a user named postgres');
}

/** Debian's newest version, whose folder is not on the PATH, or else the program on the PATH. */
export function findProgram(name: string): string {
  const debian = '/usr/lib/postgresql';
  const versions = listFolder(debian).sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found === undefined) throw new Error(`there is no ${name} on this machine: install PostgreSQL`);
  return found;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
