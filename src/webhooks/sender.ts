// Sends what waits in the outbox, on one node at a time.
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Clock } from '../domain/clock.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import type { SecretSeal, WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import type { Timer } from '../engine/flush-loop.ts';
import type { HeldRight } from '../engine/held-right.ts';
import { createRounds } from '../engine/rounds.ts';
import { type Consequence, concludeAttempt, writeAttempt } from './attempts.ts';
import type { DueDelivery, SenderStore } from './ports.ts';
import type { Post } from './post.ts';

export interface SenderOptions {
  /** The caller returns it after `close`. */
  readonly right: Pick<HeldRight, 'take' | 'doubt'>;
  readonly store: SenderStore;
  readonly post: Post;
  readonly seal: Pick<SecretSeal, 'open'>;
  readonly clock: Clock;
  readonly timer: Timer;
  /** From 0 to 1, for the jitter of retries. Default: random. */
  readonly random?: () => number;
  /** Called after an endpoint was disabled, once. Must not throw. */
  readonly onDisabled: (endpoint: WebhookEndpoint, because: 'gone' | 'failing') => void;
  /** Called after the store failed; the sender goes on. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** A running sender. */
export interface Sender {
  /** Attempts since the start, by result. `refused`: an answer that is not 2xx. `unreachable`: no answer. */
  readonly counts: Readonly<Record<'delivered' | 'refused' | 'unreachable', number>>;
  /** Looks for due deliveries now. */
  wake(): void;
  /** Ends the attempts in progress, which another node then repeats. Never rejects. */
  close(): Promise<void>;
}

const pollMs = 1_000;
const retryMs = 5_000;
const maintenanceMs = 60_000;

/** Attempts at once. Endpoints whose last attempt failed, and new ones, get half of them and one each. */
const maxAtOnce = 256;
const maxUnprovenAtOnce = 128;
const maxPerEndpoint = 4;

/** The days before its end at which a key has an event. */
const noticeDays = [30, 7, 1];
/** A key that was not used for so long has an event. */
const unusedDays = 90;
/** Events and the log of deliveries stay this long. */
const keptMs = 30 * oneDayMs;

/**
 * Starts sending. An event that was committed is delivered at least once, always under its id: whatever is interrupted,
 * is sent again. Events of one endpoint may overtake each other.
 */
export function startSender(options: SenderOptions): Sender {
  const { right, store, post, seal, clock, timer, random = Math.random, onDisabled, onFault } = options;
  const counts = { delivered: 0, refused: 0, unreachable: 0 };
  const ending = new AbortController();
  /** Attempts in progress, by the number of the delivery. */
  const running = new Map<number, Promise<void>>();
  const busy = new Map<number, number>();
  /** Endpoints that answered with 2xx last. */
  const proven = new Set<number>();
  /** When each endpoint had its last turn, in turns. Those that fail come again soon, and must not push others aside. */
  const turns = new Map<number, number>();
  let turn = 0;
  let maintainedAtMs = 0;
  let removedAtMs = 0;
  const { wake, close } = createRounds(timer, runRound);

  /** Returns the delay until the next round. Never rejects. */
  async function runRound(): Promise<number> {
    try {
      const nowMs = clock.nowMs();
      const due = await store.listDueEndpoints(nowMs);
      const needsCare = await needsMaintenance(nowMs);
      // An installation without webhooks and members writes nothing.
      if (due.length === 0 && !needsCare) return pollMs;
      if (!(await right.take(nowMs))) return retryMs;
      await startDue(due, nowMs);
      if (needsCare) await maintain(nowMs);
      return pollMs;
    } catch (error) {
      right.doubt();
      onFault(error);
      return retryMs;
    }
  }

  /** Starts what fits. One endpoint never waits for another: each has its own places, and proven ones have some more. */
  async function startDue(endpointSeqs: readonly number[], nowMs: number): Promise<void> {
    const turnOf = (seq: number) => turns.get(seq) ?? 0;
    const order = [...endpointSeqs].sort(
      (a, b) => Number(proven.has(b)) - Number(proven.has(a)) || turnOf(a) - turnOf(b),
    );
    for (const seq of order) {
      const isProven = proven.has(seq);
      const inUse = busy.get(seq) ?? 0;
      const places = Math.min(
        (isProven ? maxPerEndpoint : 1) - inUse,
        (isProven ? maxAtOnce : maxUnprovenAtOnce) - running.size,
      );
      if (places <= 0) continue;
      // Those in progress are still due in the store.
      const found = await store.listDue(seq, nowMs, inUse + places);
      if (ending.signal.aborted) return;
      if (found === undefined) continue;
      for (const delivery of found.due.filter((each) => !running.has(each.seq)).slice(0, places)) {
        start(seq, found.endpoint, delivery);
      }
    }
  }

  function start(endpointSeq: number, endpoint: WebhookEndpoint, delivery: DueDelivery): void {
    busy.set(endpointSeq, (busy.get(endpointSeq) ?? 0) + 1);
    turns.set(endpointSeq, ++turn);
    const attempt = deliver(endpointSeq, endpoint, delivery)
      .catch((error: unknown) => {
        // The store may take no writes. To prolong the right is one, so nothing is sent again until it does.
        right.doubt();
        onFault(error);
      })
      .finally(() => {
        running.delete(delivery.seq);
        const left = (busy.get(endpointSeq) ?? 1) - 1;
        if (left === 0) busy.delete(endpointSeq);
        else busy.set(endpointSeq, left);
        wake();
      });
    running.set(delivery.seq, attempt);
  }

  async function deliver(endpointSeq: number, endpoint: WebhookEndpoint, delivery: DueDelivery): Promise<void> {
    const beganAtMs = clock.nowMs();
    const result = await attemptOnce(endpoint, delivery);
    if (result === undefined) return;
    const nowMs = clock.nowMs();
    const { outcome, disable } = concludeAttempt(delivery, result, { nowMs, random: random() });
    counts[nameResult(outcome)]++;
    if (outcome.status === 'delivered') proven.add(endpointSeq);
    else proven.delete(endpointSeq);
    const isSettled = await store.settle(delivery, { beganAtMs, endedAtMs: nowMs }, outcome);
    if (!isSettled || disable === undefined) return;
    const isDisabled = await store.disable(endpoint.id, nowMs, disable, auditOfDisabled(endpoint, nowMs, disable));
    if (isDisabled) onDisabled(endpoint, disable);
  }

  /** `undefined`: the sender closes, and the attempt does not count. */
  async function attemptOnce(endpoint: WebhookEndpoint, delivery: DueDelivery) {
    let attempt: ReturnType<typeof writeAttempt>;
    try {
      attempt = writeAttempt(endpoint, delivery, { seal, nowMs: clock.nowMs() });
    } catch (error) {
      onFault(error);
      return { kind: 'unsigned' } as const;
    }
    const result = await post({ url: endpoint.url, ...attempt, signal: ending.signal });
    return ending.signal.aborted && result.kind === 'failed' ? undefined : result;
  }

  async function needsMaintenance(nowMs: number): Promise<boolean> {
    if (Math.abs(nowMs - maintainedAtMs) < maintenanceMs) return false;
    if (await store.hasListeners()) return true;
    maintainedAtMs = nowMs;
    // Events of endpoints that were deleted.
    return Math.abs(nowMs - removedAtMs) >= oneHourMs;
  }

  async function maintain(nowMs: number): Promise<void> {
    while (!ending.signal.aborted && (await store.recordExpiries(nowMs, noticeDays)));
    while (!ending.signal.aborted && (await store.recordUnused(nowMs, unusedDays)));
    if (Math.abs(nowMs - removedAtMs) >= oneHourMs) {
      while (!ending.signal.aborted && (await store.removeEvents(nowMs - keptMs)));
      removedAtMs = nowMs;
    }
    maintainedAtMs = nowMs;
    // The new events may be due now.
    wake();
  }

  wake();
  return {
    counts,
    wake,
    async close() {
      ending.abort();
      await close();
      await Promise.all(running.values());
    },
  };
}

function nameResult({ status, httpStatus }: Consequence['outcome']): keyof Sender['counts'] {
  if (status === 'delivered') return 'delivered';
  return httpStatus === null ? 'unreachable' : 'refused';
}

function auditOfDisabled({ id, orgId }: WebhookEndpoint, atMs: number, because: 'gone' | 'failing'): AuditEntry {
  return {
    atMs,
    actor: { kind: 'system', id: null, label: 'webhooks' },
    via: 'webhooks',
    address: null,
    requestId: null,
    action: 'webhook.disabled',
    target: { kind: 'webhook', id },
    orgId,
    before: null,
    after: { disabledBecause: because },
  };
}
