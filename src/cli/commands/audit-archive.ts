// `miftah audit archive`: writes new audit records to a closed file, so that they may leave the database.
import { join } from 'node:path';
import type { Command } from 'commander';
import { type ChainPlace, verifyChain } from '../../audit/chain.ts';
import { parseExportedRecord } from '../../audit/exported-record.ts';
import {
  formatSegmentEnd,
  formatSegmentHead,
  nameSegment,
  readSegment,
  type SegmentHead,
} from '../../audit/segment.ts';
import type { Schemas } from '../../client/index.ts';
import type { AuditRecord } from '../../domain/audit-record.ts';
import { pageOf } from '../../domain/page.ts';
import { beginSegment, listSegments, readLines, type SegmentDraft } from '../audit-archive-folder.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { answerOf, openClient } from '../internal-client.ts';
import { addExample, addRemoteOptions, type RemoteOptions } from '../options.ts';
import { printResult } from '../output.ts';

interface ArchiveOptions extends RemoteOptions {
  readonly to: string;
}

type Client = ReturnType<typeof openClient>;

export function addAuditArchive(audit: Command): void {
  const command = audit
    .command('archive')
    .description('write the records since the last archive to a new file, so that they may leave the database')
    .requiredOption('--to <dir>', 'folder of the archive; use the same one each time')
    .action(async (options: ArchiveOptions) => {
      const { file, records, head } = await archive(openClient(options), options.to);
      printResult(
        options,
        { file, records, head: head && `${head.seq}:${head.hash}` },
        () => file ?? '',
        () => (file === null ? 'Nothing new to archive.' : `${records} records written to ${file}.`),
      );
    });
  addExample(
    addRemoteOptions(command, 'the name of the new file, or an empty line'),
    'miftah audit archive --to /mnt/elsewhere/miftah-audit',
  );
}

interface Archived {
  /** `null`: there was nothing new. */
  readonly file: string | null;
  readonly records: number;
  /** The last record in the archive. `undefined`: there is none. */
  readonly head: ChainPlace | undefined;
}

async function archive(client: Client, folder: string): Promise<Archived> {
  const draft = await beginSegment(folder);
  try {
    const follows = (await listSegments(folder)).at(-1) ?? null;
    const before = follows === null ? undefined : await readEnd(join(folder, follows));
    const written = await writeSegment(client, draft, { follows, before });
    if (written === undefined) await draft.discard();
    else {
      await draft.finish(nameSegment(written.head.firstSeq, written.last.seq));
    }
    const file = written && join(folder, nameSegment(written.head.firstSeq, written.last.seq));
    // What counts is on the disk: the server learns the place that was read back.
    const head = file === undefined ? before : await readEnd(file);
    if (head !== undefined) await note(client, head);
    return { file: file ?? null, records: written?.records ?? 0, head };
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

async function note(client: Client, head: ChainPlace): Promise<void> {
  try {
    await answerOf(client.POST('/v1/audit/archived', { body: head }));
  } catch (error) {
    throw error instanceof CliError && error.code === 'invalid_input' ? anotherLog(head) : error;
  }
}

/** The place after the last record of a segment, which must be whole. */
async function readEnd(file: string): Promise<ChainPlace> {
  let end: ChainPlace | undefined;
  const records = readSegment({ name: file, lines: readLines(file) }, (_, last) => {
    end = last;
  });
  const { fault } = await verifyChain(records, { canBeginLater: true });
  if (fault === undefined && end !== undefined) return end;
  throw new CliError(
    exitCodes.failure,
    'archive_damaged',
    `the archive is damaged: ${fault?.detail}`,
    'Restore the file from a copy, or begin another archive in an empty folder.',
  );
}

interface Written {
  readonly head: SegmentHead;
  readonly last: ChainPlace;
  readonly records: number;
}

/** Writes the records after `before` and checks them on the way. `undefined`: there is nothing new. */
async function writeSegment(
  client: Client,
  draft: SegmentDraft,
  { follows, before }: { readonly follows: string | null; readonly before: ChainPlace | undefined },
): Promise<Written | undefined> {
  let head: SegmentHead | undefined;
  let isNew = false;

  async function* write(): AsyncGenerator<readonly AuditRecord[]> {
    for (let after: number | null = before?.seq ?? 0; after !== null; ) {
      const page: { data: Schemas['ExportedAuditRecord'][]; next: number | null } = await answerOf(
        client.GET('/v1/audit/export', { params: { query: { after } } }),
      );
      const lines = page.data.map((record) => JSON.stringify(record));
      // An archive adds a record of itself. That alone is nothing new.
      isNew ||= page.data.some(({ action }) => action !== 'audit.archived');
      const [first] = page.data;
      if (head === undefined && first !== undefined) {
        assertFollows(first, before);
        head = { firstSeq: first.seq, previousHash: first.previousHash, follows };
        await draft.write(formatSegmentHead(head));
      }
      await draft.write(lines.map((line) => `${line}\n`).join(''));
      yield lines.flatMap((line) => parseExportedRecord(line) ?? []);
      after = page.next;
    }
  }

  const report = await verifyChain(write(), { canBeginLater: true });
  if (report.fault !== undefined) {
    throw new CliError(
      exitCodes.failure,
      'audit_broken',
      `the audit log is broken: ${report.fault.detail}`,
      `Nothing was archived. Keep the database as evidence, and see ${pageOf('how-to/audit.md')}.`,
    );
  }
  if (head === undefined || !isNew) return undefined;
  await draft.write(formatSegmentEnd(head, report.head));
  return { head, last: report.head, records: report.count };
}

/** The folder must have all records before the new ones, and from the same log. */
function assertFollows(
  first: Pick<Schemas['ExportedAuditRecord'], 'seq' | 'previousHash'>,
  before: ChainPlace | undefined,
): void {
  if (before === undefined) return;
  if (first.seq > before.seq + 1) {
    throw new CliError(
      exitCodes.failure,
      'archive_gap',
      `the records ${before.seq + 1} to ${first.seq - 1} are neither in this folder nor in the database`,
      'Use the folder that has them, or begin another archive in an empty folder.',
    );
  }
  if (first.previousHash !== before.hash) throw anotherLog(before);
}

function anotherLog({ seq }: ChainPlace): CliError {
  return new CliError(
    exitCodes.failure,
    'archive_of_another_log',
    `record ${seq} of this folder is not in the audit log: the database was restored from a backup, or is another one`,
    'Keep this folder, and begin another archive in an empty one.',
  );
}
