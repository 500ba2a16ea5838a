// Every route of the admin API with an id, called with wrong, deleted and mismatched ids: nothing leaks or changes.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemOrgId } from '../../src/domain/token.ts';
import { raiseAlert } from '../raise-alert.ts';
import { openHarness } from './internal-harness.ts';
import {
  type ApiDocument,
  type Caller,
  expectNoLeak,
  listOwnCalls,
  listTenantCases,
  openDump,
} from './tenant-cases.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;
let call: Caller;
let document: ApiDocument;
let database: ReturnType<typeof openDump>;

beforeEach(async () => {
  harness = await openHarness({ classic: { canDisable: true } });
  call = (method, path, body) => harness.call(method, path, { body });
  document = (await harness.call('GET', '/openapi.json')).json;
  database = openDump(join(harness.folder, 'miftah.db'));
});
afterEach(async () => {
  database.close();
  await harness.close();
});

/** A rotated key with the id of its old secret. */
async function createRotated(name: string) {
  const key = await harness.createKey({ name });
  await harness.call('POST', `/v1/keys/${key.id}/rotate`);
  const [, old] = (await harness.call('GET', `/v1/keys/${key.id}/secrets`)).json.data;
  return { ...key, oldSecretId: old.id as string };
}

test('the operator learns and changes nothing by a wrong id', async () => {
  const key = await createRotated('mine');
  const other = await createRotated('canary-name');
  const revoked = await harness.createKey({ name: 'gone' });
  await harness.call('DELETE', `/v1/keys/${revoked.id}`);
  const person = { id: 'per_own', name: 'Amal', email: 'amal@example.com', emailVerified: true };
  await harness.storage.people.createPerson(person, 'hash', Date.now());
  const createToken = async (): Promise<{ id: string; token: string }> =>
    (await harness.call('POST', '/v1/tokens', { body: { name: 'CI', may: 'admin' } })).json;
  const [token, endedToken] = [await createToken(), await createToken()];
  await harness.call('DELETE', `/v1/tokens/${endedToken.id}`);
  const createWebhook = async (): Promise<{ id: string; delivery: string }> => {
    const body = { name: 'CI', url: 'https://hooks.invalid/' };
    const { id } = (await harness.call('POST', '/v1/webhooks', { body })).json;
    await harness.call('POST', `/v1/webhooks/${id}/test`);
    const [delivery] = (await harness.call('GET', `/v1/webhooks/${id}/deliveries`)).json.data;
    return { id, delivery: delivery.id };
  };
  const [webhook, otherWebhook] = [await createWebhook(), await createWebhook()];
  const about = { subject: { kind: 'key', id: key.id }, orgId: key.org, apiId: 'classic' } as const;
  const alertId = await raiseAlert(harness.storage, about);
  const options = {
    ids: {
      alerts: { own: alertId, foreign: [key.id] },
      'alert-rules': { own: 'volume_rise', foreign: [key.id] },
      webhooks: { own: webhook.id, foreign: [key.id, token.id] },
      deliveries: { own: webhook.delivery, foreign: [otherWebhook.delivery, key.id] },
      apis: { own: 'classic', foreign: ['nope'] },
      orgs: { own: key.org, foreign: [key.id, systemOrgId] },
      people: { own: person.id, foreign: [key.id] },
      tokens: { own: token.id, foreign: [key.id, key.org], deleted: [endedToken.id] },
      keys: { own: key.id, foreign: [key.org, key.oldSecretId, token.id], deleted: [revoked.id] },
      secrets: { own: key.oldSecretId, foreign: [other.oldSecretId, key.id] },
    },
    samples: {
      name: 'taken over',
      api: 'classic',
      url: 'https://hooks.invalid/',
      types: ['key.revoked'],
      for: '1h',
      on: true,
    },
    bodyIds: { org: 'orgs' },
  };
  const cases = listTenantCases(document, options);
  // A key and a secret that both exist, but do not belong together.
  const mixed = {
    method: 'PATCH',
    path: `/v1/keys/${other.id}/secrets/${key.oldSecretId}`,
    body: { endsIn: 'now' },
    expected: 'absent',
  } as const;
  const withIds = Object.keys(document.paths ?? {}).filter((path) => path.includes('{'));
  expect(withIds.length).toBeGreaterThanOrEqual(11);
  for (const path of withIds) {
    const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '.*')}$`);
    expect(
      cases.some((each) => pattern.test(each.path)),
      path,
    ).toBe(true);
  }
  const canaries = ['canary-name', token.token, other.secret, key.secret, revoked.secret];
  await expectNoLeak([...cases, mixed], call, { dump: database.dump, canaries });
  expect(harness.faults).toEqual([]);

  // The same calls with the right ids succeed, and change what they should.
  const before = database.dump();
  // Deletions last: nothing is left of a deleted webhook.
  const isDeletion = ({ method }: { readonly method: string }) => Number(method === 'DELETE');
  const ownCalls = listOwnCalls(document, options).toSorted((a, b) => isDeletion(a) - isDeletion(b));
  for (const { method, path, body } of ownCalls) {
    const { status, text } = await call(method, path, body);
    expect([400, 404, 500], `${method} ${path} ${text}`).not.toContain(status);
  }
  expect(database.dump()).not.toBe(before);
});
