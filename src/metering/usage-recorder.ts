// Counts the requests of keys: each is in the journal before its reply leaves, and the sums are in the store once.
import { randomBytes } from 'node:crypto';
import { type AuthorizedKey, type Environment, environments } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import { OperationalError } from '../domain/operational-error.ts';
import { FlushLoop, type Timer } from '../engine/flush-loop.ts';
import type { UsageOutcome, UsageSink } from '../engine/ports.ts';
import { type JournalOptions, type Segment, type SegmentProblem, UsageJournal } from './journal.ts';
import { FrameWriter, usageOutcomes } from './journal-format.ts';
import type { UsageStore } from './ports.ts';
import { createSegmentSummer } from './segment-summer.ts';

export interface UsageRecorderOptions {
  readonly store: Pick<UsageStore, 'beginRun' | 'endRun' | 'flushUsage'>;
  readonly clock: Clock;
  /** Of the journal's files; this process must be the only one that uses it. */
  readonly folder: string;
  /** The ids of all APIs whose keys are used. */
  readonly apis: readonly string[];
  /** Told of every failed flush and of what is wrong with the journal, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** From the first use to its flush, at least: it is longer where flushes are dear. Default 1,000. */
  readonly flushIntervalMs?: number;
  readonly timer?: Timer;
  readonly journal?: Pick<JournalOptions, 'maxSegmentBytes' | 'maxFileBytes' | 'maxMemoryBytes'>;
}

/** How many requests ended how, since the start: for `/metrics`. */
export interface OutcomeTotal {
  readonly apiId: string;
  readonly environment: Environment;
  readonly outcome: UsageOutcome;
  readonly count: number;
}

/** What the store has not got yet, and writes of the journal that failed since the start. */
export interface JournalStatus {
  readonly segments: number;
  readonly bytes: number;
  readonly failures: number;
}

export interface UsageRecorder extends UsageSink {
  /** Resolves when all uses recorded before the call, in this run and in earlier ones, are stored. */
  flush(): Promise<void>;
  /** The last flush. What can't be stored stays in the journal for the next start; rejects when it is in memory alone and lost. */
  close(): Promise<void>;
  /** Never by key or organization: labels of metrics must stay few. */
  totals(): OutcomeTotal[];
  /** Uses recorded, and of those the ones for which there was room neither on the disk nor in memory. */
  readonly counts: { readonly recorded: number; readonly dropped: number };
  readonly journal: JournalStatus;
}

interface Turn {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

const outcomeNumbers = Object.fromEntries(usageOutcomes.map((outcome, at) => [outcome, at])) as Record<
  UsageOutcome,
  number
>;

/**
 * Opens the journal, and has what earlier runs left in it stored with the first flush. A batch is what one segment of the journal holds; the
 * store takes each once, however often it is sent. Rejects when the journal's folder can't be used.
 */
export async function openUsageRecorder(options: UsageRecorderOptions): Promise<UsageRecorder> {
  const { store, clock, apis, onFault } = options;
  const run = randomBytes(8).toString('hex');
  const journal = openJournal({ ...options.journal, folder: options.folder, run, apis, onFault });
  // Before the first segment: one whose run the database does not know is another database's.
  await store.beginRun(run, clock.nowMs()).catch(onFault);

  const frame = new FrameWriter();
  const summer = createSegmentSummer();
  const totals = new Float64Array(apis.length * environments.length * usageOutcomes.length);
  const counts = { recorded: 0, dropped: 0 };
  let inFrame = 0;
  let turn: Turn | undefined;

  const loop = new FlushLoop<true>({
    take() {
      keep();
      journal.seal();
      return journal.waiting.length > 0 || hasEarlierRuns || undefined;
    },
    write: storeAll,
    onFault,
    ...(options.flushIntervalMs !== undefined && { intervalMs: options.flushIntervalMs }),
    ...(options.timer !== undefined && { timer: options.timer }),
  });
  let hasEarlierRuns = journal.waiting.length > 0 || journal.listEndedRuns().length > 0;
  if (hasEarlierRuns) loop.wake();

  function note(key: AuthorizedKey, outcome: UsageOutcome, clientAddress: string | undefined): void {
    const scope = apis.indexOf(key.apiId) * environments.length + (key.environment === 'live' ? 0 : 1);
    if (scope < 0) throw new TypeError(`the API ${key.apiId} is not one of those that usage is recorded of`);
    const number = outcomeNumbers[outcome];
    const total = scope * usageOutcomes.length + number;
    totals[total] = (totals[total] as number) + 1;
    counts.recorded++;
    inFrame++;
    frame.append(number, scope, key.seq, key.orgSeq, clock.nowMs(), clientAddress, key.supersededDigest);
    loop.wake();
  }

  /** Writes what was noted and lets the replies go. */
  function keep(): void {
    if (inFrame === 0) return;
    if (!journal.write(frame.finish())) counts.dropped += inFrame;
    inFrame = 0;
    const ended = turn;
    turn = undefined;
    ended?.resolve();
  }

  async function storeAll(): Promise<void> {
    for (let segment = journal.waiting[0]; segment !== undefined; segment = journal.waiting[0]) {
      journal.shift(await storeSegment(segment));
    }
    if (!hasEarlierRuns) return;
    for (const ended of journal.listEndedRuns()) {
      await store.endRun(ended);
      journal.removeRun(ended);
    }
    hasEarlierRuns = false;
  }

  /** Resolves when the store has what can be read of the segment, to what is wrong with the rest. */
  async function storeSegment({
    file,
    frames,
    bytes,
    run: segmentRun,
    sequence,
  }: Segment): Promise<SegmentProblem | undefined> {
    const summed = await summer.sum(file ?? Buffer.concat(frames), bytes);
    // A segment with another's name: the store would mark that other one as counted.
    const isOther =
      summed.batch !== undefined && (summed.batch.run !== segmentRun || summed.batch.sequence !== sequence);
    const { batch, damagedBytes } = isOther ? { batch: undefined, damagedBytes: bytes } : summed;
    if (batch !== undefined) {
      let result = await store.flushUsage(batch);
      if (result === 'unknown_run' && segmentRun === run) {
        await store.beginRun(run, clock.nowMs());
        result = await store.flushUsage((await summer.sum(file ?? Buffer.concat(frames), bytes)).batch ?? batch);
      }
      if (result === 'unknown_run') {
        onFault(
          new OperationalError(
            'usage_journal_unknown',
            `the usage in ${file} belongs to another database, or to this one before it was restored: it is not counted, and kept as ${file}.unknown`,
          ),
        );
        return 'unknown';
      }
    }
    if (damagedBytes === 0) return undefined;
    onFault(
      new OperationalError(
        'usage_journal_damaged',
        `${damagedBytes} of ${bytes} bytes of ${file} cannot be read: the usage before them is counted, and the file is kept as ${file}.damaged`,
      ),
    );
    return 'damaged';
  }

  return {
    counts,

    recordUse(key, outcome, clientAddress) {
      note(key, outcome, clientAddress);
      keep();
    },

    recordUseInTurn(key, outcome, clientAddress) {
      note(key, outcome, clientAddress);
      if (turn === undefined) {
        turn = Promise.withResolvers<void>();
        setImmediate(keep);
      }
      return turn.promise;
    },

    flush: () => loop.flush(),

    async close() {
      await loop.close().catch((error: unknown) => {
        if (journal.waiting.some(({ file }) => file === undefined)) throw error;
      });
      await summer.close();
    },

    totals: () =>
      Array.from(totals, (count, at) => {
        const scope = Math.floor(at / usageOutcomes.length);
        return {
          apiId: apis[Math.floor(scope / environments.length)] as string,
          environment: environments[scope % environments.length] as Environment,
          outcome: usageOutcomes[at % usageOutcomes.length] as UsageOutcome,
          count,
        };
      }).filter(({ count }) => count > 0),

    get journal() {
      return { segments: journal.waiting.length, bytes: journal.bytes, failures: journal.failures };
    },
  };
}

function openJournal(options: JournalOptions): UsageJournal {
  try {
    return new UsageJournal(options);
  } catch (cause) {
    throw new OperationalError(
      'usage_journal_unusable',
      `Cannot use the folder ${options.folder} (${(cause as NodeJS.ErrnoException).code}): give the server read and write access to it`,
      { cause },
    );
  }
}
