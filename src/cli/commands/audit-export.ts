// `miftah audit export`: the audit log as JSON lines, which `audit verify` checks, or as CSV for spreadsheets.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import type { Schemas } from '../../client/index.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { formatCsv } from '../csv.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { addExample, addRemoteOptions, defined, type RemoteOptions } from '../options.ts';
import { print } from '../output.ts';

interface ExportOptions extends RemoteOptions {
  readonly format: 'jsonl' | 'csv';
  readonly org?: string;
  readonly since?: string;
  readonly out?: string;
}

type ExportedRecord = Schemas['ExportedAuditRecord'];

export function addAuditExport(audit: Command): void {
  const command = audit
    .command('export')
    .description('print the audit log, oldest first; audit verify --file checks JSON lines')
    .addOption(new Option('--format <format>', 'format of the records').choices(['jsonl', 'csv']).default('jsonl'))
    .option('--org <org>', 'only records of this organization; the result has gaps, so audit verify cannot check it')
    .option('--since <instant>', 'only records from this instant, such as 2026-11-01T00:00:00Z')
    .option('--out <file>', 'write to this file, readable only by its owner (default: standard output)')
    .action(async (options: ExportOptions) => {
      const { out } = options;
      if (out === undefined) {
        await writeRecords(options, process.stdout);
        return;
      }
      const count = await writeFile(out, (output) => writeRecords(options, output));
      if (options.json === true) print(JSON.stringify({ file: out, records: count }));
      else print(options.quiet === true ? String(count) : `${count} records written to ${out}.`);
    });
  addExample(
    addRemoteOptions(command, 'the number of records, with --out'),
    'miftah audit export --out audit.jsonl',
    'miftah audit export --format csv --since 2026-11-01T00:00:00Z --out november.csv',
  );
}

async function writeRecords(options: ExportOptions, output: Writable): Promise<number> {
  const client = openClient(options);
  const { format, org, since } = options;
  let count = 0;
  if (format === 'csv') output.write(formatCsv([csvHead]));
  for (let after: number | null = 0; after !== null; ) {
    const page: { data: ExportedRecord[]; next: number | null } = await answerOf(
      client.GET('/v1/audit/export', { params: { query: { after, ...defined({ org, since }) } } }),
    );
    const text = format === 'csv' ? formatCsv(page.data.map(toCells)) : page.data.map(toLine).join('');
    if (text !== '' && !output.write(text)) await once(output, 'drain');
    count += page.data.length;
    after = page.next;
  }
  return count;
}

function toLine(record: ExportedRecord): string {
  return `${JSON.stringify(record)}\n`;
}

const csvHead = [
  ...['seq', 'at', 'actor_kind', 'actor_id', 'actor', 'via', 'address', 'request_id', 'action', 'target_kind'],
  ...['target_id', 'org', 'before', 'after', 'previous_hash', 'hash'],
];

function toCells(record: ExportedRecord): (string | number | null)[] {
  const { seq, at, actor, via, address, requestId, action, target, org, before, after, previousHash, hash } = record;
  const json = (state: unknown): string => (state === null ? '' : JSON.stringify(state));
  return [
    ...[seq, at, actor.kind, actor.id, actor.label, via, address, requestId, action, target.kind],
    ...[target.id, org, json(before), json(after), previousHash, hash],
  ];
}

/** Writes the whole file, or none: a draft gets the file's name at the end. */
async function writeFile<Result>(file: string, write: (output: Writable) => Promise<Result>): Promise<Result> {
  const draft = `${file}.part`;
  const output = createWriteStream(draft, { mode: 0o600 });
  try {
    await once(output, 'open');
    const result = await write(output);
    output.end();
    await finished(output);
    await rename(draft, file);
    return result;
  } catch (error) {
    output.destroy();
    await unlink(draft).catch(() => undefined);
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new CliError(
      exitCodes.failure,
      'file_unwritable',
      `${file} cannot be written (${code})`,
      'Use a file in a folder that this user can write to.',
      { cause: error },
    );
  }
}
