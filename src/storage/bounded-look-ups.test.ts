// Look-ups for verification: few at once, the rest in batches, a bounded queue, and a deadline.
import { expect, test, vi } from 'vitest';
import { boundLookUps, type LookUpBounds } from './bounded-look-ups.ts';

const bounds: LookUpBounds = { maxAtOnce: 2, maxTogether: 2, maxWaiting: 5, deadlineMs: 60_000 };

/** A store that answers when the test calls `answer`, with the digest in capitals. */
function createStore() {
  const asked: { digests: string; answer(): void; fail(error: Error): void }[] = [];
  const lookUp = (digests: readonly string[]): Promise<(digest: string) => string> => {
    const { promise, resolve, reject } = Promise.withResolvers<(digest: string) => string>();
    const answerFor = (digest: string): string => {
      if (digest === 'corrupt') throw new Error('the record is corrupt');
      return digest.toUpperCase();
    };
    asked.push({ digests: digests.join(), answer: () => resolve(answerFor), fail: reject });
    return promise;
  };
  return { asked, lookUp, questions: () => asked.map(({ digests }) => digests) };
}

test('runs as many queries at once as allowed, then asks for those that wait in batches, oldest first', async () => {
  const { asked, lookUp, questions } = createStore();
  const find = boundLookUps(lookUp, bounds);
  const answers = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((digest) => find(digest));
  expect(questions()).toEqual(['a', 'b']);
  await expect(find('h')).rejects.toMatchObject({ code: 'storage_busy' });
  asked[1]?.answer();
  await expect(answers[1]).resolves.toBe('B');
  await vi.waitFor(() => expect(questions()).toEqual(['a', 'b', 'c,d']));
  asked[0]?.answer();
  await vi.waitFor(() => expect(questions()).toEqual(['a', 'b', 'c,d', 'e,f']));
  asked[3]?.answer();
  await vi.waitFor(() => expect(questions()).toEqual(['a', 'b', 'c,d', 'e,f', 'g']));
  for (const at of [2, 4]) asked[at]?.answer();
  await expect(Promise.all(answers)).resolves.toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
});

test('a record that cannot be read fails its own caller, and a failed query fails all its callers', async () => {
  const { asked, lookUp, questions } = createStore();
  const find = boundLookUps(lookUp, { ...bounds, maxAtOnce: 1, maxTogether: 3 });
  const outcomes = ['first', 'good', 'corrupt', 'fine', 'x', 'y'].map((digest) =>
    find(digest).catch(({ message }) => message),
  );
  asked[0]?.answer();
  await vi.waitFor(() => expect(questions()).toEqual(['first', 'good,corrupt,fine']));
  asked[1]?.answer();
  await vi.waitFor(() => expect(questions()).toEqual(['first', 'good,corrupt,fine', 'x,y']));
  asked[2]?.fail(new Error('the store is down'));
  expect(await Promise.all(outcomes)).toEqual([
    'FIRST',
    'GOOD',
    'the record is corrupt',
    'FINE',
    'the store is down',
    'the store is down',
  ]);
});

test('gives up at the deadline, skips callers that left, and counts a hanging query until it ends', async () => {
  vi.useFakeTimers();
  try {
    const { asked, lookUp, questions } = createStore();
    const find = boundLookUps(lookUp, { maxAtOnce: 1, maxTogether: 10, maxWaiting: 1, deadlineMs: 250 });
    const outcomes = ['hangs', 'waits'].map((digest) => find(digest).catch(({ code }) => code));
    await vi.advanceTimersByTimeAsync(251);
    expect(await Promise.all(outcomes)).toEqual(['storage_busy', 'storage_busy']);
    const later = find('later');
    expect(questions()).toEqual(['hangs']);
    asked[0]?.answer();
    await vi.advanceTimersByTimeAsync(1);
    expect(questions()).toEqual(['hangs', 'later']);
    asked[1]?.answer();
    expect(await later).toBe('LATER');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
