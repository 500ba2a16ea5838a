// The lease's state machine: when a lease starts, what an answer makes the cache forget, and what silence does.
import { describe, expect, test } from 'vitest';
import { initialLease, type LeaseInput, type LeaseState, type LeaseTerms, stepLease } from './lease-core.ts';
import type { Change, Position } from './ports.ts';

const terms: LeaseTerms = { leaseMs: 1_000, renewEveryMs: 250, requestTimeoutMs: 500, serveCachedMs: 0 };

function at(revision: number, epoch = 'a'): Position {
  return { epoch, revision };
}

function change(revision: number): Change {
  return { revision, digests: [`digest-${revision}`], orgIds: [] };
}

function run(inputs: readonly LeaseInput[], from: LeaseState = initialLease, with_: LeaseTerms = terms) {
  return inputs.reduce((before, input) => stepLease(before.state, input, with_), {
    state: from,
    effects: [],
  } as ReturnType<typeof stepLease>);
}

function answered(number: number, head: Position, changes: readonly Change[] | undefined, nowMs: number): LeaseInput {
  return { kind: 'answered', number, answer: { kind: 'renewed', head, changes }, nowMs };
}

/** Joined at revision 5: the renewal at 0 read it, the renewal at 10 acknowledged it. The next is due at 260. */
const joined = run([{ kind: 'tick', nowMs: 0 }, answered(1, at(5), undefined, 10), answered(2, at(5), [], 20)]).state;

describe('a lease', () => {
  test('counts from the question, short by the drift of clocks', () => {
    expect(joined.leaseEndsAtMs).toBe(10 + 990);
    expect(joined.serveUntilMs).toBe(10 + 990);
    const late = run([{ kind: 'tick', nowMs: 260 }, answered(3, at(5), [], 700)], joined).state;
    expect(late.leaseEndsAtMs).toBe(260 + 990);
  });

  test('is not granted before the node is told the newest position, and then all is forgotten', () => {
    const asked = run([{ kind: 'tick', nowMs: 0 }]);
    expect(asked.state.serveUntilMs).toBe(Number.NEGATIVE_INFINITY);
    expect(asked.effects[0]).toEqual({ kind: 'renew', number: 1, acknowledged: undefined });
    const first = run([answered(1, at(5), undefined, 10)], asked.state);
    expect(first.effects.slice(0, 2)).toEqual([
      { kind: 'forget_all' },
      { kind: 'renew', number: 2, acknowledged: at(5) },
    ]);
  });

  test('forgets what changed, then acknowledges at once', () => {
    const { state, effects } = run(
      [{ kind: 'hint', nowMs: 100 }, answered(3, at(7), [change(6), change(7)], 105)],
      joined,
    );
    expect(effects.slice(0, 2)).toEqual([
      { kind: 'forget', changes: [change(6), change(7)] },
      { kind: 'renew', number: 4, acknowledged: at(7) },
    ]);
    expect(state.position).toEqual(at(7));
  });

  test('without news is renewed when that is due', () => {
    const { effects } = run([{ kind: 'tick', nowMs: 260 }, answered(3, at(5), [], 270)], joined);
    expect(effects).toEqual([{ kind: 'wake', atMs: 510 }]);
  });

  test.each([
    ['another epoch', at(9, 'b'), []],
    ['an older head', at(4), []],
    ['changes that are not kept any more', at(9), undefined],
  ])('forgets everything after %s', (_name, head, changes) => {
    const { state, effects } = run([{ kind: 'tick', nowMs: 260 }, answered(3, head, changes, 270)], joined);
    expect(effects[0]).toEqual({ kind: 'forget_all' });
    expect(state.position).toEqual(head);
  });

  test('looks again when something was said while it looked', () => {
    const { effects } = run(
      [{ kind: 'tick', nowMs: 260 }, { kind: 'hint', nowMs: 265 }, answered(3, at(5), [], 270)],
      joined,
    );
    expect(effects[0]).toEqual({ kind: 'renew', number: 4, acknowledged: at(5) });
  });

  test('gives a question up after its time and disregards its answer', () => {
    const asked = run([{ kind: 'tick', nowMs: 260 }], joined).state;
    const again = run([{ kind: 'tick', nowMs: 760 }], asked);
    expect(again.effects[0]).toEqual({ kind: 'renew', number: 4, acknowledged: at(5) });
    const late = run([answered(3, at(6), [change(6)], 770)], again.state);
    expect(late).toEqual({ state: again.state, effects: [] });
  });

  test('goes on under another id when another process has its own', () => {
    const { state, effects } = run(
      [
        { kind: 'tick', nowMs: 260 },
        { kind: 'answered', number: 3, answer: { kind: 'id_taken' }, nowMs: 270 },
      ],
      joined,
    );
    expect(effects.slice(0, 3)).toEqual([
      { kind: 'forget_all' },
      { kind: 'take_new_id' },
      { kind: 'renew', number: 1, acknowledged: undefined },
    ]);
    expect(state.serveUntilMs).toBe(Number.NEGATIVE_INFINITY);
  });

  test('is given up by leaving, for good', () => {
    const { state } = run([{ kind: 'tick', nowMs: 260 }, { kind: 'leave' }, answered(3, at(5), [], 270)], joined);
    expect(state.serveUntilMs).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('serve-cached', () => {
  const generous: LeaseTerms = { ...terms, serveCachedMs: 10_000 };
  const asked = run([{ kind: 'tick', nowMs: 260 }], joined, generous).state;

  test('begins with a question that failed, counts from the last one answered, and ends with an answer', () => {
    expect(asked.serveUntilMs).toBe(1_000);
    const out = run([{ kind: 'failed', number: 3, nowMs: 400 }], asked, generous).state;
    expect(out.serveUntilMs).toBe(1_000 + 9_900);
    const still = run(
      [
        { kind: 'tick', nowMs: 510 },
        { kind: 'failed', number: 4, nowMs: 600 },
      ],
      out,
      generous,
    ).state;
    expect(still.serveUntilMs).toBe(1_000 + 9_900);
    const back = run([{ kind: 'tick', nowMs: 5_000 }, answered(5, at(5), [], 5_010)], still, generous).state;
    expect(back.serveUntilMs).toBe(5_000 + 990);
  });

  test('is not what a process wakes up to', () => {
    const { serveUntilMs } = run([{ kind: 'tick', nowMs: 260 }, answered(3, at(5), [], 270)], joined, generous).state;
    expect(serveUntilMs).toBe(1_250);
  });
});
