// Removes old records at intervals, a small step at a time, on one node at a time.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import type { Timer } from '../engine/flush-loop.ts';
import type { PrunedKind, PruneStep, RetentionStore } from './ports.ts';

/** For how many days records are kept. `undefined`: forever. */
export interface RetentionDays {
  readonly usageDays: number | undefined;
  /** At most as long as usage. */
  readonly addressDays: number | undefined;
  readonly denialDays: number | undefined;
  readonly auditDays: number | undefined;
  /** Whether audit entries leave even if no archive has them. */
  readonly removesUnarchivedAudit: boolean;
  /** Audit entries stay until all these destinations have them. Default: none. */
  readonly auditDestinations?: readonly string[];
}

export interface PrunerOptions {
  readonly store: Pick<RetentionStore, 'claim' | 'release' | 'prune'>;
  readonly days: RetentionDays;
  readonly clock: Clock;
  readonly timer: Timer;
  /** Finishes deletions that were interrupted. Begins each round. */
  readonly finishDeletions: () => Promise<void>;
  /** Called after a round that removed something. Must not throw. */
  readonly onRemoved: (removed: Readonly<Partial<Record<PrunedKind, number>>>) => void;
  /** Called after a failed step, which ends its round. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** A running pruner. */
export interface Pruner {
  /** Removed rows by kind, and failed rounds, since the start. */
  readonly counts: { readonly removed: Readonly<Record<PrunedKind, number>>; readonly failures: number };
  /** Ends after the step in progress. Never rejects. */
  close(): Promise<void>;
}

/** The first round waits until a start has settled. */
const firstDelayMs = 60_000;
/** The next round comes sooner after a failure. */
const retryDelayMs = 5 * 60_000;
/** How long a node that vanishes in the middle keeps others from pruning: less than the time between two rounds. */
const rightMs = 5 * 60_000;
/** Steps take at most this share of time. The database serves others in the rest. */
const maxShare = 0.1;
const minPauseMs = 20;
const maxPauseMs = 2_000;

/**
 * Starts pruning: a round a minute after the start, then one every hour. After each step it pauses for nine times as
 * long as the step took.
 */
export function startPruner(options: PrunerOptions): Pruner {
  const { store, days, clock, timer, finishDeletions, onRemoved, onFault } = options;
  const holder = randomUUID();
  const removed: Record<PrunedKind, number> = { usage: 0, addresses: 0, denials: 0, audit: 0 };
  /** Addresses before it are gone. To look for them visits every key, so it is done once for each day. */
  let addressesBeforeMs = 0;
  let failures = 0;
  let isClosed = false;
  let running: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let endPause: (() => void) | undefined;

  function schedule(delayMs: number): void {
    if (isClosed) return;
    stopTimer = timer.start(delayMs, () => {
      running = runRound().then(schedule);
    });
  }

  /** Returns the delay until the next round. Never rejects. */
  async function runRound(): Promise<number> {
    const before = { ...removed };
    try {
      let claimedAtMs = clock.nowMs();
      if (!(await store.claim(holder, claimedAtMs, claimedAtMs + rightMs))) return oneHourMs;
      await finishDeletions();
      for (const first of listSteps(days, claimedAtMs)) {
        if (first.kind === 'addresses' && first.beforeMs <= addressesBeforeMs) continue;
        for (let step: PruneStep | undefined = first; step !== undefined && !isClosed; ) {
          const startedMs = performance.now();
          const pruned = await store.prune(step);
          removed[step.kind] += pruned.removed;
          step = pruned.next;
          if (step !== undefined) await pause(performance.now() - startedMs);
          const nowMs = clock.nowMs();
          if (Math.abs(nowMs - claimedAtMs) < rightMs / 2) continue;
          claimedAtMs = nowMs;
          if (!(await store.claim(holder, nowMs, nowMs + rightMs))) return oneHourMs;
        }
        if (first.kind === 'addresses' && !isClosed) addressesBeforeMs = first.beforeMs;
      }
      await store.release(holder);
      return oneHourMs;
    } catch (error) {
      failures++;
      onFault(error);
      return retryDelayMs;
    } finally {
      report(before);
    }
  }

  function report(before: Readonly<Record<PrunedKind, number>>): void {
    const kinds = Object.keys(removed) as PrunedKind[];
    const changed = kinds.filter((kind) => removed[kind] > before[kind]);
    if (changed.length === 0) return;
    onRemoved(Object.fromEntries(changed.map((kind) => [kind, removed[kind] - before[kind]])));
  }

  function pause(tookMs: number): Promise<void> {
    if (isClosed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wantedMs = tookMs / maxShare - tookMs;
    const stop = timer.start(Math.min(Math.max(wantedMs, minPauseMs), maxPauseMs), resolve);
    endPause = () => {
      stop();
      resolve();
    };
    return promise;
  }

  schedule(firstDelayMs);
  return {
    get counts() {
      return { removed, failures };
    },
    async close() {
      isClosed = true;
      stopTimer?.();
      endPause?.();
      await running;
    },
  };
}

/**
 * The first step of each kind. Usage goes by whole days: visiting every key each hour for an hour of its usage would
 * cost more. So do audit entries, because each removal adds one that announces it.
 */
function listSteps(
  {
    usageDays,
    addressDays,
    denialDays,
    auditDays,
    removesUnarchivedAudit: removesUnarchived,
    auditDestinations,
  }: RetentionDays,
  nowMs: number,
): readonly PruneStep[] {
  const steps: PruneStep[] = [];
  if (usageDays !== undefined) steps.push({ kind: 'usage', beforeMs: startOfDay(nowMs - usageDays * oneDayMs) });
  const daysOfAddresses = Math.min(usageDays ?? Number.POSITIVE_INFINITY, addressDays ?? Number.POSITIVE_INFINITY);
  if (Number.isFinite(daysOfAddresses)) {
    steps.push({ kind: 'addresses', beforeMs: startOfDay(nowMs - daysOfAddresses * oneDayMs) });
  }
  if (denialDays !== undefined) steps.push({ kind: 'denials', beforeMs: nowMs - denialDays * oneDayMs });
  if (auditDays !== undefined) {
    const beforeMs = startOfDay(nowMs - auditDays * oneDayMs);
    const destinations = auditDestinations && { destinations: auditDestinations };
    steps.push({ kind: 'audit', beforeMs, removesUnarchived, ...destinations, nowMs });
  }
  return steps;
}

function startOfDay(ms: number): number {
  return ms - (ms % oneDayMs);
}
