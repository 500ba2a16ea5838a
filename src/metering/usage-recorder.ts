// Counts the requests of keys. Each is in the journal before its reply leaves, and the store gets each sum once.
import { randomBytes } from 'node:crypto';
import { type AuthorizedKey, type Environment, environments } from '../domain/api-key.ts';
import type { Clock } from '../domain/clock.ts';
import { OperationalError } from '../domain/operational-error.ts';
import { otherRoutes, responseBucketOf, type UsageRoute, type Use, type UseKind, uses } from '../domain/use.ts';
import { FlushLoop, type Timer } from '../engine/flush-loop.ts';
import type { UsageSink } from '../engine/ports.ts';
import { type JournalOptions, type Segment, type SegmentProblem, UsageJournal } from './journal.ts';
import { FrameWriter, routeFrame } from './journal-format.ts';
import type { UsageStore } from './ports.ts';
import { createSegmentSummer } from './segment-summer.ts';

export interface UsageRecorderOptions {
  readonly store: Pick<UsageStore, 'beginRun' | 'endRun' | 'flushUsage'>;
  readonly clock: Clock;
  /** The folder of the journal. No other process may use it. */
  readonly folder: string;
  /** The ids of all APIs that are recorded. */
  readonly apis: readonly string[];
  /** Called after every failed flush, and for every problem with the journal, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** The shortest time from the first use to its flush. It grows with the duration of a flush. Default 1,000. */
  readonly flushIntervalMs?: number;
  readonly timer?: Timer;
  readonly journal?: Pick<JournalOptions, 'maxSegmentBytes' | 'maxFileBytes' | 'maxMemoryBytes'>;
}

/** Requests of one kind since the start, for `/metrics`. */
export interface UseTotal extends UseKind {
  readonly apiId: string;
  readonly environment: Environment;
  readonly count: number;
}

/** The segments and bytes that the store does not have yet, and the failed writes since the start. */
export interface JournalStatus {
  readonly segments: number;
  readonly bytes: number;
  readonly failures: number;
}

/** Records uses in the journal and adds them to the store. */
export interface UsageRecorder extends UsageSink {
  /** Also records uses of these APIs from now on. */
  addApis(ids: readonly string[]): void;
  /** Resolves when all uses from before the call, in this run and in earlier ones, are stored. */
  flush(): Promise<void>;
  /**
   * Flushes a last time. Uses that can't be stored stay in the journal for the next start. Rejects when some are only
   * in memory, and so are lost.
   */
  close(): Promise<void>;
  /** The totals of all kinds that occurred. Not by key or organization, because metrics must have few labels. */
  totals(): UseTotal[];
  /** All uses since the start, and those of them that were dropped because disk and memory had no room. */
  readonly counts: { readonly recorded: number; readonly dropped: number };
  readonly journal: JournalStatus;
}

/** The most routes of a segment, without those of policies. */
const maxKnownRoutes = 2_000;

/** One turn of the event loop with uses that are not written yet. */
interface Turn {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/**
 * Opens the journal. The first flush also stores the segments of earlier runs. One segment becomes one batch, which the
 * store adds once, however often it is sent. Rejects when the folder of the journal can't be used.
 */
export async function openUsageRecorder(options: UsageRecorderOptions): Promise<UsageRecorder> {
  const { store, clock, onFault } = options;
  // It only grows: frames name an API by its place in it.
  const apis = [...options.apis];
  const run = randomBytes(8).toString('hex');
  const routes: UsageRoute[] = [];
  /** The position of each route in `routes`, from 1. */
  const routeNumbers = new Map<UsageRoute, number>();
  const journal = openJournal({ ...options.journal, folder: options.folder, run, apis, routes, onFault });
  // It comes before the first segment, because a segment of an unknown run belongs to another database.
  await store.beginRun(run, clock.nowMs()).catch(onFault);

  const frame = new FrameWriter();
  const summer = createSegmentSummer();
  let totals = new Float64Array(apis.length * environments.length * uses.length);
  const counts = { recorded: 0, dropped: 0 };
  let inFrame = 0;
  let turn: Turn | undefined;

  const loop = new FlushLoop<true>({
    take() {
      writeFrame();
      journal.seal();
      // The next segment begins with no routes, so what is in use again is added again.
      if (routes.length >= maxKnownRoutes) {
        routes.length = 0;
        routeNumbers.clear();
      }
      return journal.waiting.length > 0 || hasEarlierRuns || undefined;
    },
    write: storeAll,
    onFault,
    ...(options.flushIntervalMs !== undefined && { intervalMs: options.flushIntervalMs }),
    ...(options.timer !== undefined && { timer: options.timer }),
  });
  let hasEarlierRuns = journal.waiting.length > 0 || journal.listEndedRuns().length > 0;
  if (hasEarlierRuns) loop.wake();

  function append(
    key: AuthorizedKey,
    { number }: Use,
    clientAddress: string | undefined,
    route: UsageRoute | undefined,
    responseMs: number | undefined,
  ): void {
    const scope = apis.indexOf(key.apiId) * environments.length + (key.environment === 'live' ? 0 : 1);
    if (scope < 0) throw new TypeError(`usage of the API ${key.apiId} is not recorded: add it to apis`);
    const total = scope * uses.length + number;
    totals[total] = (totals[total] as number) + 1;
    counts.recorded++;
    const routeNumber = route === undefined ? 0 : (routeNumbers.get(route) ?? addRoute(route));
    const bucket = responseBucketOf(responseMs);
    inFrame++;
    const { seq, orgSeq, supersededDigest } = key;
    frame.append(number, scope, seq, orgSeq, clock.nowMs(), clientAddress, supersededDigest, routeNumber, bucket);
    loop.wake();
  }

  /**
   * Adds a route to the open segment and to the later ones. The policies' always fit. Beyond the limit, a route of a
   * key counts as `other`.
   */
  function addRoute(route: UsageRoute): number {
    const isBeyond = routes.length >= maxKnownRoutes && route.orgSeq !== 0;
    const known = isBeyond ? findOther(route) : undefined;
    const added = isBeyond ? { ...route, orgSeq: 0, pattern: otherRoutes } : route;
    const number = known ?? routes.push(added);
    // What `other` stands for is not remembered: there may be any number of such routes.
    if (!isBeyond) routeNumbers.set(route, number);
    if (known === undefined) journal.write(routeFrame(number, added));
    return number;
  }

  function findOther({ apiId, units }: UsageRoute): number | undefined {
    const at = routes.findIndex((each) => each.pattern === otherRoutes && each.apiId === apiId && each.units === units);
    return at < 0 ? undefined : at + 1;
  }

  /** Writes the appended uses and releases their replies. */
  function writeFrame(): void {
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

  /** Stores the readable part of a segment. Resolves to the problem with the rest. */
  async function storeSegment({
    file,
    frames,
    bytes,
    run: segmentRun,
    sequence,
  }: Segment): Promise<SegmentProblem | undefined> {
    const summed = await summer.sum(file ?? Buffer.concat(frames), bytes);
    // The segment has the file name of another one, which the store would mark as counted.
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
            `the usage in ${file} belongs to another database, or to this one before it was restored. It is not counted, and kept as ${file}.unknown`,
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

    recordUse(key, use, clientAddress, route, responseMs) {
      append(key, use, clientAddress, route, responseMs);
      writeFrame();
    },

    recordUseInTurn(key, use, clientAddress, route, responseMs) {
      append(key, use, clientAddress, route, responseMs);
      if (turn === undefined) {
        turn = Promise.withResolvers<void>();
        setImmediate(writeFrame);
      }
      return turn.promise;
    },

    addApis(ids) {
      const added = ids.filter((id) => !apis.includes(id));
      if (added.length === 0) return;
      // The header of a segment lists the APIs, so the added ones begin a new segment.
      writeFrame();
      journal.seal();
      apis.push(...added);
      const grown = new Float64Array(apis.length * environments.length * uses.length);
      grown.set(totals);
      totals = grown;
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
        const scope = Math.floor(at / uses.length);
        const { outcome, statusClass, isBilled } = uses[at % uses.length] as Use;
        return {
          apiId: apis[Math.floor(scope / environments.length)] as string,
          environment: environments[scope % environments.length] as Environment,
          outcome,
          statusClass,
          isBilled,
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
