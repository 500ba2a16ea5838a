// Runs an import: sends batches to the server, and counts their results.
import type { MiftahClient, Schemas } from '../../client/index.ts';
import { answerOf, type Changed } from '../internal-client.ts';
import type { Coherence } from '../output.ts';
import { type Checkpoint, type Counts, markOf, mismatch, type RefusedRow } from './checkpoint.ts';
import { isRowError, type SourceRow } from './read-rows.ts';

/** An import to run. */
export interface ImportRun {
  readonly client: MiftahClient;
  readonly api: string;
  readonly rows: AsyncIterable<SourceRow>;
  readonly isDryRun: boolean;
  /** Whether the first refused row ends the import. */
  readonly stopsAtRefusal: boolean;
  /** The checkpoint of an earlier run, and the name of its file. */
  readonly resumed: { readonly checkpoint: Checkpoint; readonly file: string } | undefined;
  /** Called after each batch, in order; the next batch waits until it resolves. */
  readonly onBatch: (done: BatchDone) => Promise<void>;
}

/** A finished batch. `counts` are those of the whole import so far. */
export interface BatchDone {
  readonly refused: readonly RefusedRow[];
  readonly counts: Counts;
  /** The last finished row. `undefined` if the batch finished none. */
  readonly last: { readonly line: number; readonly mark: string } | undefined;
}

/** The outcome of an import. */
export interface ImportResult {
  readonly counts: Counts;
  /** The line of the refused row that ended the import. */
  readonly stoppedAt: number | undefined;
  /** The revision of the last batch that changed something, and the nodes that it did not reach. */
  readonly last: Change;
}

interface Change extends Coherence, Changed {}

/** Rows to send together. Rows that are refused here are not sent. */
interface Batch {
  readonly rows: SourceRow[];
  bytes: number;
}

/**
 * Small enough not to block the server's other work: with 1,000 rows, the 99th percentile of verifying was four times
 * as long.
 */
const maxRows = 250;
const maxBytes = 1024 * 1024;

const noRows: Counts = { rows: 0, imported: 0, exists: 0, refused: 0, organizations: 0 };

/** Sends one batch while it reads the next. Rejects with the errors of the client and of `rows`. */
export async function runImport(run: ImportRun): Promise<ImportResult> {
  let counts = run.resumed?.checkpoint.counts ?? noRows;
  let stoppedAt: number | undefined;
  let lastChange: Change = {};
  // A dry run creates nothing, so each batch may report the same organizations again.
  const organizations = new Set<string>();
  let pendingSend: Promise<void> = Promise.resolve();
  let batch: Batch = { rows: [], bytes: 0 };

  async function send({ rows }: Batch): Promise<void> {
    const sent = rows.filter(({ row }) => !isRowError(row));
    const outcome = sent.length === 0 ? undefined : await request(run, sent);
    const refused: RefusedRow[] = [
      ...rows.flatMap(({ line, row }) => (isRowError(row) ? [{ line, ...row }] : [])),
      ...(outcome?.refused ?? []).map(({ row, field = '', ...rest }) => ({
        line: sent[row]?.line ?? 0,
        field,
        ...rest,
      })),
    ].sort((a, b) => a.line - b.line);
    for (const { name } of outcome?.organizations ?? []) organizations.add(name);
    if (outcome?.changeRevision !== undefined) {
      const { changeRevision, coherence = lastChange.coherence } = outcome;
      lastChange = { changeRevision, ...(coherence !== undefined && { coherence }) };
    }
    // The import ends at the first refused row; the others lie behind it.
    if (run.stopsAtRefusal) refused.splice(1);
    stoppedAt = run.stopsAtRefusal ? refused[0]?.line : undefined;
    const done = stoppedAt === undefined ? rows : rows.filter(({ line }) => line < (stoppedAt as number));
    const last = done.at(-1);
    counts = {
      rows: counts.rows + done.length + (stoppedAt === undefined ? 0 : 1),
      imported: counts.imported + (outcome?.imported ?? 0),
      exists: counts.exists + (outcome?.exists ?? 0),
      refused: counts.refused + refused.length,
      organizations: (run.resumed?.checkpoint.counts.organizations ?? 0) + organizations.size,
    };
    await run.onBatch({ refused, counts, last: last && { line: last.line, mark: markOf(last.row) } });
  }

  for await (const source of skipDone(run)) {
    batch.rows.push(source);
    batch.bytes += JSON.stringify(source.row).length;
    const isEnd = run.stopsAtRefusal && isRowError(source.row);
    if (batch.rows.length < maxRows && batch.bytes < maxBytes && !isEnd) continue;
    await pendingSend;
    if (stoppedAt !== undefined) break;
    pendingSend = send(batch);
    // It is awaited below or in the next turn. The handler keeps an early failure from ending the process.
    pendingSend.catch(() => undefined);
    batch = { rows: [], bytes: 0 };
    if (isEnd) break;
  }
  await pendingSend;
  if (stoppedAt === undefined && batch.rows.length > 0) await send(batch);
  return { counts, stoppedAt, last: lastChange };
}

/** The rows after the checkpoint. */
async function* skipDone({ rows, resumed }: ImportRun): AsyncGenerator<SourceRow> {
  let isPastCheckpoint = resumed === undefined;
  for await (const source of rows) {
    if (isPastCheckpoint) {
      yield source;
    } else if (source.line >= (resumed?.checkpoint.line ?? 0)) {
      const { checkpoint, file } = resumed as NonNullable<typeof resumed>;
      if (source.line !== checkpoint.line || markOf(source.row) !== checkpoint.mark) throw mismatch(file);
      isPastCheckpoint = true;
    }
  }
  if (!isPastCheckpoint) throw mismatch((resumed as NonNullable<typeof resumed>).file);
}

function request({ client, api, isDryRun, stopsAtRefusal }: ImportRun, rows: readonly SourceRow[]) {
  // The server checks each row and refuses those that do not fit this type.
  const sent = rows.map(({ row }) => row as unknown as Schemas['ImportRow']);
  const onError = stopsAtRefusal ? 'stop' : 'skip';
  return answerOf(client.POST('/v1/import', { body: { api, dryRun: isDryRun, onError, rows: sent } }));
}
