// An import from its first row to its last: batches to the server, how far it came, what was refused.
import type { MiftahClient, Schemas } from '../../client/index.ts';
import { answerOf, type Changed } from '../internal-client.ts';
import type { Coherence } from '../output.ts';
import { type Checkpoint, type Counts, markOf, mismatch, type RefusedRow } from './checkpoint.ts';
import { isRefusal, type SourceRow } from './read-rows.ts';

export interface ImportRun {
  readonly client: MiftahClient;
  readonly api: string;
  readonly rows: AsyncIterable<SourceRow>;
  readonly isDryRun: boolean;
  /** Whether the first refused row ends the import. */
  readonly stopsAtRefusal: boolean;
  /** Where an earlier run came to, and the name of the file that says so. */
  readonly resumed: { readonly checkpoint: Checkpoint; readonly file: string } | undefined;
  /** Called after each batch, in order; the next batch waits until it resolves. */
  readonly onBatch: (done: BatchDone) => Promise<void>;
}

export interface BatchDone {
  readonly refused: readonly RefusedRow[];
  readonly counts: Counts;
  /** The last row that is done with; `undefined` when nothing is that was not before. */
  readonly last: { readonly line: number; readonly mark: string } | undefined;
}

export interface ImportResult {
  readonly counts: Counts;
  /** The line of the refused row that ended the import. */
  readonly stoppedAt: number | undefined;
  /** Of the last batch that changed something: where that stands, and which nodes it did not reach. */
  readonly last: Change;
}

interface Change extends Coherence, Changed {}

/** Rows that are sent together; those that were refused here already are not sent. */
interface Batch {
  readonly rows: SourceRow[];
  bytes: number;
}

/** Small enough that no single one holds up what the server does beside it: with 1,000 the 99th percentile of verifying was four times as long. */
const maxRows = 250;
const maxBytes = 1024 * 1024;

const nothing: Counts = { rows: 0, imported: 0, exists: 0, refused: 0, organizations: 0 };

/** One batch is on its way while the next one is read. Rejects as the client and the rows do. */
export async function runImport(run: ImportRun): Promise<ImportResult> {
  let counts = run.resumed?.checkpoint.counts ?? nothing;
  let stoppedAt: number | undefined;
  let lastChange: Change = {};
  // In a dry run nothing is made, so that each batch would make the same organizations again.
  const organizations = new Set<string>();
  let onItsWay: Promise<void> = Promise.resolve();
  let batch: Batch = { rows: [], bytes: 0 };

  async function send({ rows }: Batch): Promise<void> {
    const sent = rows.filter(({ row }) => !isRefusal(row));
    const outcome = sent.length === 0 ? undefined : await request(run, sent);
    const refused: RefusedRow[] = [
      ...rows.flatMap(({ line, row }) => (isRefusal(row) ? [{ line, ...row }] : [])),
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
    // Of several, all but the first lie behind the end.
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
    const isEnd = run.stopsAtRefusal && isRefusal(source.row);
    if (batch.rows.length < maxRows && batch.bytes < maxBytes && !isEnd) continue;
    await onItsWay;
    if (stoppedAt !== undefined) break;
    onItsWay = send(batch);
    // It is awaited below or in the next turn; until then its failure is not unheard.
    onItsWay.catch(() => undefined);
    batch = { rows: [], bytes: 0 };
    if (isEnd) break;
  }
  await onItsWay;
  if (stoppedAt === undefined && batch.rows.length > 0) await send(batch);
  return { counts, stoppedAt, last: lastChange };
}

/** The rows behind those that are done with. */
async function* skipDone({ rows, resumed }: ImportRun): AsyncGenerator<SourceRow> {
  let isBehind = resumed === undefined;
  for await (const source of rows) {
    if (isBehind) {
      yield source;
    } else if (source.line >= (resumed?.checkpoint.line ?? 0)) {
      const { checkpoint, file } = resumed as NonNullable<typeof resumed>;
      if (source.line !== checkpoint.line || markOf(source.row) !== checkpoint.mark) throw mismatch(file);
      isBehind = true;
    }
  }
  if (!isBehind) throw mismatch((resumed as NonNullable<typeof resumed>).file);
}

function request({ client, api, isDryRun, stopsAtRefusal }: ImportRun, rows: readonly SourceRow[]) {
  // The server checks each row and refuses what is none.
  const sent = rows.map(({ row }) => row as unknown as Schemas['ImportRow']);
  const onError = stopsAtRefusal ? 'stop' : 'skip';
  return answerOf(client.POST('/v1/import', { body: { api, dryRun: isDryRun, onError, rows: sent } }));
}
