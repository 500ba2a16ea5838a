// The health of a node: one look at the database a second, however many ask.
import { expect, test } from 'vitest';
import { createHealth } from './health.ts';

test('is looked at once a second, and never twice at a time', async () => {
  let nowMs = 0;
  const checks: PromiseWithResolvers<void>[] = [];
  const isHealthy = createHealth(
    () => {
      const check = Promise.withResolvers<void>();
      checks.push(check);
      return check.promise;
    },
    () => nowMs,
  );
  const asked = [isHealthy(), isHealthy()];
  nowMs = 5_000;
  asked.push(isHealthy());
  expect(checks).toHaveLength(1);
  checks[0]?.resolve();
  expect(await Promise.all(asked)).toEqual([true, true, true]);

  nowMs = 5_999;
  expect(await isHealthy()).toBe(true);
  expect(checks).toHaveLength(1);
  nowMs = 6_000;
  const later = isHealthy();
  expect(checks).toHaveLength(2);
  checks[1]?.reject(new Error('the database is out'));
  expect(await later).toBe(false);
  expect(await isHealthy()).toBe(false);
  expect(checks).toHaveLength(2);
});
