// `miftah import`: imports keys of another system by their digests, from a file or standard input.
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { MiftahClient } from '../../client/index.ts';
import type { ImportedFormat } from '../../domain/imported-secret.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import {
  type Checkpoint,
  RefusedReport,
  readCheckpoint,
  removeCheckpoint,
  writeCheckpoint,
} from '../import/checkpoint.ts';
import { readRows } from '../import/read-rows.ts';
import { type ImportResult, runImport } from '../import/run-import.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { fields, paint, printResult } from '../output.ts';
import { type Progress, showProgress } from '../progress.ts';

interface ImportOptions extends RemoteOptions {
  readonly api: string;
  readonly format: 'csv' | 'jsonl';
  readonly file?: string;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
  readonly allowPlaintext?: boolean;
  readonly onError: 'stop' | 'skip';
}

/** The input that rows come from. */
interface Source {
  readonly chunks: AsyncIterable<Buffer>;
  /** Size of the whole input. 0: unknown. */
  readonly bytes: number;
  readonly bytesRead: () => number;
  readonly close: () => Promise<void>;
}

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('import keys of another system by their digests; the keys keep working unchanged')
    .requiredOption('--api <id>', 'API that the keys are for; its configuration must set importedKeys')
    .addOption(new Option('--format <format>', 'format of the rows').choices(['csv', 'jsonl']).makeOptionMandatory())
    .option('--file <file>', 'file with the rows (default: standard input)')
    .option('--dry-run', 'check every row and change nothing')
    .option('--resume', 'continue an interrupted import of this file')
    .option(
      '--allow-plaintext',
      'accept secrets instead of digests; this command hashes them and sends only the digests',
    )
    .addOption(
      new Option('--on-error <what>', 'what to do with a refused row: stop the import, or skip the row')
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .action(async (options: ImportOptions) => {
      const { file, resume } = options;
      if (resume === true && file === undefined) {
        throw new CliError(exitCodes.usage, 'usage', '--resume needs --file', 'Standard input cannot be read twice.');
      }
      const client = openClient(options);
      const imported = await findImported(client, options.api);
      const source = file === undefined ? openInput() : await openFile(file);
      try {
        await importSource(options, client, imported, source);
      } finally {
        await source.close();
      }
    });
  addExample(
    addRemoteOptions(command, 'the number of imported keys'),
    'miftah import --api palm --format csv --file keys.csv --dry-run',
    'miftah import --api palm --format csv --file keys.csv --on-error skip',
  );
}

async function importSource(
  options: ImportOptions,
  client: MiftahClient,
  imported: ImportedFormat,
  source: Source,
): Promise<void> {
  const { api, file, format, dryRun: isDryRun = false, allowPlaintext = false } = options;
  const checkpointFile = file === undefined || isDryRun ? undefined : `${file}.miftah-import`;
  const checkpoint =
    checkpointFile === undefined || options.resume !== true ? undefined : await readCheckpoint(checkpointFile, api);
  const report = await RefusedReport.open(`${file ?? 'import'}.refused.csv`, checkpoint?.refusedBytes ?? 0);
  const startedMs = performance.now();
  const progress = showProgress(isDryRun ? 'Checking' : 'Importing');
  let result: ImportResult;
  try {
    result = await runImport({
      client,
      api,
      rows: readRows(source.chunks, { format, allowPlaintext, imported }),
      isDryRun,
      stopsAtRefusal: options.onError === 'stop',
      resumed: checkpoint && { checkpoint, file: checkpointFile as string },
      async onBatch({ refused, counts, last }) {
        const refusedBytes = report.bytes;
        await report.add(refused);
        if (checkpointFile !== undefined && last !== undefined) {
          const isStop = options.onError === 'stop' && refused.length > 0;
          const done: Checkpoint = {
            api,
            ...last,
            // The refused row that stopped the import is imported after its fix.
            counts: isStop ? { ...counts, rows: counts.rows - 1, refused: counts.refused - 1 } : counts,
            refusedBytes: isStop ? refusedBytes : report.bytes,
          };
          await writeCheckpoint(checkpointFile, done);
        }
        showRate(progress, source, counts.rows - (checkpoint?.counts.rows ?? 0), startedMs);
      },
    });
  } catch (error) {
    progress.end();
    throw error;
  } finally {
    await report.close();
  }
  progress.end();
  if (checkpointFile !== undefined && result.stoppedAt === undefined) await removeCheckpoint(checkpointFile);

  const { counts, stoppedAt } = result;
  const refusedFile = counts.refused === 0 ? null : report.file;
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  if (counts.refused > 0) process.exitCode = exitCodes.failure;
  printResult(
    options,
    { api, dryRun: isDryRun, ...counts, refusedFile, stoppedAt: stoppedAt ?? null, seconds, ...result.last },
    () => String(counts.imported),
    () => showResult(result, { isDryRun, refusedFile, seconds, canResume: checkpointFile !== undefined }),
  );
}

/** The format of the API's imported secrets. Rejects with `import_not_configured` if the API has none. */
async function findImported(client: MiftahClient, id: string): Promise<ImportedFormat> {
  const api = await answerOf(client.GET('/v1/apis/{id}', { params: { path: { id } } }));
  if (api.importedKeys !== undefined) return api.importedKeys;
  throw new CliError(
    exitCodes.failure,
    'import_not_configured',
    `the configuration does not set importedKeys for ${id}, so imported keys would not work`,
    'Set importedKeys for the API and restart the server.',
  );
}

function openInput(): Source {
  let bytesRead = 0;
  async function* count(): AsyncGenerator<Buffer> {
    for await (const chunk of process.stdin) {
      bytesRead += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  return { chunks: count(), bytes: 0, bytesRead: () => bytesRead, close: async () => {} };
}

async function openFile(file: string): Promise<Source> {
  let handle: FileHandle;
  let bytes: number;
  try {
    handle = await open(file);
    ({ size: bytes } = await handle.stat());
  } catch (cause) {
    throw new CliError(
      exitCodes.failure,
      'file_unreadable',
      `${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      'Use a file that exists and that this user can read.',
      { cause },
    );
  }
  const stream = createReadStream(file, { fd: handle, autoClose: false });
  return { chunks: stream, bytes, bytesRead: () => stream.bytesRead, close: () => handle.close() };
}

function showRate(progress: Progress, source: Source, rows: number, startedMs: number): void {
  const seconds = (performance.now() - startedMs) / 1000;
  const received = source.bytesRead();
  const rate = `${rows.toLocaleString('en')} rows, ${Math.round(rows / seconds).toLocaleString('en')} a second`;
  const left = source.bytes === 0 || received === 0 ? undefined : ((source.bytes - received) / received) * seconds;
  progress.update(received, source.bytes, left === undefined ? rate : `${rate}, ${formatSpan(left)} left`);
}

function formatSpan(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function showResult(
  { counts, stoppedAt }: ImportResult,
  about: {
    readonly isDryRun: boolean;
    readonly refusedFile: string | null;
    readonly seconds: number;
    readonly canResume: boolean;
  },
): string {
  const { isDryRun, refusedFile, seconds, canResume } = about;
  const number = (count: number): string | undefined => (count === 0 ? undefined : count.toLocaleString('en'));
  const lines = [
    isDryRun ? 'Dry run: nothing was changed.' : `${paint('green', 'Done')} in ${seconds} s.`,
    '',
    fields([
      ['rows', counts.rows.toLocaleString('en')],
      [isDryRun ? 'would be imported' : 'imported', counts.imported.toLocaleString('en')],
      ['already imported', number(counts.exists)],
      [isDryRun ? 'new organizations' : 'organizations created', number(counts.organizations)],
      ['refused', number(counts.refused)],
    ]),
  ];
  if (stoppedAt !== undefined) {
    const unchanged = isDryRun ? '; nothing was changed' : '';
    lines[0] = `${paint('red', 'Stopped')} at line ${stoppedAt}, which was refused${unchanged}.`;
  }
  if (refusedFile !== null) lines.push('', `For the reasons, see ${refusedFile}`);
  if (stoppedAt !== undefined) {
    const again = canResume ? 'Fix the row and continue with --resume' : 'Fix the row and run the import again';
    lines.push(`${again}, or skip refused rows with --on-error skip.`);
  }
  return lines.join('\n');
}
