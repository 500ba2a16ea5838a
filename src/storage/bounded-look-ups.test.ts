// What verification asks of a store: few at once, few that wait, none for long.
import { expect, test, vi } from 'vitest';
import { boundLookUps } from './bounded-look-ups.ts';

/** A store that answers when it is told to. */
function createStore() {
  const asked = new Map<string, (answer: string) => void>();
  const lookUp = (digest: string): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    asked.set(digest, resolve);
    return promise;
  };
  return { asked, lookUp };
}

test('asks for as many at once as it may, in the order in which they came', async () => {
  const { asked, lookUp } = createStore();
  const find = boundLookUps(lookUp, { maxAtOnce: 2, maxWaiting: 2, deadlineMs: 60_000 });
  const answers = ['a', 'b', 'c', 'd'].map((digest) => find(digest));
  expect([...asked.keys()]).toEqual(['a', 'b']);
  await expect(find('e')).rejects.toMatchObject({ code: 'storage_busy' });
  asked.get('b')?.('B');
  await expect(answers[1]).resolves.toBe('B');
  await vi.waitFor(() => expect([...asked.keys()]).toEqual(['a', 'b', 'c']));
  asked.get('a')?.('A');
  await vi.waitFor(() => expect([...asked.keys()]).toEqual(['a', 'b', 'c', 'd']));
  asked.get('c')?.('C');
  asked.get('d')?.('D');
  await expect(Promise.all(answers)).resolves.toEqual(['A', 'B', 'C', 'D']);
});

test('gives up in time, does not ask for who has left, and counts what hangs until it ends', async () => {
  vi.useFakeTimers();
  try {
    const { asked, lookUp } = createStore();
    const find = boundLookUps(lookUp, { maxAtOnce: 1, maxWaiting: 1, deadlineMs: 250 });
    const outcomes = ['hangs', 'waits'].map((digest) => find(digest).catch(({ code }) => code));
    await vi.advanceTimersByTimeAsync(251);
    expect(await Promise.all(outcomes)).toEqual(['storage_busy', 'storage_busy']);
    const later = find('later');
    expect([...asked.keys()]).toEqual(['hangs']);
    asked.get('hangs')?.('at last');
    await vi.advanceTimersByTimeAsync(1);
    expect([...asked.keys()]).toEqual(['hangs', 'later']);
    asked.get('later')?.('found');
    expect(await later).toBe('found');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
