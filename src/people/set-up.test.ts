// The set-up of the first person when several servers share a database.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../domain/clock.ts';
import { createRedactor } from '../domain/redaction.ts';
import { openSqlite } from '../storage/sqlite/storage.ts';
import { createSetUp } from './set-up.ts';
import { SignInLimits } from './sign-in-limits.ts';

test('of two servers on one database one creates the first person, and the other leaves nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  const storage = await openSqlite({ file: join(folder, 'miftah.db') });
  try {
    const limits = new SignInLimits(systemClock);
    const redactor = createRedactor([]);
    const parts = { store: storage.people, token: 'token', limits, clock: systemClock, redactor };
    const attempts = ['first@example.com', 'second@example.com'].map((email) => {
      const setUp = createSetUp({ ...parts, removeToken: async () => undefined, hashPassword: async () => 'hash' });
      const owner = { token: 'token', email, name: 'A', password: 'twelve chars', organization: { name: email } };
      return setUp.complete({ via: 'console', address: null, requestId: null }, owner);
    });
    const results = await Promise.allSettled(attempts);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'not_found' } });
    expect((await storage.management.listOrganizations({ limit: 10 })).items).toHaveLength(1);
  } finally {
    await storage.close();
    await rm(folder, { recursive: true });
  }
});
