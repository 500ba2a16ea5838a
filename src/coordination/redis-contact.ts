// Keeps contact with Redis: asks its counters, and tracks whether it answers and what its clock shows.
import type { Clock } from '../domain/clock.ts';
import { connectRedis, type RedisServers } from './redis-connection.ts';
import { findRedisMistake, findTlsMistake, refusedBy } from './redis-mistake.ts';
import { createOutageLedger, type OutageLedger } from './redis-outage.ts';
import { type CounterQuestion, fixedScript, type LimitScript, lostCount, type WindowCount } from './redis-script.ts';

export interface ContactOptions {
  readonly servers: RedisServers;
  readonly deadlineMs: number;
  /** Replaces Redis' own clock in tests. */
  readonly clock: Clock | undefined;
  /** Called once for each change: with the cause when Redis is lost, with `undefined` when it is back. */
  readonly onChange: (cause: Error | undefined) => void;
}

export interface CounterAnswer {
  /** From 0 to the number that was asked for. */
  readonly granted: number;
  /** Redis' clock, in epoch milliseconds. */
  readonly nowMs: number;
  /** One for each question, in the same order. */
  readonly counts: readonly WindowCount[];
}

/** Contact with one Redis, during outages too. */
export interface Contact {
  readonly ledger: OutageLedger;
  /** The earliest time that Redis' clock can show now: its last reading plus the time since that reply. */
  earliestMs(): number;
  /** The latest time that Redis' clock can show now: its last reading plus the time since that question. */
  latestMs(): number;
  /**
   * Takes up to `want` requests from all counters of a bucket, fewer when less is left. A grant above 1 is also at most
   * `1 / share` of the rest. With `want` 0 it takes nothing. With `isNew`, a missing count is 0 even if Redis has just
   * started. Rejects when Redis does not answer; `ledger` then knows it.
   */
  count(
    script: LimitScript,
    id: string,
    questions: readonly CounterQuestion[],
    want: number,
    share: number,
    isNew?: boolean,
  ): Promise<CounterAnswer>;
  close(): void;
}

const firstAnswerMs = 2_000;
const probeEveryMs = 200;

/**
 * Resolves once Redis has answered, or within about 3 s in an outage. Rejects with `redis_refused` when the
 * configuration is wrong: every limited request would be refused until someone corrects it.
 */
export async function openContact({ servers, deadlineMs, clock, onChange }: ContactOptions): Promise<Contact> {
  const elapsedMs = clock === undefined ? () => performance.now() : () => clock.nowMs();
  let reading = { redisMs: clock?.nowMs() ?? Date.now(), sentMs: elapsedMs(), receivedMs: elapsedMs() };
  const earliestMs = (): number => reading.redisMs + Math.floor(elapsedMs() - reading.receivedMs);
  const latestMs = (): number => reading.redisMs + Math.ceil(elapsedMs() - reading.sentMs);

  /** `undefined` until the first answer, or the end of the wait for it. */
  let ledger: OutageLedger | undefined;
  let isClosed = false;
  /** By the last probe or loss before the ledger exists. */
  let isAnswering = false;
  let lastCause = new Error(`no answer within ${firstAnswerMs} ms`);
  let knownSinceMs: number | undefined;
  /** The last bucket that Redis did not count. In a cluster, the servers of other buckets may still work. */
  let failedId = 'probe';
  let probing: NodeJS.Timeout | undefined;
  const firstAnswer = Promise.withResolvers<boolean>();

  const connection = connectRedis(servers, {
    deadlineMs,
    onReady: () => void probe(),
    onLost: (cause) => lose(cause ?? new Error('the connection was closed')),
  });

  function lose(cause: Error): void {
    learnCause(cause);
    if (isClosed) return;
    if (ledger === undefined) {
      isAnswering = false;
      startProbing();
    } else if (ledger.fail(latestMs())) {
      startProbing();
      onChange(cause);
    }
  }

  function learnCause(cause: Error): void {
    lastCause = cause;
    const mistake = ledger === undefined ? findRedisMistake(cause) : undefined;
    if (mistake !== undefined) firstAnswer.reject(refusedBy(servers, mistake));
  }

  function startProbing(): void {
    probing ??= setInterval(() => void probe(), probeEveryMs).unref();
  }

  /** Counts for no limit, but needs all that a decision needs: the script, and a server that accepts writes. */
  async function probe(): Promise<void> {
    const question = { windowSeconds: 1, limit: lostCount - 1, seen: undefined, back: 0 };
    try {
      await ask(fixedScript, `miftah:{${failedId}}:probe`, [question], 1, 1);
    } catch (error) {
      if (error instanceof Error) learnCause(error);
      return;
    }
    clearInterval(probing);
    probing = undefined;
    isAnswering = true;
    firstAnswer.resolve(true);
    if (!isClosed && ledger?.recover(earliestMs())) onChange(undefined);
  }

  async function ask(
    script: LimitScript,
    name: string,
    questions: readonly CounterQuestion[],
    want: number,
    share: number,
    isNew = false,
  ): Promise<CounterAnswer> {
    // The name holds one hash tag, so all counters of a bucket are in one slot of a cluster.
    const keys = questions.map(({ windowSeconds }) => `${name}:${windowSeconds}${script.suffix}`);
    const sinceMs = isNew ? undefined : knownSinceMs;
    const args: number[] = [want, share, clock?.nowMs() ?? 0, sinceMs ?? lostCount];
    for (const question of questions) args.push(...script.argumentsOf(question));
    const sentMs = elapsedMs();
    const answer = (await connection.run(script, keys, args)) as readonly number[];
    const [granted, nowMs, ...counts] = answer as readonly [number, number, ...number[]];
    reading = { redisMs: nowMs, sentMs, receivedMs: elapsedMs() };
    // A test's clock can't be compared with Redis' uptime.
    if (clock === undefined) knownSinceMs ??= nowMs;
    return {
      granted,
      nowMs,
      counts: questions.map((question, at) => {
        const from = at * script.answerSize;
        return script.read(question, counts.slice(from, from + script.answerSize), nowMs);
      }),
    };
  }

  function close(): void {
    isClosed = true;
    clearInterval(probing);
    connection.close();
  }

  startProbing();
  const waiting = setTimeout(firstAnswer.resolve, firstAnswerMs, false);
  let isOut: boolean;
  try {
    isOut = !(await firstAnswer.promise);
    const mistake = isOut ? await findTlsMistake(servers) : undefined;
    if (mistake !== undefined && !isAnswering) throw refusedBy(servers, mistake);
    // Redis may have begun to answer meanwhile, and then no further probe comes.
    isOut = !isAnswering;
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(waiting);
  }
  ledger = createOutageLedger(isOut, latestMs());
  if (isOut) onChange(lastCause);

  return {
    ledger,
    earliestMs,
    latestMs,
    async count(script, id, questions, want, share, isNew) {
      try {
        return await ask(script, `miftah:{${id}}`, questions, want, share, isNew);
      } catch (error) {
        failedId = id;
        lose(error instanceof Error ? error : new Error('Redis did not answer'));
        throw error;
      }
    },
    close,
  };
}
