// Second factors: codes of an app, backup codes, passkeys, on a server with a person each.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { SoftwarePasskey, totpOf } from './authenticator.ts';
import { ConsoleClient, makeOwner, ownerEmail, password } from './console-client.ts';

let server: TestServer;
let owner: ConsoleClient;

beforeEach(async () => {
  server = await startTestServer();
  ({ client: owner } = await makeOwner(server));
});
afterEach(() => server[Symbol.asyncDispose]());

async function enableTotp(): Promise<{ uri: string; backupCodes: string[] }> {
  const { status, body } = await owner.post('/api/auth/two-factor/enable', { password });
  expect(status).toBe(200);
  const verified = await owner.post('/api/auth/two-factor/verify-totp', { code: totpOf(body.totpURI, Date.now()) });
  expect(verified.status).toBe(200);
  return { uri: body.totpURI, backupCodes: body.backupCodes };
}

/** Past the password, before the code. */
async function halfSignedIn(): Promise<ConsoleClient> {
  const client = new ConsoleClient(server);
  const reply = await client.signIn(ownerEmail, password);
  expect(reply).toMatchObject({ status: 200, body: { twoFactorRedirect: true, twoFactorMethods: ['totp'] } });
  return client;
}

describe('with an app', () => {
  test('the password alone opens nothing; the code does, and counts for one sign-in', async () => {
    const { uri } = await enableTotp();
    expect((await owner.get('/api/session')).body.person.hasTwoFactor).toBe(true);
    const client = await halfSignedIn();
    expect((await client.get('/api/session')).status).toBe(401);
    expect(client.cookies.has('miftah.session_token')).toBe(false);
    const wrong = await client.post('/api/auth/two-factor/verify-totp', { code: '000000' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
    const code = totpOf(uri, Date.now());
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

  test('codes cannot be guessed at one sign-in', async () => {
    await enableTotp();
    const client = await halfSignedIn();
    const statuses = [];
    for (let n = 0; n < 8; n++) {
      statuses.push((await client.post('/api/auth/two-factor/verify-totp', { code: '000000' })).status);
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.slice(5).every((status) => status !== 200)).toBe(true);
    // The challenge is gone: even the right code does not help it any more.
    expect((await client.get('/api/session')).status).toBe(401);
  });

  test('a code without the password before it opens nothing', async () => {
    const { uri } = await enableTotp();
    const reply = await new ConsoleClient(server).post('/api/auth/two-factor/verify-totp', {
      code: totpOf(uri, Date.now()),
    });
    expect(reply).toMatchObject({ status: 401, body: { code: 'not_signed_in' } });
  });

  test('it takes the password to switch it on and off', async () => {
    await enableTotp();
    for (const path of ['enable', 'disable', 'generate-backup-codes']) {
      const reply = await owner.post(`/api/auth/two-factor/${path}`, { password: 'wrong horse battery' });
      expect(reply).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
    }
  });
});

test('what is done to an account is in the audit log; a sign-in that awaits its code is none', async () => {
  const { uri, backupCodes } = await enableTotp();
  const client = await halfSignedIn();
  await client.post('/api/auth/two-factor/verify-totp', { code: totpOf(uri, Date.now()) });
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

  test('signs in without a password, and past the app', async () => {
    await enableTotp();
    const passkey = new SoftwarePasskey({ origin: owner.origin });
    expect((await register(passkey)).status).toBe(200);
    const { client, reply } = await signInWith(passkey);
    expect(reply.status).toBe(200);
    expect((await client.get('/api/session')).body.person.email).toBe(ownerEmail);
    const [listed] = (await owner.get('/api/auth/passkey/list-user-passkeys')).body;
    expect(listed).toMatchObject({ name: 'Laptop', credentialID: passkey.id.toString('base64url') });
  });

  test('does not sign in when the device did not check who uses it', async () => {
    const passkey = new SoftwarePasskey({ origin: owner.origin, isUserVerified: false });
    await register(passkey);
    const { client, reply } = await signInWith(passkey);
    expect(reply.status).toBe(401);
    expect((await client.get('/api/session')).status).toBe(401);
  });

  test('of another site, of nobody, or used twice does not sign in', async () => {
    const passkey = new SoftwarePasskey({ origin: owner.origin });
    await register(passkey);
    expect((await signInWith(new SoftwarePasskey({ origin: owner.origin }))).reply.status).toBe(401);

    const { client, response, reply } = await signInWith(passkey);
    expect(reply.status).toBe(200);
    const replayed = await client.post('/api/auth/passkey/verify-authentication', { response });
    expect(replayed.status).toBeGreaterThanOrEqual(400);

    const phished = new SoftwarePasskey({ origin: 'https://evil.example' });
    expect((await register(phished)).status).toBeGreaterThanOrEqual(400);
  });

  test('is gone once it is deleted', async () => {
    const passkey = new SoftwarePasskey({ origin: owner.origin });
    const { body } = await register(passkey);
    expect((await owner.post('/api/auth/passkey/delete-passkey', { id: body.id })).status).toBe(200);
    expect((await signInWith(passkey)).reply).toMatchObject({ status: 401, body: { code: 'credentials_wrong' } });
  });
});
