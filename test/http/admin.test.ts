// The admin API's routes for organizations, rotation, disabling, transfer, search and audit.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openHarness, startMs, token } from './internal-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;

beforeAll(async () => {
  harness = await openHarness({ classic: { canDisable: true } });
});
afterAll(() => harness.close());
beforeEach(() => harness.clock.set(startMs));

type Answer = Awaited<ReturnType<typeof harness.call>>;

function expectProblem(answer: Answer, status: number, code: string, field?: string): void {
  expect(answer.json).toMatchObject({ status, code, detail: expect.stringMatching(/\w/) });
  expect([answer.status, answer.json.field]).toEqual([status, field]);
}

const verify = async (api: string, secret: string): Promise<string> =>
  (await harness.call('POST', '/v1/verify', { body: { api, secret, clientIp: '203.0.113.7' } })).json.reason ??
  'allowed';

describe('every reply', () => {
  test('has a request id, a new one or that of the request', async () => {
    const { id } = await harness.createKey();
    const answers = [
      await harness.call('GET', `/v1/keys/${id}`),
      await harness.call('GET', '/v1/keys/none'),
      await harness.call('GET', '/nothing'),
      await harness.call('GET', '/v1/keys', { headers: { authorization: undefined } }),
      await harness.call('GET', '/healthz', { headers: { origin: 'https://a.test' } }),
      await harness.call('POST', '/v1/orgs', { body: '{' }),
      await harness.call('POST', '/v1/verify', { body: { api: 'classic' } }),
      await harness.call('POST', '/v1/verify', { body: {} }),
    ];
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    for (const each of ids) expect(each).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(answers.length);
    const given = await harness.call('GET', '/v1/orgs', { headers: { 'x-request-id': 'trace-7' } });
    expect(given.headers['x-request-id']).toBe('trace-7');
  });
});

describe('organizations', () => {
  test('change their name and kind, with an audit entry', async () => {
    const id = await harness.createOrg();
    const patch = (body: object) => harness.call('PATCH', `/v1/orgs/${id}`, { body });
    expect((await patch({ name: ' Nablus Cards ', kind: 'dealer' })).json).toMatchObject({
      id,
      name: 'Nablus Cards',
      kind: 'dealer',
      status: 'active',
    });
    expect((await harness.call('GET', `/v1/orgs/${id}`)).json.name).toBe('Nablus Cards');
    expect((await patch({ kind: 'dealer' })).status).toBe(200);
    expect((await patch({})).status).toBe(200);
    const { data } = (await harness.call('GET', `/v1/audit?target=${id}`)).json;
    expect(data.map(({ action, before, after }: Record<string, unknown>) => [action, before, after])).toEqual([
      ['org.updated', { name: 'Acme', kind: 'standard' }, { name: 'Nablus Cards', kind: 'dealer' }],
      ['org.created', null, { name: 'Acme', kind: 'standard' }],
    ]);
  });

  test('refuse invalid names, kinds and members', async () => {
    const id = await harness.createOrg();
    const patch = (body: object) => harness.call('PATCH', `/v1/orgs/${id}`, { body });
    expectProblem(await patch({ name: '' }), 400, 'invalid_input', 'name');
    expectProblem(await patch({ kind: 'Big Dealer' }), 400, 'invalid_input', 'kind');
    expectProblem(await patch({ status: 'suspended' }), 400, 'invalid_input', 'status');
    expectProblem(await harness.call('PATCH', '/v1/orgs/org_none', { body: { name: 'x' } }), 404, 'not_found');
  });

  test('keep their kind while they have keys that need it', async () => {
    const { id: key, org } = await harness.createKey({ api: 'palcards' });
    const patch = () => harness.call('PATCH', `/v1/orgs/${org}`, { body: { kind: 'standard' } });
    expectProblem(await patch(), 409, 'org_kind_in_use', 'kind');
    await harness.call('DELETE', `/v1/keys/${key}`);
    expect((await patch()).json.kind).toBe('standard');
  });
});

describe('keys', () => {
  test('are disabled and enabled on the revision that was read', async () => {
    const { id, secret } = await harness.createKey();
    const post = (verb: string, match?: string) =>
      harness.call('POST', `/v1/keys/${id}/${verb}`, { headers: { 'if-match': match } });
    const disabled = await post('disable', '"1"');
    expect([disabled.status, disabled.json.status, disabled.headers.etag]).toEqual([200, 'disabled', '"2"']);
    expect(disabled.json.disabledAt).toBe('2026-01-01T12:00:00.000Z');
    expect(await verify('classic', secret)).toBe('key_disabled');
    expectProblem(await post('enable', '"1"'), 412, 'revision_mismatch');
    expectProblem(await post('enable', 'W/"2"'), 400, 'invalid_input', 'If-Match');
    expect((await post('disable')).json.revision).toBe(2);
    expect((await post('enable', '"2"')).json).toMatchObject({ status: 'active', disabledAt: null, revision: 3 });
    expect(await verify('classic', secret)).toBe('allowed');
    const fixed = await harness.createKey({ api: 'palcards' });
    expectProblem(await harness.call('POST', `/v1/keys/${fixed.id}/disable`), 409, 'disabling_not_supported');
  });

  test('are rotated and revoked on the revision that was read', async () => {
    const { id } = await harness.createKey();
    const stale = { headers: { 'if-match': '"7"' } };
    expectProblem(await harness.call('POST', `/v1/keys/${id}/rotate`, stale), 412, 'revision_mismatch');
    expectProblem(await harness.call('DELETE', `/v1/keys/${id}`, stale), 412, 'revision_mismatch');
    const rotated = await harness.call('POST', `/v1/keys/${id}/rotate`, { headers: { 'if-match': '"1"' } });
    expect([rotated.status, rotated.headers.etag]).toEqual([200, '"2"']);
    const revoked = await harness.call('DELETE', `/v1/keys/${id}`, { headers: { 'if-match': '"2"' } });
    expect([revoked.json.status, revoked.headers.etag]).toEqual(['revoked', `"${revoked.json.revision}"`]);
  });

  test('are transferred to another organization that may have them', async () => {
    const { id, org, secret } = await harness.createKey();
    const other = await harness.createOrg();
    const transfer = (to: string, match?: string) =>
      harness.call('POST', `/v1/keys/${id}/transfer`, { body: { org: to }, headers: { 'if-match': match } });
    expectProblem(await transfer(other, '"9"'), 412, 'revision_mismatch');
    expectProblem(await transfer('org_none'), 400, 'invalid_input', 'org');
    const moved = await transfer(other, '"1"');
    expect([moved.status, moved.json.org, moved.headers.etag]).toEqual([200, other, '"2"']);
    expect((await harness.call('GET', `/v1/keys?org=${org}`)).json.data).toEqual([]);
    await harness.call('POST', `/v1/orgs/${other}/suspend`);
    expect(await verify('classic', secret)).toBe('org_suspended');
    const dealerKey = await harness.createKey({ api: 'palcards' });
    const wrong = await harness.call('POST', `/v1/keys/${dealerKey.id}/transfer`, {
      body: { org: await harness.createOrg() },
    });
    expectProblem(wrong, 409, 'org_kind_not_allowed', 'org');
  });

  test('are found by name, id and masked secret', async () => {
    const key = await harness.createKey({ name: 'Nightly Billing 50%' });
    await harness.createKey({ name: 'Nightly Billing 500' });
    const find = async (search: string) =>
      (await harness.call('GET', `/v1/keys?search=${encodeURIComponent(search)}`)).json.data.map(
        ({ id }: { id: string }) => id,
      );
    for (const text of ['billing 50%', key.id, key.secret.slice(-4), key.secret.slice(8, 12)]) {
      expect(await find(text)).toEqual([key.id]);
    }
    expect(await find('no such key')).toEqual([]);
    expectProblem(await harness.call('GET', '/v1/keys?search='), 400, 'invalid_input', 'search');
  });
});

describe('secrets', () => {
  test('are listed with their uses, and their end can be moved', async () => {
    const { id, secret, masked } = await harness.createKey();
    const list = async () => (await harness.call('GET', `/v1/keys/${id}/secrets`)).json;
    expect(await list()).toEqual({
      data: [
        {
          id: expect.stringMatching(/^sec_[0-9a-f]{16}$/),
          masked,
          createdAt: '2026-01-01T12:00:00.000Z',
          status: 'in_force',
          endsAt: null,
          useCount: 0,
          lastUsedAt: null,
          lastUsedAddress: null,
        },
      ],
      nextCursor: null,
    });
    await harness.call('POST', `/v1/keys/${id}/rotate`, { body: { overlap: '24h' } });
    expect(await verify('classic', secret)).toBe('allowed');
    await harness.call('GET', '/v1/usage');
    const [inForce, old] = (await list()).data;
    expect([inForce.status, inForce.endsAt, inForce.useCount]).toEqual(['in_force', null, 0]);
    expect(old).toMatchObject({
      masked,
      status: 'superseded',
      endsAt: '2026-01-02T12:00:00.000Z',
      useCount: 1,
      lastUsedAt: '2026-01-01T12:00:00.000Z',
      lastUsedAddress: '203.0.113.7',
    });

    const end = (secretId: string, endsIn: unknown, match?: string) =>
      harness.call('PATCH', `/v1/keys/${id}/secrets/${secretId}`, { body: { endsIn }, headers: { 'if-match': match } });
    expect((await end(old.id, '7d')).json).toMatchObject({ id: old.id, endsAt: '2026-01-08T12:00:00.000Z' });
    expect((await end(old.id, 'until_ended')).json).toMatchObject({ status: 'superseded', endsAt: null });
    expectProblem(await end(old.id, 'soon'), 400, 'invalid_input', 'endsIn');
    expectProblem(await end(old.id, 7), 400, 'invalid_input', 'endsIn');
    expectProblem(await end(old.id, 'now', '"1"'), 412, 'revision_mismatch');
    expectProblem(await end(inForce.id, 'now'), 409, 'secret_in_force');
    expectProblem(await end('sec_none', 'now'), 404, 'not_found');
    expect((await end(old.id, 'now', '"2"')).json).toMatchObject({ status: 'ended' });
    expect(await verify('classic', secret)).not.toBe('allowed');
    expectProblem(await end(old.id, '7d'), 409, 'secret_ended');
  });

  test('of a key that does not exist are not found', async () => {
    expectProblem(await harness.call('GET', '/v1/keys/key_none/secrets'), 404, 'not_found');
    const other = await harness.createKey();
    const { data } = (await harness.call('GET', `/v1/keys/${other.id}/secrets`)).json;
    const { id } = await harness.createKey();
    const path = `/v1/keys/${id}/secrets/${data[0].id}`;
    expectProblem(await harness.call('PATCH', path, { body: { endsIn: 'now' } }), 404, 'not_found');
  });
});

describe('the audit log', () => {
  test('records who changed what, from where, in which request', async () => {
    const org = await harness.createOrg();
    const headers = { 'x-request-id': 'request-1' };
    const body = { api: 'classic', org, name: 'server' };
    const { json: key } = await harness.call('POST', '/v1/keys', { body, headers });
    const { json } = await harness.call('GET', `/v1/audit?target=${key.id}`);
    expect(json).toEqual({
      data: [
        {
          seq: expect.any(Number),
          at: '2026-01-01T12:00:00.000Z',
          actor: { kind: 'operator', id: null, label: 'operator token' },
          via: 'admin_api',
          address: '127.0.0.1',
          requestId: 'request-1',
          action: 'key.created',
          target: { kind: 'key', id: key.id },
          org,
          before: null,
          after: expect.objectContaining({ name: 'server', masked: key.masked }),
          erased: [],
          previousHash: expect.stringMatching(/^[0-9a-f]{64}$/),
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      ],
      isOlderArchived: false,
      keptFrom: null,
      nextCursor: null,
    });
    expect(JSON.stringify(json)).not.toContain(key.secret);
    expect(JSON.stringify(json)).not.toContain(token);
  });

  test('is filtered and read page by page', async () => {
    const { id, org } = await harness.createKey();
    await harness.call('POST', `/v1/keys/${id}/disable`);
    await harness.call('POST', `/v1/keys/${id}/enable`);
    const actions = async (query: string) =>
      (await harness.call('GET', `/v1/audit?${query}`)).json.data.map(({ action }: { action: string }) => action);
    expect(await actions(`org=${org}`)).toEqual(['key.enabled', 'key.disabled', 'key.created', 'org.created']);
    expect(await actions(`org=${org}&action=org`)).toEqual(['org.created']);
    expect(await actions(`org=${org}&action=key.disabled`)).toEqual(['key.disabled']);
    expect(await actions(`org=${org}&actor=nobody`)).toEqual([]);
    const first = (await harness.call('GET', `/v1/audit?org=${org}&limit=3`)).json;
    expect(await actions(`org=${org}&limit=3&cursor=${first.nextCursor}`)).toEqual(['org.created']);
    expectProblem(await harness.call('GET', '/v1/audit?cursor=x'), 400, 'cursor_invalid', 'cursor');
    expectProblem(await harness.call('GET', '/v1/audit?orgs=x'), 400, 'invalid_input', 'orgs');
    expectProblem(await harness.call('DELETE', '/v1/audit'), 405, 'method_not_allowed');
  });
});
