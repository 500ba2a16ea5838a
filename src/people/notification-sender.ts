// Sends the mails of notifications that are due, on one node at a time.
import type { Clock } from '../domain/clock.ts';
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import type { Timer } from '../engine/flush-loop.ts';
import type { HeldRight } from '../engine/held-right.ts';
import { createRounds } from '../engine/rounds.ts';
import { isServerFault, type Mail, type Mailer } from './mail.ts';
import type { DueMail, MailOutcome, NotificationStore } from './notification-ports.ts';

export interface NotificationSenderOptions {
  /** The caller returns it after `close`. */
  readonly right: Pick<HeldRight, 'take' | 'doubt'>;
  readonly store: Pick<NotificationStore, 'listDueMails' | 'settleMail' | 'removeNotifications'>;
  readonly mailer: Mailer;
  /** The mail to send, with an id that is the same each time. */
  readonly compose: (due: DueMail) => Mail;
  readonly clock: Clock;
  readonly timer: Timer;
  /** From 0 to 1, for the jitter of retries. Default: random. */
  readonly random?: () => number;
  /** Called after the store or the mail server failed; the sender goes on. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** A running sender. */
export interface NotificationSender {
  /** Attempts since the start. `postponed`: it is repeated later. `failed`: it was the last one. */
  readonly counts: Readonly<Record<'sent' | 'postponed' | 'failed', number>>;
  /** Looks for due mails now. */
  wake(): void;
  /** Waits for the mails in progress. Never rejects. */
  close(): Promise<void>;
}

const pollMs = 2_000;
const retryMs = 5_000;
const minuteMs = 60_000;
const mailsPerRound = 32;
const maxAtOnce = 4;
/** As long as webhooks keep their events. */
const keptMs = 30 * oneDayMs;

/** The waits after the first attempts: three days in all, as for webhooks. */
export const mailDelaysMs: readonly number[] = [
  ...[1, 5, 30].map((minutes) => minutes * minuteMs),
  ...[2, 5, 10, 24, 30].map((hours) => hours * oneHourMs),
];
const maxJitter = 0.1;

/** After a fault of the server, nothing is sent for a while, because other mails would fail too. */
const firstPauseMs = 5_000;
const maxPauseMs = 5 * minuteMs;

/**
 * Starts sending. A notification that was committed is mailed at least once, always under its id: what is interrupted
 * is sent again.
 */
export function startNotificationSender(options: NotificationSenderOptions): NotificationSender {
  const { right, store, mailer, compose, clock, timer, random = Math.random, onFault } = options;
  const counts = { sent: 0, postponed: 0, failed: 0 };
  let removedAtMs = 0;
  let pauseMs = 0;
  let pausedUntilMs = 0;
  const rounds = createRounds(timer, runRound);

  /** Returns the delay until the next round. Never rejects. */
  async function runRound(): Promise<number> {
    try {
      const nowMs = clock.nowMs();
      if (isPaused(nowMs)) return Math.min(pausedUntilMs - nowMs, pollMs);
      const due = await store.listDueMails(nowMs, mailsPerRound);
      const removes = Math.abs(nowMs - removedAtMs) >= oneHourMs;
      if (due.length === 0 && !removes) return pollMs;
      if (!(await right.take(nowMs))) return retryMs;
      if (removes) await removeOld(nowMs);
      await sendAll(due);
      if (due.length > 0) rounds.wake();
      return pollMs;
    } catch (error) {
      right.doubt();
      onFault(error);
      return retryMs;
    }
  }

  /** A clock that was set back ends the pause. */
  function isPaused(nowMs: number): boolean {
    return nowMs < pausedUntilMs && pausedUntilMs - nowMs <= maxPauseMs;
  }

  async function removeOld(nowMs: number): Promise<void> {
    while (!rounds.isClosed && (await store.removeNotifications(nowMs - keptMs)));
    removedAtMs = nowMs;
  }

  async function sendAll(due: readonly DueMail[]): Promise<void> {
    const left = [...due];
    const work = async () => {
      for (let mail = left.shift(); mail !== undefined; mail = left.shift()) {
        const nowMs = clock.nowMs();
        // Slow mails may outlast the right, which another node then has.
        if (rounds.isClosed || isPaused(nowMs) || !(await right.take(nowMs))) return;
        await sendOne(mail);
      }
    };
    await Promise.all(Array.from({ length: maxAtOnce }, work));
  }

  async function sendOne(due: DueMail): Promise<void> {
    const outcome = await attempt(due);
    counts[outcome === 'sent' || outcome === 'failed' ? outcome : 'postponed']++;
    await store.settleMail(due, clock.nowMs(), outcome);
  }

  async function attempt(due: DueMail): Promise<MailOutcome> {
    let mail: Mail | undefined;
    try {
      mail = compose(due);
      await mailer.send(mail);
      pauseMs = 0;
      return 'sent';
    } catch (error) {
      onFault(error);
      const nowMs = clock.nowMs();
      // A mail that can't be written holds up no other one.
      if (mail !== undefined && isServerFault(error) && !isPaused(nowMs)) {
        pauseMs = Math.min(Math.max(2 * pauseMs, firstPauseMs), maxPauseMs);
        pausedUntilMs = nowMs + pauseMs;
      }
      const delayMs = mailDelaysMs[due.attempts];
      if (delayMs === undefined) return 'failed';
      return { nextAtMs: nowMs + Math.round(delayMs * (1 + maxJitter * random())) };
    }
  }

  rounds.wake();
  return { counts, wake: rounds.wake, close: rounds.close };
}
