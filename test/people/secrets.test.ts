// Credentials of people are in no log, and in the database only as a digest, a hash or encrypted.
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { totpOf } from './authenticator.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, setUpToken, tokenInMail } from './console-client.ts';

test('passwords, tokens and codes are neither logged nor stored in plain text', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const server = await startTestServer({ log: pino({ level: 'trace' }, sink) });
  try {
    const secrets: string[] = [password, setUpToken(server)];
    const { client: owner, orgId } = await makeOwner(server);
    secrets.push(await new ConsoleClient(server).signInForToken(ownerEmail, password));

    const enabled = (await owner.post('/api/auth/two-factor/enable', { password })).body;
    secrets.push(new URL(enabled.totpURI).searchParams.get('secret') as string, ...enabled.backupCodes);
    await owner.post('/api/auth/two-factor/verify-totp', { code: totpOf(enabled.totpURI, Date.now()) });

    await owner.post(`/api/orgs/${orgId}/invitations`, { email: 'new@example.com', role: 'viewer' });
    await owner.post('/api/auth/request-password-reset', { email: ownerEmail });
    for (const [email, page] of [
      ['new@example.com', 'accept-invitation'],
      [ownerEmail, 'reset-password'],
    ] as const) {
      secrets.push(await tokenInMail(server, email, page));
    }

    // Errors do not contain them either.
    const canary = 'canary-canary-canary';
    secrets.push(canary);
    const stranger = new ConsoleClient(server);
    await stranger.signIn(ownerEmail, canary);
    await stranger.post('/api/setup', {
      token: canary,
      email: canary,
      name: canary,
      password: canary,
      organization: {},
    });
    await stranger.post('/api/invitations/accept', { token: canary, name: 'A', password: canary });
    await stranger.post('/api/auth/reset-password', { token: canary, newPassword: canary });
    await stranger.post('/api/auth/verify-email', { token: canary });
    await stranger.post('/api/auth/sign-in/email', `{"password":"${canary}"`);
    await stranger.get('/api/session', {
      headers: { authorization: `Bearer ${canary}.${canary}`, cookie: `a=${canary}` },
    });

    const data = join(server.folder, 'data');
    const files = (await readdir(data)).filter((name) => name.startsWith('miftah.db')).map((name) => join(data, name));
    // In another process: closing a database's file here would drop SQLite's locks on it.
    const atRest = execFileSync('cat', files, { maxBuffer: 1 << 28 }).toString('latin1');
    expect(atRest).toContain(ownerEmail);
    const log = lines.join('');
    expect(secrets.length).toBeGreaterThan(12);
    expect(secrets.filter((secret) => atRest.includes(secret))).toEqual([]);
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
