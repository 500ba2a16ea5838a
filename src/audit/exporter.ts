// Sends the audit log to one destination in the order of the chain, on one node at a time.
import type { AuditRecord } from '../domain/audit-record.ts';
import type { Clock } from '../domain/clock.ts';
import { OperationalError } from '../domain/operational-error.ts';
import type { Timer } from '../engine/flush-loop.ts';
import type { ChainPlace } from './chain.ts';
import { type Deliver, DeliveryError } from './delivery.ts';
import type { AuditStore, ExportStore } from './ports.ts';
import { boundsOf, endOf, formatSignedEnd, type Sign } from './signed-segment.ts';

export interface ExporterOptions {
  readonly destination: string;
  /** Who sends. Processes that use the database at the same time have different ones. */
  readonly holder: string;
  readonly deliver: Deliver;
  readonly store: ExportStore;
  readonly audit: Pick<AuditStore, 'readAudit'>;
  readonly sign: Sign;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Called when deliveries begin to fail, and when they fail in another way. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Called with the first success after failures. Must not throw. */
  readonly onRecovered: () => void;
}

/** A running exporter. */
export interface Exporter {
  readonly destination: string;
  /** Confirmed records and failed deliveries of this process. */
  readonly counts: { readonly records: number; readonly failures: number };
  /** Cuts the delivery in progress, whose records are sent again later. Never rejects. */
  close(): Promise<void>;
}

/** How often a node looks for new records. */
const pollMs = 1_000;
/** How long a node that vanishes keeps others from sending. Longer than a delivery may take. */
const rightMs = 60_000;
const firstRetryMs = 1_000;
const maxRetryMs = 60_000;
/** A destination can't ask for more than this. */
const maxRetryAfterMs = 3_600_000;
/** Bounds of a segment. A single record may exceed the bytes. */
const recordsPerSegment = 500;
const bytesPerSegment = 1_000_000;

/** The pause after a failed delivery. `attempts` counts from 1. */
export function retryDelayMs(attempts: number, retryAfterMs: number | undefined): number {
  const ownMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 10));
  return Math.max(ownMs, Math.min(retryAfterMs ?? 0, maxRetryAfterMs));
}

/** Starts sending: whatever the destination has not confirmed, again and again, until it has. */
export function startExporter(options: ExporterOptions): Exporter {
  const { destination, holder, deliver, store, audit, sign, clock, timer, onFault, onRecovered } = options;
  const closing = new AbortController();
  const counts = { records: 0, failures: 0 };
  let reported: string | undefined;
  let running: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;

  function schedule(): void {
    if (closing.signal.aborted) return;
    stopTimer = timer.start(pollMs, () => {
      running = runRound().then(schedule);
    });
  }

  /** Never rejects. */
  async function runRound(): Promise<void> {
    try {
      // A look costs the database one read. Only a node that has something to send asks for the right to.
      const [state] = await store.describeExports([destination]);
      if (state === undefined || state.waiting === 0 || (state.failure?.retryAtMs ?? 0) > clock.nowMs()) return;
      try {
        while (!closing.signal.aborted && (await sendNext()));
      } catch (error) {
        if (!closing.signal.aborted) await note(error, state.failure?.attempts ?? 0);
      }
      await store.releaseExport(destination, holder);
    } catch (error) {
      report(error);
    }
  }

  /** Sends one segment. `false`: there is nothing to send, or another node sends. */
  async function sendNext(): Promise<boolean> {
    const nowMs = clock.nowMs();
    const place = await store.claimExport(destination, holder, nowMs, nowMs + rightMs);
    if (place === undefined) return false;
    const records = await audit.readAudit(place.seq, recordsPerSegment, bytesPerSegment);
    const [first] = records;
    if (first === undefined) return false;
    assertFollows(first, place);
    const bounds = boundsOf(records);
    await deliver({ records, bounds, end: await formatSignedEnd(bounds, sign) }, closing.signal);
    await store.confirmExport(destination, endOf(bounds), clock.nowMs());
    counts.records += records.length;
    if (reported !== undefined) onRecovered();
    reported = undefined;
    return true;
  }

  async function note(error: unknown, earlier: number): Promise<void> {
    report(error);
    // Only these messages are known to have no secret.
    const message = error instanceof OperationalError ? error.message : 'see the log of the server';
    const retryAfterMs = error instanceof DeliveryError ? error.retryAfterMs : undefined;
    // A success within this round has ended the earlier failures.
    const [state] = await store.describeExports([destination]);
    const attempts = (state?.failure === null ? 0 : earlier) + 1;
    const atMs = clock.nowMs();
    const retryAtMs = atMs + retryDelayMs(attempts, retryAfterMs);
    await store.noteExportFailure(destination, { atMs, message, attempts, retryAtMs });
  }

  function report(error: unknown): void {
    counts.failures++;
    const message = error instanceof Error ? error.message : 'unknown';
    if (message !== reported) onFault(error);
    reported = message;
  }

  schedule();
  return {
    destination,
    counts,
    async close() {
      closing.abort();
      stopTimer?.();
      await running;
    },
  };
}

/** What was confirmed and what is sent next must be one chain. */
function assertFollows({ seq, previousHash }: AuditRecord, place: ChainPlace): void {
  if (place.seq === 0) return;
  if (seq > place.seq + 1) {
    const gone = `records ${place.seq + 1} to ${seq - 1} have left the database before this destination had them`;
    throw new DeliveryError(`${gone}: give it another name, and it gets the log from record ${seq} on`);
  }
  if (previousHash !== place.hash) {
    const detail = `record ${place.seq} that this destination has is not in the log: the database was restored`;
    throw new DeliveryError(`${detail}. Give it another name, and it gets the whole log`);
  }
}
