// `miftah restore`: puts a backup in the place of the database of a server that is stopped.
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
    .description('put a backup in place while the server is stopped; what was revoked since stays revoked')
    .argument('[file]', 'what miftah backup saved; none for PostgreSQL, which pg_restore has restored before')
    .option('--config <file>', 'configuration that says where the data folder and the database are')
    .option('--data <dir>', 'data folder (default: MIFTAH_DATA or ./miftah-data)')
    .option('--log <file>', 'PostgreSQL: revocations.log of a further node; repeatable', collectEach)
    .option('--without-revocations', 'go on where nothing tells what was revoked since the backup')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only the path of the database')
    .action(async (name: string | undefined, options: RestoreFlags) => {
      const place = await findPlace(options);
      if (place.kind === 'postgres') return restorePostgres(place, name, options);
      if (name === undefined) {
        throw new CliError(exitCodes.usage, 'usage', 'the file of the backup is missing', 'See miftah restore --help.');
      }
      if (options.log !== undefined) {
        throw new CliError(
          exitCodes.usage,
          'usage',
          '--log is for PostgreSQL',
          'Leave it out: the data folder has the log.',
        );
      }
      const backup = resolve(name);
      checkBackup(backup, place);
      const { openDataFolder } = await import('../../config/data-folder.ts');
      await openDataFolder(place.dataDir);
      const { restoreBackup } = await import('../../storage/sqlite/backup-restore.ts');
      const progress = showProgress('Checking the backup and applying what was revoked');
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
          'The backup has no checksum, since an older version made it: Miftah can’t tell whether it was changed.\n',
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

/** What is left to do once PostgreSQL's own tools have restored the database: what was revoked since is revoked again. */
async function restorePostgres({ dataDir, url }: PostgresPlace, name: string | undefined, options: RestoreFlags) {
  if (name !== undefined) {
    throw new CliError(
      exitCodes.usage,
      'backup_not_supported',
      'the database is PostgreSQL’s, which Miftah makes no copies of',
      'Restore it with the tools of PostgreSQL, such as pg_restore; then run this without a file.',
    );
  }
  const logs = [join(dataDir, 'revocations.log'), ...(options.log ?? []).map((file) => resolve(file))];
  const missing = logs.filter((file) => !existsSync(file));
  if (missing.length > 0 && options.withoutRevocations !== true) throw explainUnknown(missing.map(dirname).join(', '));
  const { readRevocations } = await import('../../storage/revocation-log.ts');
  const { openPostgres } = await import('../../storage/postgres/storage.ts');
  const entries = (await Promise.all(logs.map(readRevocations))).flat();
  const progress = showProgress('Applying what was revoked');
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
  // Alone: a server that runs meanwhile has in memory what is no longer so.
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
        ['ended again', `${replayed.secretsEnded} secrets`],
      ])}\n\nEveryone signs in again.`,
  );
}

function checkBackup(backup: string, { file }: SqlitePlace): void {
  let problem: string | undefined;
  try {
    accessSync(backup, constants.R_OK);
    if (!statSync(backup).isFile()) problem = 'is not a file';
    else if (existsSync(file) && realpathSync(backup) === realpathSync(file)) problem = 'is the database itself';
  } catch (error) {
    problem = `can not be read (${(error as NodeJS.ErrnoException).code})`;
  }
  if (problem === undefined) return;
  throw new CliError(
    exitCodes.usage,
    'backup_unusable',
    `${backup} ${problem}`,
    'Name a file that miftah backup saved, as a user who may read it.',
  );
}

function explainUnknown(dataDir: string): CliError {
  return new CliError(
    exitCodes.failure,
    'revocations_unknown',
    `nothing in ${dataDir} tells which keys were revoked since the backup: they would work again`,
    'Copy revocations.log of the lost data folder there; if it is lost too, add --without-revocations and revoke those keys again.',
  );
}

function describe(file: string, outcome: RestoreOutcome & { kind: 'restored' }, newestAt: string): string {
  const { keysRevoked, secretsEnded, kept, isSealed } = outcome;
  const facts = fields([
    ['database', file],
    ['checksum', isSealed ? 'matches' : 'absent'],
    ['newest entry', newestAt],
    ['keys revoked again', String(keysRevoked)],
    ['old secrets ended again', String(secretsEnded)],
    ['database before', kept],
  ]);
  return `Restored.\n\n${facts}\n\nKeys created or rotated after the newest entry are not known: create or rotate them again.`;
}
