// Webhooks of a whole server, from the admin API to a receiver that verifies them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { makeOwner } from '../people/console-client.ts';
import { openReceiver, type Receiver } from './receiver.ts';

let server: TestServer;
let receiver: Receiver;
beforeAll(async () => {
  [server, receiver] = await Promise.all([
    startTestServer({ extra: 'webhooks: { allow: [127.0.0.1] }' }),
    openReceiver(),
  ]);
});
afterAll(async () => {
  await receiver.close();
  await server[Symbol.asyncDispose]();
});

async function call(method: string, path: string, body?: unknown) {
  const answer = await server.admin(method, path, body);
  return { ...answer.body, status: answer.status } as Record<string, unknown>;
}

async function codeOf(method: string, path: string, body?: unknown, token = server.operatorToken): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${server.internalPort}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const { code, field, detail } = (await answer.json()) as Record<string, unknown>;
  return code === undefined ? answer.status : [code, field, detail].filter((each) => each !== undefined).join(' | ');
}

const received = (type: string, path = '/hooks') =>
  receiver.received.filter((each) => each.event.type === type && each.path === path);

test('a change reaches the receiver, signed, and the log of deliveries shows it', async () => {
  const org = await server.createOrg();
  const made = await call('POST', '/v1/webhooks', { org, name: 'billing', url: receiver.url });
  const { secret, ...shown } = made;
  expect(shown).toEqual({
    ...{
      status: 'enabled',
      id: expect.stringMatching(/^wh_[0-9A-Za-z]{20}$/),
      org,
      name: 'billing',
      url: receiver.url,
    },
    ...{ types: null, format: 'standard', signature: 'hmac', publicKey: null, disabledBecause: null, disabledAt: null },
    ...{ formerSecretUntil: null, createdAt: expect.any(String) },
    // `call` puts the status of the answer over that of the webhook.
    ...{ status: 201 },
  });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const key = await server.createKey({ api: 'classic', org });
  await receiver.until(() => received('key.created').length === 1);
  const [delivery] = received('key.created');
  const verified = new Webhook(String(secret)).verify(delivery?.body ?? '', delivery?.headers ?? {});
  expect(verified).toMatchObject({
    type: 'key.created',
    data: { id: key.id, organization: org, actor: { kind: 'operator' }, before: null, after: { name: 'test key' } },
  });
  expect(delivery?.body).not.toContain(key.secret);
  expect(await call('GET', `/v1/webhooks/${made.id}`)).toMatchObject({ name: 'billing', publicKey: null });
  await expect
    .poll(async () => (await call('GET', `/v1/webhooks/${made.id}/deliveries?status=delivered`)).data, {
      timeout: 20_000,
    })
    .toMatchObject([{ event: delivery?.id, type: 'key.created', attempts: 1, lastStatus: 204, lastError: null }]);

  // A replay has the same id.
  const { data } = await call('GET', `/v1/webhooks/${made.id}/deliveries`);
  const [{ id } = { id: '' }] = data as { readonly id: string }[];
  expect(await call('POST', `/v1/webhooks/${made.id}/deliveries/${id}/replay`)).toMatchObject({ event: delivery?.id });
  await receiver.until(() => received('key.created').length === 2);
  expect(received('key.created')[1]?.id).toBe(delivery?.id);

  // During the overlap of a rotation, both secrets verify.
  const rotated = await call('POST', `/v1/webhooks/${made.id}/rotate-secret`, { overlap: '1h' });
  expect(rotated.formerSecretUntil).toEqual(expect.any(String));
  expect((await call('POST', `/v1/webhooks/${made.id}/test`)).status).toBe(202);
  await receiver.until(() => received('webhook.test').length === 1);
  const [tested] = received('webhook.test');
  for (const each of [secret, rotated.secret])
    new Webhook(String(each)).verify(tested?.body ?? '', tested?.headers ?? {});

  expect(await call('PATCH', `/v1/webhooks/${made.id}`, { disabled: true })).toMatchObject({
    disabledBecause: 'request',
  });
  expect(await codeOf('POST', `/v1/webhooks/${made.id}/test`)).toMatch(/^webhook_disabled/);
  expect(await codeOf('POST', `/v1/webhooks/${made.id}/deliveries/${id}/replay`)).toMatch(/^webhook_disabled/);
  const enabled = await call('PATCH', `/v1/webhooks/${made.id}`, { disabled: false, types: ['key.revoked'] });
  expect(enabled).toMatchObject({ disabledBecause: null, types: ['key.revoked'] });
  expect((await call('DELETE', `/v1/webhooks/${made.id}`)).status).toBe(200);
  expect(await codeOf('GET', `/v1/webhooks/${made.id}`)).toMatch(/^not_found/);

  // No entry of the audit log has a secret of a webhook.
  const audit = JSON.stringify(await call('GET', '/v1/audit?action=webhook'));
  expect(audit).toContain('webhook.secret_rotated');
  expect(audit).not.toMatch(/whsec_|sealed/);
});

test('an endpoint that answers 410 is disabled, and its owners get a mail', async () => {
  const gone = await openReceiver();
  gone.answer = 410;
  const { orgId } = await makeOwner(server);
  const made = await call('POST', '/v1/webhooks', { org: orgId, name: 'gone', url: gone.url, signature: 'ed25519' });
  expect(made).toMatchObject({ publicKey: expect.stringMatching(/^whpk_/), org: orgId });
  expect(made.secret).toBe(made.publicKey);
  await call('POST', `/v1/webhooks/${made.id}/test`);
  await expect
    .poll(async () => (await call('GET', `/v1/webhooks/${made.id}`)).disabledBecause, { timeout: 20_000 })
    .toBe('gone');
  await expect
    .poll(() => readFile(join(server.folder, 'data', 'mail.log'), 'utf8').catch(() => ''), { timeout: 20_000 })
    .toMatch(/To: amal@[\s\S]*Subject: A webhook was disabled/);
  await gone.close();
});

test('the receiver of the how-to page verifies what arrives', async () => {
  const page = await readFile(new URL('../../docs/how-to/webhooks.md', import.meta.url), 'utf8');
  const program = /```js\n([^`]+)```/.exec(page)?.[1] as string;
  const port = await freePort();
  const made = await call('POST', '/v1/webhooks', {
    name: 'page',
    url: `http://127.0.0.1:${port}/`,
    types: ['key.rotated'],
  });
  const env = { ...process.env, WEBHOOK_SECRET: String(made.secret), PORT: String(port) };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await expect.poll(() => isListening(port), { timeout: 20_000 }).toBe(true);
  await call('POST', `/v1/webhooks/${made.id}/test`);
  await expect.poll(() => printed, { timeout: 20_000 }).toMatch(/^evt_\w{22} webhook\.test wh_\w{20}\n$/);
  const forged = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
  expect(forged.status).toBe(400);
  const exited = once(child, 'exit');
  child.kill();
  await exited;
});

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy();
    resolve(true);
  }).on('error', () => resolve(false));
  return promise;
}

test('wrong input is refused with its field', async () => {
  const fields = { name: 'a', url: 'https://hooks.invalid/' };
  const refusals = [
    await codeOf('POST', '/v1/webhooks', { ...fields, url: 'http://example.com/' }),
    await codeOf('POST', '/v1/webhooks', { ...fields, url: 'https://10.0.0.1/' }),
    await codeOf('POST', '/v1/webhooks', { ...fields, types: [] }),
    await codeOf('POST', '/v1/webhooks', { ...fields, types: ['key.revokd'] }),
    await codeOf('POST', '/v1/webhooks', { ...fields, org: 'org_none' }),
    await codeOf('POST', '/v1/webhooks', { ...fields, name: '' }),
  ];
  expect(refusals).toEqual([
    'invalid_input | url | url: must begin with https://',
    'invalid_input | url | url: must not be a private or reserved address',
    'invalid_input | types | types: is empty: name at least one type, or leave it out for all',
    'invalid_input | types[0] | types[0]: is no type of event: did you mean key.revoked?',
    'invalid_input | org | org: no such organization: list the organizations to find its id',
    expect.stringMatching(/^invalid_input \| name/),
  ]);
  const { id } = await call('POST', '/v1/webhooks', fields);
  expect(await codeOf('POST', `/v1/webhooks/${id}/rotate-secret`, { overlap: 'until_ended' })).toMatch(
    /^invalid_input \| overlap/,
  );
  expect(await codeOf('POST', `/v1/webhooks/${id}/deliveries/dlv_1/replay`)).toMatch(/^not_found/);
});

test('a token that reaches less sees and changes only the webhooks of its organization', async () => {
  const [org, other] = [await server.createOrg(), await server.createOrg()];
  const tokenOf = async (fields: Record<string, unknown>) =>
    String((await call('POST', '/v1/tokens', { name: 'partner', may: 'admin', ...fields })).token);
  const fields = { name: 'a', url: 'https://hooks.invalid/' };
  const own = await call('POST', '/v1/webhooks', { ...fields, org });
  const foreign = await call('POST', '/v1/webhooks', { ...fields, org: other });
  const operators = await call('POST', '/v1/webhooks', fields);

  const limited = await tokenOf({ org });
  expect(await codeOf('GET', `/v1/webhooks/${own.id}`, undefined, limited)).toBe(200);
  expect(await codeOf('GET', `/v1/webhooks?org=${org}`, undefined, limited)).toBe(200);
  expect(await codeOf('POST', '/v1/webhooks', { ...fields, org }, limited)).toBe(201);
  for (const { id } of [foreign, operators]) {
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/rotate-secret'],
      ['GET', '/deliveries'],
      ['POST', '/deliveries/dlv_1/replay'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'b' } : undefined;
      expect(await codeOf(method, `/v1/webhooks/${id}${path}`, body, limited)).toMatch(/^not_found/);
    }
  }
  expect(await codeOf('GET', `/v1/webhooks?org=${other}`, undefined, limited)).toMatch(/^not_found/);
  expect(await codeOf('GET', '/v1/webhooks', undefined, limited)).toMatch(/^token_not_allowed/);
  expect(await codeOf('POST', '/v1/webhooks', fields, limited)).toMatch(/^token_not_allowed/);

  const readOnly = await tokenOf({ org, readOnly: true });
  expect(await codeOf('GET', `/v1/webhooks/${own.id}`, undefined, readOnly)).toBe(200);
  expect(await codeOf('POST', `/v1/webhooks/${own.id}/test`, undefined, readOnly)).toMatch(/^token_not_allowed/);
  const ofOneApi = await tokenOf({ org, apis: ['classic'] });
  expect(await codeOf('GET', `/v1/webhooks/${own.id}`, undefined, ofOneApi)).toMatch(/^token_not_allowed/);
});

test('an organization has a limit', async () => {
  const org = await server.createOrg();
  const create = () => codeOf('POST', '/v1/webhooks', { org, name: 'a', url: 'https://hooks.invalid/' });
  const codes = [];
  for (let at = 0; at < 11; at++) codes.push(await create());
  expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 201));
  expect(codes[10]).toBe('webhook_limit_reached | At most 10 webhooks are allowed: delete one.');
});
