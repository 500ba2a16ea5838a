// `miftah restore`: replaces the database of a stopped server with a backup.
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { RestoreOutcome } from '../../storage/sqlite/backup-restore.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { dataFolderOf } from '../internal-client.ts';
import { addExample, collectEach } from '../options.ts';
import { fields, type OutputOptions, printResult } from '../output.ts';
import { showProgress } from '../progress.ts';

interface RestoreFlags extends OutputOptions {
  readonly config?: string;
  readonly data?: string;
  readonly withoutRevocations?: boolean;
  readonly log?: readonly string[];
}

interface SqlitePlace {
  readonly kind: 'sqlite';
  readonly dataDir: string;
  /** Path of the database. */
  readonly file: string;
}

interface PostgresPlace {
  readonly kind: 'postgres';
  readonly dataDir: string;
  readonly url: string;
}

export function addRestore(program: Command): void {
  const restore = program
    .command('restore')
    .description('restore a backup while the server is stopped; keys revoked since the backup stay revoked')
    .argument('[file]', 'a file that miftah backup saved; omit it for PostgreSQL, after pg_restore')
    .option('--config <file>', 'configuration that names the data folder and the database')
    .option('--data <dir>', 'data folder (default: MIFTAH_DATA or ./miftah-data)')
    .option('--log <file>', 'PostgreSQL: revocations.log of another node; repeatable', collectEach)
    .option('--without-revocations', 'restore even if no log lists the keys revoked since the backup')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only the path of the database')
    .action(async (name: string | undefined, options: RestoreFlags) => {
      const place = await findPlace(options);
      if (place.kind === 'postgres') return restorePostgres(place, name, options);
      if (name === undefined) {
        throw new CliError(exitCodes.usage, 'usage', 'the backup file is missing', 'See miftah restore --help.');
      }
      if (options.log !== undefined) {
        throw new CliError(
          exitCodes.usage,
          'usage',
          '--log works only with PostgreSQL',
          'Omit it: the log is in the data folder.',
        );
      }
      const backup = resolve(name);
      checkBackup(backup, place);
      const { openDataFolder } = await import('../../config/data-folder.ts');
      await openDataFolder(place.dataDir);
      const { restoreBackup } = await import('../../storage/sqlite/backup-restore.ts');
      const progress = showProgress('Checking the backup and revoking keys again');
      const outcome = await restoreBackup({
        backup,
        file: place.file,
        revocationLog: join(place.dataDir, 'revocations.log'),
        nowMs: Date.now(),
        acceptsLostRevocations: options.withoutRevocations === true,
      }).finally(progress.end);
      if (outcome.kind === 'revocations_unknown') throw explainUnknown(place.dataDir);
      const { keysRevoked, secretsEnded, kept, newestAtMs, isSealed } = outcome;
      if (!isSealed) {
        process.stderr.write(
          'The backup has no checksum because an older version made it, so Miftah cannot detect changes to it.\n',
        );
      }
      const newestAt = new Date(newestAtMs).toISOString();
      printResult(
        options,
        { database: place.file, checksum: isSealed ? 'matches' : 'absent', newestAt, keysRevoked, secretsEnded, kept },
        () => place.file,
        () => describe(place.file, outcome, newestAt),
      );
    });
  addExample(
    restore,
    'miftah restore miftah-2027-01-31.backup --data /var/lib/miftah',
    'miftah restore miftah-2027-01-31.backup --config miftah.yaml',
    'miftah restore --config postgres.yaml --log node-2.log --log node-3.log',
  );
}

async function findPlace({ config: file, data }: RestoreFlags): Promise<SqlitePlace | PostgresPlace> {
  if (file === undefined) {
    const dataDir = resolve(dataFolderOf({ data }));
    return { kind: 'sqlite', dataDir, file: join(dataDir, 'miftah.db') };
  }
  const { loadConfig } = await import('../../config/load.ts');
  const { dataDir, database } = loadConfig({ file, flags: { data } });
  return { ...database, dataDir };
}

/** After PostgreSQL's own tools have restored the database: revokes again what was revoked since the backup. */
async function restorePostgres({ dataDir, url }: PostgresPlace, name: string | undefined, options: RestoreFlags) {
  if (name !== undefined) {
    throw new CliError(
      exitCodes.usage,
      'backup_not_supported',
      'the database is PostgreSQL, which Miftah does not restore',
      'Restore it with PostgreSQL’s own tools, such as pg_restore. Then run this command without a file.',
    );
  }
  const logs = [join(dataDir, 'revocations.log'), ...(options.log ?? []).map((file) => resolve(file))];
  const missing = logs.filter((file) => !existsSync(file));
  if (missing.length > 0 && options.withoutRevocations !== true) throw explainUnknown(missing.map(dirname).join(', '));
  const { readRevocations } = await import('../../storage/revocation-log.ts');
  const { openPostgres } = await import('../../storage/postgres/storage.ts');
  const entries = (await Promise.all(logs.map(readRevocations))).flat();
  const progress = showProgress('Revoking keys again');
  let replayed = { keysRevoked: 0, secretsEnded: 0 };
  const replay = {
    entries,
    endsSessions: true,
    describe(counts: typeof replayed) {
      replayed = counts;
      const actor = { kind: 'operator', id: null, label: 'operator' } as const;
      return { atMs: Date.now(), actor, action: 'database.restored', after: { ...counts } } as const;
    },
  };
  // Opens the database for this process only: a running server would keep older state in memory.
  const storage = await openPostgres({ url, replay }).finally(progress.end);
  await storage.close();
  const counts = { entries: entries.length, ...replayed };
  printResult(
    options,
    counts,
    () => String(replayed.keysRevoked),
    () =>
      `Restored.\n\n${fields([
        ['entries', String(entries.length)],
        ['revoked again', `${replayed.keysRevoked} keys`],
        ['expired again', `${replayed.secretsEnded} secrets`],
      ])}\n\nEveryone must sign in again.`,
  );
}

function checkBackup(backup: string, { file }: SqlitePlace): void {
  let problem: string | undefined;
  try {
    accessSync(backup, constants.R_OK);
    if (!statSync(backup).isFile()) problem = 'is not a file';
    else if (existsSync(file) && realpathSync(backup) === realpathSync(file)) problem = 'is the database itself';
  } catch (error) {
    problem = `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  if (problem === undefined) return;
  throw new CliError(
    exitCodes.usage,
    'backup_unusable',
    `${backup} ${problem}`,
    'Use a file that miftah backup saved, as a user who can read it.',
  );
}

function explainUnknown(dataDir: string): CliError {
  return new CliError(
    exitCodes.failure,
    'revocations_unknown',
    `no log in ${dataDir} lists the keys revoked since the backup, so those keys would work again`,
    'Copy revocations.log of the lost data folder there. ' +
      'If it is lost too, add --without-revocations and revoke those keys again.',
  );
}

function describe(file: string, outcome: RestoreOutcome & { kind: 'restored' }, newestAt: string): string {
  const { keysRevoked, secretsEnded, kept, isSealed } = outcome;
  const facts = fields([
    ['database', file],
    ['checksum', isSealed ? 'matches' : 'absent'],
    ['newest entry', newestAt],
    ['keys revoked again', String(keysRevoked)],
    ['old secrets expired again', String(secretsEnded)],
    ['previous database', kept],
  ]);
  const missing = 'Keys created or rotated after the newest entry are missing: create or rotate them again.';
  return `Restored.\n\n${facts}\n\n${missing}`;
}
