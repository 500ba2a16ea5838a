// `miftah audit verify`: checks that the audit log is as it was written. Needs no server.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ChainFault,
  type ChainHead,
  type ChainPlace,
  type ChainReport,
  UnreadableRecord,
  verifyChain,
} from '../../audit/chain.ts';
import { parseExportedRecord } from '../../audit/exported-record.ts';
import { type ReceivedCount, readReceived } from '../../audit/received.ts';
import { parseSegmentHead, readArchive, readSegment } from '../../audit/segment.ts';
import { segmentType } from '../../audit/signed-segment.ts';
import type { AuditRecord } from '../../domain/audit-record.ts';
import { OperationalError } from '../../domain/operational-error.ts';
import { explainRead, listSegments, readLines } from '../audit-archive-folder.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { dataFolderOf } from '../internal-client.ts';
import { addExample } from '../options.ts';
import { type OutputOptions, paint, printResult } from '../output.ts';

interface VerifyOptions extends OutputOptions {
  readonly data?: string;
  readonly file?: string;
  readonly archive?: string;
  readonly received?: string;
  readonly jwks?: string;
  readonly head?: ChainHead;
}

export function addAuditVerify(audit: Command): void {
  const verify = audit
    .command('verify')
    .description('check that no record was changed, removed, inserted or moved; works with or without a running server')
    .option('--data <dir>', 'data folder with the database (default: MIFTAH_DATA or ./miftah-data)')
    .option('--file <file>', 'another database, or an export or a segment in JSON lines (.jsonl)')
    .option('--archive <dir>', 'also check this archive, and that the database goes on where it ends')
    .addOption(
      new Option(
        '--received <file>',
        'check what a destination of audit.export received, with its signatures; needs --jwks',
      ).conflicts(['file', 'archive', 'data']),
    )
    .option('--jwks <file>', 'public keys of the installation: what /.well-known/jwks.json answers')
    .option('--head <head>', 'an earlier head: also detects a log that was truncated or rewritten', readHead)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'print only the head')
    .action(async (options: VerifyOptions) => {
      const received = { segments: 0, repeated: 0 };
      const report = await verifySource(options, received);
      if (report.fault !== undefined) process.exitCode = exitCodes.failure;
      const { count, firstSeq = null, fault } = report;
      const head = `${report.head.seq}:${report.head.hash}`;
      printResult(
        options,
        fault === undefined
          ? { ok: true, records: count, firstSeq, head, ...(options.received !== undefined && received) }
          : { ok: false, records: count, firstSeq, fault },
        () => (fault === undefined ? head : fault.kind),
        () => showReport(report, head, options.received === undefined ? undefined : received),
      );
    });
  addExample(
    verify,
    'miftah audit verify --data /var/lib/miftah',
    'miftah audit verify --archive /mnt/elsewhere/miftah-audit',
    'miftah audit verify --file audit-2026.jsonl',
    'miftah audit verify --received siem.jsonl --jwks jwks.json',
  );
}

async function verifySource(options: VerifyOptions, received: ReceivedCount): Promise<ChainReport> {
  const { archive, head } = options;
  if (options.received !== undefined) return verifyReceived(options.received, options, received);
  return archive === undefined ? verifyLog(options, head) : verifyWithArchive(options, archive);
}

/** Checks the lines that a destination received. */
async function verifyReceived(
  file: string,
  { jwks, head }: VerifyOptions,
  received: ReceivedCount,
): Promise<ChainReport> {
  if (jwks === undefined) {
    throw new CliError(
      exitCodes.usage,
      'jwks_missing',
      '--received needs the public keys',
      'Save /.well-known/jwks.json of the server in a file, and name it with --jwks.',
    );
  }
  const verify = await readKeys(jwks);
  const records = readReceived(readLines(file), verify, received);
  return verifyChain(records, { head, canBeginLater: true, canEndEarlier: true });
}

async function readKeys(file: string) {
  // Imported here, so that other checks start without it.
  const { createVerifier } = await import('../../gateway/detached-signature.ts');
  try {
    return createVerifier(JSON.parse(readFileSync(file, 'utf8')), segmentType);
  } catch (error) {
    const known = explainRead(file, error);
    if (known instanceof CliError) throw known;
    throw new CliError(
      exitCodes.failure,
      'jwks_invalid',
      `${file} holds no public keys`,
      'Use the answer of /.well-known/jwks.json of the server.',
      { cause: error },
    );
  }
}

/** Checks the database or the exported file that the options name. */
function verifyLog(options: VerifyOptions, head: ChainHead | undefined): Promise<ChainReport> {
  const { file } = options;
  if (file !== undefined && /\.(jsonl|ndjson)$/i.test(file)) {
    return verifyChain(readExport(file), { head, canBeginLater: true, canEndEarlier: true });
  }
  return verifyDatabase(file ?? join(dataFolderOf(options), 'miftah.db'), head);
}

/** Checks the archive, then that the rest of the log has its last record or follows it, as one chain. */
async function verifyWithArchive(options: VerifyOptions, folder: string): Promise<ChainReport> {
  const { head } = options;
  const names = await listSegments(folder);
  const readSegments = () => readArchive(names, (name) => readLines(join(folder, name)));
  const archive = await verifyChain(readSegments(), { canBeginLater: true });
  if (archive.fault !== undefined) return archive;
  if (archive.count === 0) {
    throw new CliError(
      exitCodes.failure,
      'archive_empty',
      `${folder} has no segments`,
      'Use the folder of an archive.',
    );
  }
  const rest = await verifyLog(options, archive.head);
  const whole = {
    count: archive.count + Math.max(0, rest.head.seq - archive.head.seq),
    firstSeq: archive.firstSeq,
    head: rest.head,
    erasedLater: rest.erasedLater,
  };
  if (rest.fault !== undefined) return { ...whole, fault: explainRest(rest, archive.head) };
  if (head === undefined) return { ...whole, fault: undefined };
  const inArchive = await verifyChain(readSegments(), { canBeginLater: true, head });
  const isSeen = inArchive.fault === undefined || (await verifyLog(options, head)).fault === undefined;
  return { ...whole, fault: isSeen ? undefined : inArchive.fault };
}

/** The fault of the log after an archive that ends at `end`, in words about the two. */
function explainRest({ fault, firstSeq, head }: ChainReport, end: ChainPlace): ChainFault | undefined {
  if (fault?.kind !== 'head_missing') return fault;
  if (firstSeq !== undefined && firstSeq > end.seq + 1) {
    const detail = `the records ${end.seq + 1} to ${firstSeq - 1} are neither in the archive nor in the database`;
    return { kind: 'segment_missing', seq: end.seq + 1, detail };
  }
  const detail =
    head.seq < end.seq - 1
      ? `the database ends with record ${head.seq}, before the archive's last record ${end.seq}`
      : `the database does not have the archive's record ${end.seq}, nor follows it`;
  return { kind: 'archive_differs', seq: end.seq, detail };
}

/** A running server may remove records while they are read. Then the check begins again. */
async function verifyDatabase(file: string, head: ChainHead | undefined): Promise<ChainReport> {
  for (;;) {
    const anchor = await readAnchor(file);
    const report = await verifyChain(readDatabase(file), { head, anchor });
    if (report.fault === undefined || (await readAnchor(file)).seq === anchor.seq) return report;
  }
}

async function readAnchor(file: string): Promise<ChainPlace> {
  const log = await openDatabase(file);
  try {
    return log.readAnchor();
  } finally {
    log.close();
  }
}

async function openDatabase(file: string) {
  if (!existsSync(file)) throw explainRead(file, Object.assign(new Error(), { code: 'ENOENT', syscall: 'open' }));
  const { openAuditFile } = await import('../../storage/sqlite/audit-file.ts');
  return openAuditFile(file);
}

const recordsPerBatch = 1000;

/** Below every number of a record, so that no record can hide before the first one. */
const beforeFirst = Number.MIN_SAFE_INTEGER;

async function* readDatabase(file: string): AsyncGenerator<readonly AuditRecord[]> {
  const log = await openDatabase(file);
  try {
    let afterSeq = beforeFirst;
    for (let limit = recordsPerBatch; ; ) {
      let batch: readonly AuditRecord[];
      try {
        batch = await log.readAudit(afterSeq, limit);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        // One record of the batch can't be read. The records before it are checked one by one.
        if (limit === 1) throw new UnreadableRecord(`the record after ${Math.max(afterSeq, 0)} cannot be read`);
        limit = 1;
        continue;
      }
      const last = batch.at(-1);
      if (last === undefined) return;
      afterSeq = last.seq;
      yield batch;
    }
  } finally {
    log.close();
  }
}

function isUnreadable(error: unknown): boolean {
  return error instanceof OperationalError && (error.code === 'record_corrupt' || error.code === 'storage_failed');
}

/** An export, or one segment of an archive. */
async function* readExport(file: string): AsyncGenerator<readonly AuditRecord[]> {
  let lineNumber = 0;
  for await (const line of readLines(file)) {
    lineNumber++;
    if (line === '') continue;
    if (lineNumber === 1 && parseSegmentHead(line) !== undefined) {
      yield* readSegment({ name: file, lines: readLines(file) });
      return;
    }
    const record = parseExportedRecord(line);
    if (record === undefined) throw new UnreadableRecord(`line ${lineNumber} is not an exported record`);
    yield [record];
  }
}

function readHead(text: string): ChainHead {
  const parts = /^(?:(0|[1-9]\d{0,14}):)?([0-9a-f]{64})$/i.exec(text);
  if (parts === null) throw new InvalidArgumentError('Use a head that verify printed, such as 1200:9f86d0…');
  return {
    seq: parts[1] === undefined ? undefined : Number(parts[1]),
    hash: (parts[2] as string).toLowerCase(),
  };
}

function showReport(
  { count, firstSeq, fault, erasedLater }: ChainReport,
  head: string,
  received: ReceivedCount | undefined,
): string {
  if (fault !== undefined) {
    const before = count === 0 ? '' : ` The ${count} records before it are unchanged.`;
    return `${paint('red', 'broken')}: ${fault.detail} (${fault.kind}).${before}`;
  }
  if (count === 0) return `${paint('green', 'intact')}: the audit log is empty.`;
  const later = firstSeq === 1 ? '' : `, from record ${firstSeq}; earlier records are not here`;
  return [
    `${paint('green', 'intact')}: ${count} records${later}`,
    ...(received === undefined
      ? []
      : [`${received.segments} signatures hold; ${received.repeated} records arrived again`]),
    ...(erasedLater === 0 ? [] : [`${erasedLater} records were erased by a deletion that this file does not hold`]),
    `head   ${head}`,
    'Keep the head in another place: with --head, a later verify also detects a log that was truncated or rewritten.',
  ].join('\n');
}
