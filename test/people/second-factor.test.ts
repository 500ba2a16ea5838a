// Second factors: app codes, backup codes and passkeys, each test with a person of its own.
import { readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { SoftwarePasskey, totpOf } from './authenticator.ts';
import { ConsoleClient, makeOwner, ownerEmail, password, tokenInMail } from './console-client.ts';

let server: TestServer;
let owner: ConsoleClient;

/** The server also accepts the code of the next period, so a sign-in right after enabling need not wait. */
const nextCodeOf = (uri: string) => totpOf(uri, Date.now() + 30_000);

/** A name whose colon could end the name of the issuer in the URI of an app. */
const product = 'Acme: keys';

beforeEach(async () => {
  server = await startTestServer({ extra: `consoles: { localhost: { product: "${product}" } }` });
  ({ client: owner } = await makeOwner(server));
});
afterEach(() => server[Symbol.asyncDispose]());

async function enableTotp(): Promise<{ uri: string; code: string; backupCodes: string[] }> {
  const { status, body } = await owner.post('/api/auth/two-factor/enable', { password });
  expect(status).toBe(200);
  const code = totpOf(body.totpURI, Date.now());
  const verified = await owner.post('/api/auth/two-factor/verify-totp', { code });
  expect(verified.status).toBe(200);
  return { uri: body.totpURI, code, backupCodes: body.backupCodes };
}

/** A client after the password and before the code. */
async function halfSignedIn(): Promise<ConsoleClient> {
  const client = new ConsoleClient(server);
  const reply = await client.signIn(ownerEmail, password);
  expect(reply).toMatchObject({ status: 200, body: { twoFactorRedirect: true, twoFactorMethods: ['totp'] } });
  return client;
}

test('apps and devices show the name of the product', async () => {
  const { uri } = await enableTotp();
  expect(new URL(uri).searchParams.get('issuer')).toBe(product);
  expect(uri).toContain(`//totp/${encodeURIComponent(product)}:`);
  const { body } = await owner.get('/api/auth/passkey/generate-register-options');
  expect(body.rp).toEqual({ id: 'localhost', name: product });
});

describe('with an app', () => {
  test('the password is not enough; the code is, for one sign-in', async () => {
    const { uri } = await enableTotp();
    expect((await owner.get('/api/session')).body.person.hasTwoFactor).toBe(true);
    const client = await halfSignedIn();
    expect((await client.get('/api/session')).status).toBe(401);
    expect(client.cookies.has('miftah.session_token')).toBe(false);
    const wrong = await client.post('/api/auth/two-factor/verify-totp', { code: '000000' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
    const code = nextCodeOf(uri);
    expect((await client.post('/api/auth/two-factor/verify-totp', { code })).status).toBe(200);
    expect((await client.get('/api/session')).status).toBe(200);
  });

  test('a backup code works once', async () => {
    const { backupCodes } = await enableTotp();
    expect(backupCodes.length).toBeGreaterThanOrEqual(8);
    const [code] = backupCodes;
    const first = await halfSignedIn();
    expect((await first.post('/api/auth/two-factor/verify-backup-code', { code })).status).toBe(200);
    const second = await halfSignedIn();
    expect(await second.post('/api/auth/two-factor/verify-backup-code', { code })).toMatchObject({
      status: 401,
      body: { code: 'credentials_wrong' },
    });
  });

  test('a code works once: not after enabling, not after a sign-in, not for two at once', async () => {
    const { uri, code: enabling } = await enableTotp();
    const verify = (client: ConsoleClient, code: string) => client.post('/api/auth/two-factor/verify-totp', { code });
    const usedToEnable = await verify(await halfSignedIn(), enabling);
    expect(usedToEnable).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });

    // Each has sent the password. A code seen over a shoulder is worthless by then.
    const clients = [await halfSignedIn(), await halfSignedIn(), await halfSignedIn(), await halfSignedIn()];
    const code = nextCodeOf(uri);
    const replies = await Promise.all(clients.map((client) => verify(client, code)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401, 401, 401]);
    expect((await verify(await halfSignedIn(), code)).status).toBe(401);
  });

  test('a code from a script works once too', async () => {
    const token = await new ConsoleClient(server).signInForToken(ownerEmail, password);
    const headers = { authorization: `Bearer ${token}`, origin: null };
    const script = new ConsoleClient(server);
    const { body } = await script.post('/api/auth/two-factor/enable', { password }, headers);
    const code = totpOf(body.totpURI, Date.now());
    expect((await script.post('/api/auth/two-factor/verify-totp', { code }, headers)).status).toBe(200);
    const reply = await (await halfSignedIn()).post('/api/auth/two-factor/verify-totp', { code });
    expect(reply).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
  });

  test('a backup code works once for many at once, and the others get an error', async () => {
    const { backupCodes } = await enableTotp();
    const [code] = backupCodes;
    const clients = await Promise.all(Array.from({ length: 4 }, halfSignedIn));
    const replies = await Promise.all(
      clients.map((client) => client.post('/api/auth/two-factor/verify-backup-code', { code })),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of replies) expect([200, 401, 409]).toContain(status);
  });

  test('one sign-in allows too few guesses for a code', async () => {
    await enableTotp();
    const client = await halfSignedIn();
    const statuses = [];
    for (let n = 0; n < 8; n++) {
      statuses.push((await client.post('/api/auth/two-factor/verify-totp', { code: `00000${n}` })).status);
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.slice(5).every((status) => status !== 200)).toBe(true);
    // The challenge is gone: even the right code no longer helps.
    expect((await client.get('/api/session')).status).toBe(401);
  });

  test('a code without the password is refused', async () => {
    const { uri } = await enableTotp();
    const reply = await new ConsoleClient(server).post('/api/auth/two-factor/verify-totp', {
      code: totpOf(uri, Date.now()),
    });
    expect(reply).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });
  });

  test('enabling and disabling it needs the password', async () => {
    await enableTotp();
    for (const path of ['enable', 'disable', 'generate-backup-codes']) {
      const reply = await owner.post(`/api/auth/two-factor/${path}`, { password: 'wrong horse battery' });
      expect(reply).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
    }
  });
});

test('changes to an account are in the audit log, and a sign-in without its code is not', async () => {
  const { uri, backupCodes } = await enableTotp();
  const client = await halfSignedIn();
  await client.post('/api/auth/two-factor/verify-totp', { code: nextCodeOf(uri) });
  const other = await halfSignedIn();
  await other.post('/api/auth/two-factor/verify-backup-code', { code: backupCodes[0] });
  await client.post('/api/auth/change-password', { currentPassword: password, newPassword: 'another long one' });
  await client.post('/api/auth/two-factor/disable', { password: 'another long one' });
  const { body } = await server.admin('GET', '/v1/audit?action=person');
  const entries = body.data as { action: string; actor: unknown; requestId: unknown }[];
  expect(entries.map(({ action }) => action)).toEqual([
    'person.two_factor_disabled',
    'person.password_changed',
    'person.signed_in',
    'person.signed_in',
    'person.two_factor_enabled',
    'person.signed_in',
  ]);
  expect(entries[0]).toMatchObject({
    actor: { kind: 'member', label: ownerEmail },
    via: 'console',
    address: '127.0.0.1',
    requestId: expect.any(String),
  });
});

test('changes to an account are mailed to its owner in constant words, a sign-in is not', async () => {
  const { backupCodes } = await enableTotp();
  const client = await halfSignedIn();
  await client.post('/api/auth/two-factor/verify-backup-code', { code: backupCodes[0] });
  await client.post('/api/auth/two-factor/generate-backup-codes', { password });
  const passkey = new SoftwarePasskey({ origin: owner.origin });
  const options = await owner.get('/api/auth/passkey/generate-register-options');
  const added = await owner.post('/api/auth/passkey/verify-registration', {
    response: passkey.register(options.body),
    name: 'Visit evil.example',
  });
  await owner.post('/api/auth/passkey/delete-passkey', { id: added.body.id });
  await client.post('/api/auth/change-password', { currentPassword: password, newPassword: 'another long one' });
  await client.post('/api/auth/two-factor/disable', { password: 'another long one' });
  await client.post('/api/auth/request-password-reset', { email: ownerEmail });
  const token = await tokenInMail(server, ownerEmail, 'reset-password');
  await client.post('/api/auth/reset-password', { token, newPassword: password });

  const mails = await mailsUntil('Your password was reset');
  expect(mails.map((mail) => /^Subject: (.*) – Acme: keys$/m.exec(mail)?.[1]).toSorted()).toEqual([
    'A passkey was added',
    'A passkey was removed',
    'Set a new password',
    'Two-factor authentication was disabled',
    'Two-factor authentication was enabled',
    'Your backup codes were replaced',
    'Your password was changed',
    'Your password was reset',
  ]);
  for (const mail of mails) expect(mail).toContain(`\nTo: ${ownerEmail}\n`);
  const changed = mails.find((mail) => mail.includes('Your password was changed'));
  expect(changed).toMatch(/^When: .* UTC\nFrom: 127\.0\.0\.1$/m);
  expect(mails.join()).not.toContain('evil');
});

test('a mail that cannot be sent undoes nothing, and is logged', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const port = await freePort();
  const mailing = await startTestServer({
    log: pino({ level: 'warn' }, sink),
    extra: `mail: { from: "Keys <keys@example.com>", smtp: { host: 127.0.0.1, port: ${port} } }`,
  });
  try {
    const { client } = await makeOwner(mailing);
    const change = { currentPassword: password, newPassword: 'another long one' };
    expect((await client.post('/api/auth/change-password', change)).status).toBe(200);
    expect((await new ConsoleClient(mailing).signIn(ownerEmail, 'another long one')).status).toBe(200);
    while (!lines.some((line) => line.includes('ECONNREFUSED'))) await new Promise((done) => setImmediate(done));
    expect(lines.join()).not.toContain('another long one');
  } finally {
    await mailing[Symbol.asyncDispose]();
  }
});

/** All mails so far, as soon as one of them has `subject`. */
async function mailsUntil(subject: string): Promise<string[]> {
  for (;;) {
    const log = await readFile(server.server.mailFile as string, 'utf8').catch(() => '');
    const mails = log.split(/^(?=From: .*\nTo: )/m).filter((mail) => mail !== '');
    if (mails.some((mail) => mail.includes(`\nSubject: ${subject} – ${product}\n`) && mail.endsWith('\n\n\n')))
      return mails;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a passkey', () => {
  async function register(passkey: SoftwarePasskey) {
    const options = await owner.get('/api/auth/passkey/generate-register-options');
    expect(options).toMatchObject({
      status: 200,
      body: { rp: { id: 'localhost' }, authenticatorSelection: { userVerification: 'required' } },
    });
    return owner.post('/api/auth/passkey/verify-registration', {
      response: passkey.register(options.body),
      name: 'Laptop',
    });
  }

  async function signInWith(passkey: SoftwarePasskey, client = new ConsoleClient(server)) {
    const { body } = await client.get('/api/auth/passkey/generate-authenticate-options');
    const response = passkey.authenticate(body);
    return { client, response, reply: await client.post('/api/auth/passkey/verify-authentication', { response }) };
  }

  test('signs in without a password or an app code', async () => {
    await enableTotp();
    const passkey = new SoftwarePasskey({ origin: owner.origin });
    expect((await register(passkey)).status).toBe(200);
    const { client, reply } = await signInWith(passkey);
    expect(reply.status).toBe(200);
    expect((await client.get('/api/session')).body.person.email).toBe(ownerEmail);
    const [listed] = (await owner.get('/api/auth/passkey/list-user-passkeys')).body;
    expect(listed).toMatchObject({ name: 'Laptop', credentialID: passkey.id.toString('base64url') });
  });

  test('does not sign in if the device did not verify its user', async () => {
    const passkey = new SoftwarePasskey({ origin: owner.origin, isUserVerified: false });
    await register(passkey);
    const { client, reply } = await signInWith(passkey);
    expect(reply.status).toBe(401);
    expect((await client.get('/api/session')).status).toBe(401);
  });

  test('of another site, of no account, or used twice does not sign in', async () => {
    const passkey = new SoftwarePasskey({ origin: owner.origin });
    await register(passkey);
    expect((await signInWith(new SoftwarePasskey({ origin: owner.origin }))).reply.status).toBe(401);

    const { client, response, reply } = await signInWith(passkey);
    expect(reply.status).toBe(200);
    const replayed = await client.post('/api/auth/passkey/verify-authentication', { response });
    expect(replayed.status).toBeGreaterThanOrEqual(400);

    const phished = new SoftwarePasskey({ origin: 'https://evil.example' });
    expect(await register(phished)).toMatchObject({ status: 400, body: { code: 'invalid_input', field: 'response' } });
    const otherPort = new SoftwarePasskey({ origin: 'http://localhost:1' });
    expect(await register(otherPort)).toMatchObject({ status: 400, body: { field: 'response' } });
    const { body } = await owner.get('/api/auth/passkey/generate-register-options');
    const garbled = {
      ...(passkey.register(body) as object),
      response: { clientDataJSON: 'e30', attestationObject: '' },
    };
    expect(await owner.post('/api/auth/passkey/verify-registration', { response: garbled })).toMatchObject({
      status: 400,
      body: { field: 'response' },
    });
  });

  test('does not sign in after it is deleted', async () => {
    const passkey = new SoftwarePasskey({ origin: owner.origin });
    const { body } = await register(passkey);
    expect((await owner.post('/api/auth/passkey/delete-passkey', { id: body.id })).status).toBe(200);
    expect((await signInWith(passkey)).reply).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
  });
});
