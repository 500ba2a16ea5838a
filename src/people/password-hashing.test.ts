// The queue of password hashes: its limit, its order, its capacity.
import { expect, test } from 'vitest';
import { createQueue } from './password-hashing.ts';

/** Jobs that a test ends by hand. */
function createJobs() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  let running = 0;
  let most = 0;
  return {
    started,
    ends,
    most: () => most,
    job: (name: string) => async () => {
      started.push(name);
      running += 1;
      most = Math.max(most, running);
      const end = Promise.withResolvers<void>();
      ends.set(name, end);
      await end.promise.finally(() => {
        running -= 1;
      });
      return name;
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('runs no more jobs at a time than the limit, in order, whether they fail or not', async () => {
  const { job, started, ends, most } = createJobs();
  const run = createQueue(2, 10);
  const results = ['a', 'b', 'c', 'd', 'e'].map((name) => run(job(name)));
  await settle();
  expect(started).toEqual(['a', 'b']);
  ends.get('a')?.reject(new Error('broken'));
  await expect(results[0]).rejects.toThrow('broken');
  await settle();
  expect(started).toEqual(['a', 'b', 'c']);
  // A place becomes free just as a new job arrives: waiting jobs come first.
  ends.get('b')?.resolve();
  const late = run(job('late'));
  await settle();
  expect(started).toEqual(['a', 'b', 'c', 'd']);
  for (const name of ['c', 'd', 'e', 'late']) {
    ends.get(name)?.resolve();
    await settle();
  }
  expect(await Promise.all(results.slice(1))).toEqual(['b', 'c', 'd', 'e']);
  expect(await late).toBe('late');
  expect([started.length, most()]).toEqual([6, 2]);
});

test('refuses a job at once when the queue is full, and accepts jobs again later', async () => {
  const { job, started, ends } = createJobs();
  const run = createQueue(1, 2);
  const taken = ['a', 'b', 'c'].map((name) => run(job(name)));
  await expect(run(job('d'))).rejects.toMatchObject({ code: 'unavailable' });
  expect(started).toEqual(['a']);
  for (const name of ['a', 'b', 'c']) {
    ends.get(name)?.resolve();
    await settle();
  }
  await Promise.all(taken);
  const again = run(job('e'));
  ends.get('e')?.resolve();
  expect(await again).toBe('e');
  expect(started).toEqual(['a', 'b', 'c', 'e']);
});
