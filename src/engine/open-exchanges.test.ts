import { beforeEach, describe, expect, test } from 'vitest';
import type { Reason } from '../domain/verdict.ts';
import { OpenExchange, OpenExchanges } from './open-exchanges.ts';

type Answer = Reason | 'unknown' | undefined;

/** By path, as everything here: what memory and the store say of the exchange. */
let memory: Map<string, Answer>;
let store: Map<string, Reason | undefined | Promise<Reason | undefined>>;
let looks: Map<string, number>;
let questions: string[];
let faults: unknown[];
let due: (() => void) | undefined;
let exchanges: OpenExchanges;

beforeEach(() => {
  [memory, store, looks, questions, faults, due] = [new Map(), new Map(), new Map(), [], [], undefined];
  exchanges = new OpenExchanges({
    recheck: {
      byMemory({ digest }) {
        looks.set(digest, (looks.get(digest) ?? 0) + 1);
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
    // Lets answers of the store arrive.
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

/** 1.5 s, and 10 s, of ticks. */
const twoRounds = 12;
const untilDoubtEnds = 80;

describe('open exchanges', () => {
  test.each([1, 2, 7, 100, 1_000])(
    'of %i, each is looked at within two rounds, and ends when it may not go on',
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

  test('a tick looks at a sixth of them at most', async () => {
    for (let at = 0; at < 6_000; at++) new TestExchange(`/${at}`);
    await tick(1);
    expect(looks.size).toBe(1_000);
    await tick(5);
    expect([looks.size, Math.max(...looks.values())]).toEqual([6_000, 1]);
  });

  test('are all reached within a round, although all that were looked at end', async () => {
    const all = Array.from({ length: 60_000 }, (_, at) => new TestExchange(`/${at}`));
    for (const { facts } of all) memory.set(facts.path, 'key_revoked');
    await tick(6);
    expect([exchanges.size, looks.size]).toEqual([0, 60_000]);
  });

  test('a second add and a second delete count nothing', async () => {
    const [twice, other] = [new TestExchange('/twice'), new TestExchange('/other')];
    exchanges.add(twice);
    expect(exchanges.size).toBe(2);
    exchanges.delete(twice);
    exchanges.delete(twice);
    expect(exchanges.size).toBe(1);
    await tick(1);
    expect([...looks.keys()]).toEqual([other.facts.path]);
  });

  test('are reached although others come and go all the time', async () => {
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

  test('what has ended is not looked at and not ended, and no timer runs for nothing', async () => {
    const exchange = new TestExchange('/');
    memory.set('/', 'key_revoked');
    exchanges.delete(exchange);
    await tick(1);
    expect([exchange.endedBy, looks.size, due]).toEqual([undefined, 0, undefined]);
    new TestExchange('/other');
    expect(due).toBeDefined();
  });

  test('the store is asked where memory can’t tell, and what it says holds', async () => {
    const [revoked, good] = [new TestExchange('/revoked'), new TestExchange('/good')];
    memory.set('/revoked', 'unknown').set('/good', 'unknown');
    store.set('/revoked', 'key_revoked');
    await tick(untilDoubtEnds * 2);
    expect([revoked.endedBy, good.endedBy, faults]).toEqual(['key_revoked', undefined, []]);
  });

  test('a store that fails ends nothing for 10 s, then all that is in doubt, and is told once', async () => {
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

  test('a store that never answers is asked four questions at a time, and ends what is in doubt as well', async () => {
    const all = Array.from({ length: 20 }, (_, at) => new TestExchange(`/${at}`));
    for (const { facts } of all) {
      memory.set(facts.path, 'unknown');
      store.set(facts.path, new Promise<undefined>(() => undefined));
    }
    await tick(untilDoubtEnds + twoRounds);
    expect(questions).toHaveLength(4);
    expect(all.map(({ endedBy }) => endedBy)).toEqual(all.map(() => 'unavailable'));
  });

  test('an answer ends the doubt: the 10 s begin anew', async () => {
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

  test('an answer that comes after the end ends nothing', async () => {
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

  test('nothing is looked at after close', async () => {
    const exchange = new TestExchange('/');
    memory.set('/', 'key_revoked');
    exchanges.close();
    await tick(twoRounds);
    expect(exchange.endedBy).toBeUndefined();
    new TestExchange('/late');
    expect(due).toBeUndefined();
  });
});
