import { expect, test } from 'vitest';
import { createLoopTurns } from './loop-turns.ts';

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

test('one caller goes on in a turn of the loop, in the order of the calls', async () => {
  const takeTurn = createLoopTurns();
  let turn = 0;
  let ticks = setImmediate(function tick() {
    turn += 1;
    ticks = setImmediate(tick);
  });
  const done: { name: string; turn: number }[] = [];
  const names = ['first', 'second', 'third', 'fourth'];
  await Promise.all(names.map((name) => takeTurn().then(() => done.push({ name, turn }))));
  clearImmediate(ticks);
  expect(done.map(({ name }) => name)).toEqual(names);
  expect(new Set(done.map((each) => each.turn)).size).toBe(names.length);
});

test('a caller who comes after an idle turn does not wait', async () => {
  const takeTurn = createLoopTurns();
  await takeTurn();
  await turnOfTheLoop();
  let isDone = false;
  void takeTurn().then(() => {
    isDone = true;
  });
  await Promise.resolve();
  expect(isDone).toBe(true);
});

test('a caller who comes while others wait is the last of them', async () => {
  const takeTurn = createLoopTurns();
  const done: number[] = [];
  const calls = [1, 2].map((at) => takeTurn().then(() => done.push(at)));
  await turnOfTheLoop();
  calls.push(takeTurn().then(() => done.push(3)));
  await Promise.all(calls);
  expect(done).toEqual([1, 2, 3]);
});
