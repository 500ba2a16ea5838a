// POST /v1/keys/find: whose secret is this? Asked with a digest, so that the secret is not sent.
import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHarness } from './internal-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const sha256 = (secret: string) => hash('sha256', secret, 'hex');

function find(body: object, token?: string) {
  return harness.call('POST', '/v1/keys/find', {
    body,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
}

test('finds the key of each secret that it has or had, with the state of the secret', async () => {
  const { id, secret: first } = await harness.createKey({ name: 'leaked' });
  const { json: second } = await harness.call('POST', `/v1/keys/${id}/rotate`, { body: { overlap: '24h' } });
  const old = await find({ digest: sha256(first) });
  expect([old.status, old.headers.etag]).toEqual([200, '"2"']);
  expect(old.json).toMatchObject({ id, name: 'leaked', foundSecret: { status: 'superseded' } });
  const upper = await find({ digest: sha256(second.secret).toUpperCase() });
  expect(upper.json).toMatchObject({ id, foundSecret: { status: 'in_force', masked: second.masked } });
  const inBase64 = await find({ digest: hash('sha256', second.secret, 'base64') });
  expect(inBase64.json).toEqual(upper.json);
  await harness.call('PATCH', `/v1/keys/${id}/secrets/${old.json.foundSecret.id}`, { body: { endsIn: 'now' } });
  expect((await find({ digest: sha256(first) })).json.foundSecret.status).toBe('ended');
  await harness.call('DELETE', `/v1/keys/${id}`);
  expect((await find({ digest: sha256(first) })).json).toMatchObject({ id, status: 'revoked' });
});

test('no reply has the secret, and what is no digest is refused without being repeated', async () => {
  const { secret } = await harness.createKey();
  const found = await find({ digest: sha256(secret) });
  expect(found.text).not.toContain(secret);
  expect(found.text).not.toContain(sha256(secret));
  for (const body of [{ digest: secret }, { digest: '' }, { digest: 'zz'.repeat(32) }, {}, { secret }]) {
    const refused = await find(body);
    expect([refused.status, refused.json.code]).toEqual([400, 'invalid_input']);
    expect(refused.text).not.toContain(secret);
  }
});

test('a token finds what it reaches, and everything else is unknown', async () => {
  const { secret, org } = await harness.createKey();
  const unknown = await find({ digest: sha256('sk_live_unknown') });
  expect(unknown.status).toBe(404);
  const create = async (fields: object): Promise<string> =>
    (await harness.call('POST', '/v1/tokens', { body: { name: 'finder', may: 'admin', readOnly: true, ...fields } }))
      .json.token;
  const other = await harness.createOrg();
  for (const [fields, status] of [
    [{}, 200],
    [{ apis: ['classic'] }, 200],
    [{ org }, 200],
    [{ apis: ['palm'] }, 404],
    [{ org: other }, 404],
    [{ apis: ['classic'], org: other }, 404],
  ] as const) {
    const answer = await find({ digest: sha256(secret) }, await create(fields));
    expect([fields, answer.status]).toEqual([fields, status]);
    if (status === 404) expect(answer.text).toBe(unknown.text);
  }
  // Tokens are no keys.
  const token = await create({});
  expect((await find({ digest: sha256(token) })).text).toBe(unknown.text);
});
