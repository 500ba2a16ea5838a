// Open exchanges: each is rechecked in time, ended when it may not continue, and given 10 s when the store fails.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Reason } from '../domain/verdict.ts';
import { OpenExchange, OpenExchanges } from './open-exchanges.ts';

type Answer = Reason | 'unknown' | undefined;

/** By path, like all maps here: the answers of memory and of the store. */
let memory: Map<string, Answer>;
let store: Map<string, Reason | undefined | Promise<Reason | undefined>>;
let rechecks: Map<string, number>;
let questions: string[];
let faults: unknown[];
let due: (() => void) | undefined;
let exchanges: OpenExchanges;

beforeEach(() => {
  [memory, store, rechecks, questions, faults, due] = [new Map(), new Map(), new Map(), [], [], undefined];
  exchanges = new OpenExchanges({
    recheck: {
      byMemory({ digest }) {
        rechecks.set(digest, (rechecks.get(digest) ?? 0) + 1);
        return memory.get(digest);
      },
      async byStore({ digest }) {
        questions.push(digest);
        return store.get(digest);
      },
    },
    onFault: (error) => faults.push(error),
    timer: {
      start(_delayMs, run) {
        due = run;
        return () => {
          due = undefined;
        };
      },
    },
  });
});

async function tick(times: number): Promise<void> {
  for (let at = 0; at < times; at++) {
    const run = due;
    due = undefined;
    run?.();
    // The store's answers arrive.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

class TestExchange extends OpenExchange {
  override readonly orgId = 'org';
  endedBy: Reason | undefined;
  constructor(path: string) {
    super({ method: 'GET', path, rawHeaders: [], clientAddress: undefined, environment: undefined });
    this.digest = path;
    exchanges.add(this);
  }
  end(reason: Reason): void {
    expect(this.endedBy).toBeUndefined();
    this.endedBy = reason;
  }
}

/** Ticks of 1.5 s and of 10 s. */
const twoRounds = 12;
const untilDoubtEnds = 80;

describe('open exchanges', () => {
  test.each([1, 2, 7, 100, 1_000])(
    'of %i, each is rechecked within two rounds, and ends when it may not continue',
    async (count) => {
      const all = Array.from({ length: count }, (_, at) => new TestExchange(`/${at}`));
      await tick(3);
      const [first, last] = [all[0] as TestExchange, new TestExchange('/last')];
      memory.set('/0', 'key_revoked').set('/last', 'org_suspended');
      await tick(twoRounds);
      expect([first.endedBy, last.endedBy, exchanges.size]).toEqual(['key_revoked', 'org_suspended', count - 1]);
      for (const other of all.slice(1)) expect(other.endedBy).toBeUndefined();
    },
  );

  test('a tick rechecks at most a sixth of them', async () => {
    for (let at = 0; at < 6_000; at++) new TestExchange(`/${at}`);
    await tick(1);
    expect(rechecks.size).toBe(1_000);
    await tick(5);
    expect([rechecks.size, Math.max(...rechecks.values())]).toEqual([6_000, 1]);
  });

  test('are all rechecked within a round, although each ends at its recheck', async () => {
    const all = Array.from({ length: 60_000 }, (_, at) => new TestExchange(`/${at}`));
    for (const { facts } of all) memory.set(facts.path, 'key_revoked');
    await tick(6);
    expect([exchanges.size, rechecks.size]).toEqual([0, 60_000]);
  });

  test('a second add and a second delete have no effect', async () => {
    const [twice, other] = [new TestExchange('/twice'), new TestExchange('/other')];
    exchanges.add(twice);
    expect(exchanges.size).toBe(2);
    exchanges.delete(twice);
    exchanges.delete(twice);
    expect(exchanges.size).toBe(1);
    await tick(1);
    expect([...rechecks.keys()]).toEqual([other.facts.path]);
  });

  test('are rechecked although others begin and end all the time', async () => {
    const long = new TestExchange('/long');
    let short: TestExchange[] = [];
    for (let at = 0; at < twoRounds; at++) {
      for (const each of short) exchanges.delete(each);
      short = Array.from({ length: 50 }, (_, each) => new TestExchange(`/short/${at}/${each}`));
      if (at === 0) memory.set('/long', 'key_expired');
      await tick(1);
    }
    expect(long.endedBy).toBe('key_expired');
  });

  test('a deleted exchange is neither rechecked nor ended, and no timer runs without exchanges', async () => {
    const exchange = new TestExchange('/');
    memory.set('/', 'key_revoked');
    exchanges.delete(exchange);
    await tick(1);
    expect([exchange.endedBy, rechecks.size, due]).toEqual([undefined, 0, undefined]);
    new TestExchange('/other');
    expect(due).toBeDefined();
  });

  test('the store decides when memory has no answer', async () => {
    const [revoked, good] = [new TestExchange('/revoked'), new TestExchange('/good')];
    memory.set('/revoked', 'unknown').set('/good', 'unknown');
    store.set('/revoked', 'key_revoked');
    await tick(untilDoubtEnds * 2);
    expect([revoked.endedBy, good.endedBy, faults]).toEqual(['key_revoked', undefined, []]);
  });

  test('a store that fails ends nothing for 10 s, then all undecided exchanges, and is reported once', async () => {
    const all = Array.from({ length: 20 }, (_, at) => new TestExchange(`/${at}`));
    const certain = new TestExchange('/certain');
    for (const { facts } of all) {
      memory.set(facts.path, 'unknown');
      const failure = Promise.reject(new Error('out'));
      failure.catch(() => undefined);
      store.set(facts.path, failure);
    }
    await tick(untilDoubtEnds - 1);
    expect(all.map(({ endedBy }) => endedBy)).toEqual(all.map(() => undefined));
    expect(faults).toHaveLength(1);
    await tick(twoRounds);
    expect(all.map(({ endedBy }) => endedBy)).toEqual(all.map(() => 'unavailable'));
    expect(certain.endedBy).toBeUndefined();
  });

  test('a store that never answers gets four questions at a time, and undecided exchanges end too', async () => {
    const all = Array.from({ length: 20 }, (_, at) => new TestExchange(`/${at}`));
    for (const { facts } of all) {
      memory.set(facts.path, 'unknown');
      store.set(facts.path, new Promise<undefined>(() => undefined));
    }
    await tick(untilDoubtEnds + twoRounds);
    expect(questions).toHaveLength(4);
    expect(all.map(({ endedBy }) => endedBy)).toEqual(all.map(() => 'unavailable'));
  });

  test('after an answer, the 10 s begin anew', async () => {
    const exchange = new TestExchange('/');
    memory.set('/', 'unknown');
    store.set('/', new Promise<undefined>(() => undefined));
    await tick(untilDoubtEnds - 5);
    memory.set('/', undefined);
    await tick(5);
    memory.set('/', 'unknown');
    await tick(untilDoubtEnds - 5);
    expect(exchange.endedBy).toBeUndefined();
    await tick(10);
    expect(exchange.endedBy).toBe('unavailable');
  });

  test('an answer after the end of an exchange has no effect', async () => {
    const exchange = new TestExchange('/');
    const answer = Promise.withResolvers<Reason | undefined>();
    memory.set('/', 'unknown');
    store.set('/', answer.promise);
    await tick(2);
    exchanges.delete(exchange);
    answer.resolve('key_revoked');
    await tick(2);
    expect([exchange.endedBy, exchanges.size]).toEqual([undefined, 0]);
  });

  test('nothing is rechecked after close', async () => {
    const exchange = new TestExchange('/');
    memory.set('/', 'key_revoked');
    exchanges.close();
    await tick(twoRounds);
    expect(exchange.endedBy).toBeUndefined();
    new TestExchange('/late');
    expect(due).toBeUndefined();
  });
});
