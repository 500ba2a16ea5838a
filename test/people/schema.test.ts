// The migrations create the sign-in tables that better-auth needs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getMigrations } from 'better-auth/db/migration';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { accountOptions } from '../../src/people/accounts.ts';
import { plainLetterhead } from '../../src/people/letter.ts';
import { createFileMailer } from '../../src/people/mail.ts';
import { SignInLimits } from '../../src/people/sign-in-limits.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';

test.each([false, true])('no table or column is missing (secure: %s)', async (isSecure) => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  const storage = await openSqlite({ file: join(folder, 'miftah.db') });
  try {
    const options = accountOptions(
      {
        store: storage.people,
        secret: 'x'.repeat(43),
        hosts: ['localhost'],
        letterheadOn: () => plainLetterhead,
        mailer: createFileMailer('a@example.com', join(folder, 'mail.log'), systemClock),
        recordPersonal: async () => undefined,
        limits: new SignInLimits(systemClock),
        clock: systemClock,
        onFault: (error) => expect.fail(String(error)),
      },
      isSecure,
    );
    const { toBeCreated, toBeAdded, compileMigrations } = await getMigrations(options);
    expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] });
    expect((await compileMigrations()).replace(/[;\s]/g, '')).toBe('');
  } finally {
    await storage.close();
    await rm(folder, { recursive: true });
  }
});
