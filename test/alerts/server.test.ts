// Alerts of a whole server: a request, the end of its hour, the alert, and what people do about it.
import { once } from 'node:events';
import { get } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneHourMs } from '../../src/domain/durations.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: { live: [api.classic.localhost], test: [test.classic.localhost] }
    upstream: UPSTREAM
    policy: { disable: true }
`;

let aheadMs = 0;
let server: TestServer;
let operator: ConsoleClient;
beforeAll(async () => {
  server = await startTestServer({ apis, clock: { nowMs: () => Date.now() + aheadMs } });
  ({ client: operator } = await makeOwner(server));
});
afterAll(() => server[Symbol.asyncDispose]());

interface Alert {
  readonly id: string;
}

/** The alerts of an organization, as soon as there is one. */
async function untilAlert(path: string): Promise<readonly Alert[]> {
  for (;;) {
    const { data } = (await server.admin('GET', path)).body as { data: readonly Alert[] };
    if (data.length > 0) return data;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a live key at a test host raises an alert that people acknowledge and mute', async () => {
  const [org, other] = [await server.createOrg(), await server.createOrg()];
  const key = await server.createKey({ api: 'classic', org, name: 'Billing' });
  // The first round of a new installation begins with the hour that is open now.
  const place = () => server.server.miftah.storage.alerts.findPlace();
  while ((await place()).hourMs === 0) await new Promise((resolve) => setImmediate(resolve));
  const headers = { host: 'test.classic.localhost', authorization: `Bearer ${key.secret}` };
  const [reply] = await once(get({ port: server.publicPort, path: '/v1/users', headers }), 'response');
  reply.resume();
  await server.server.miftah.usage.flush();
  await server.server.miftah.denials.flush();
  aheadMs += 2 * oneHourMs;

  const [alert, ...others] = await untilAlert(`/v1/alerts?org=${org}`);
  expect(others).toEqual([]);
  const id = String(alert?.id);
  expect(alert).toMatchObject({
    ...{ rule: 'live_key_at_test', subject: { kind: 'key', id: key.id }, org, api: 'classic', hours: 1 },
    ...{ acknowledgedAt: null, mutedUntil: null, evidence: { counts: { denied: 1 } } },
  });
  const { fixes } = (await server.admin('GET', `/v1/alerts/${id}`)).body as { fixes: { operation: string }[] };
  expect(fixes).toContainEqual({ operation: 'revoke', method: 'DELETE', path: `/v1/keys/${key.id}`, body: null });
  expect(fixes).toContainEqual({
    ...{ operation: 'rotate', method: 'POST', path: `/v1/keys/${key.id}/rotate` },
    body: { overlap: '24h' },
  });

  const join = async (to: string, role: string) => {
    const email = `${role}-${to}@example.com`.toLowerCase();
    await operator.post(`/api/orgs/${to}/invitations`, { email, role });
    const token = await tokenInMail(server, email, 'accept-invitation');
    const client = new ConsoleClient(server);
    await client.post('/api/invitations/accept', { token, name: 'Amal', password });
    await client.signIn(email, password);
    return client;
  };
  const [admin, developer, stranger] = [
    await join(org, 'admin'),
    await join(org, 'developer'),
    await join(other, 'admin'),
  ];
  const path = `/api/orgs/${org}/alerts`;
  const shown = { id, key: { id: key.id, name: 'Billing', status: 'active' }, person: null };
  expect((await admin.call('GET', path)).body.data).toMatchObject([shown]);
  expect((await admin.call('GET', `/api/orgs/${org}/overview`)).body.openAlerts).toBe(1);
  expect((await developer.call('GET', `/api/orgs/${org}/overview`)).body.openAlerts).toBeNull();
  expect((await admin.call('GET', `/api/orgs/${org}/alert-rules`)).body.data).toEqual([
    'dormant_key_used',
    'live_key_at_test',
    'ended_key_used',
    'key_expires_soon',
  ]);
  expect((await developer.call('GET', `/api/orgs/${org}/alert-rules`)).status).toBe(403);
  expect((await admin.call('GET', `${path}/${id}`)).body.fixes.at(-1).path).toBe(`/api/orgs/${org}/keys/${key.id}`);
  expect((await developer.call('GET', path)).status).toBe(403);
  expect((await stranger.call('GET', path)).status).toBe(404);
  expect((await stranger.call('GET', `/api/orgs/${other}/alerts/${id}`)).status).toBe(404);
  expect((await operator.call('GET', `/api/orgs/${other}/alerts/${id}`)).status).toBe(404);
  expect((await stranger.post(`/api/orgs/${other}/alerts/${id}/acknowledge`, {})).status).toBe(404);
  const all = '/api/operator/alerts';
  expect((await operator.call('GET', all)).body.data).toMatchObject([{ ...shown, orgName: expect.any(String) }]);
  expect((await operator.call('GET', `${all}?org=${other}`)).body.data).toEqual([]);
  expect((await operator.call('GET', `${all}/${id}`)).body.fixes.at(-1).path).toBe(`/api/orgs/${org}/keys/${key.id}`);
  expect((await operator.call('GET', '/api/operator/overview')).body.openAlerts).toBe(1);
  for (const route of [all, `${all}/${id}`, '/api/operator/alert-rules'])
    expect((await admin.call('GET', route)).status).toBe(404);
  expect((await admin.post(`${path}/${id}/acknowledge`, {})).body.acknowledgedAt).not.toBeNull();
  const muted = await admin.post(`${path}/${id}/mute`, { for: '7d' });
  expect(Date.parse(muted.body.mutedUntil) - Date.now() - aheadMs).toBeGreaterThan(6 * 24 * oneHourMs);
  expect((await admin.post(`${path}/${id}/mute`, { for: 'now' })).body.mutedUntil).toBeNull();
  const { data } = (await admin.call('GET', `/api/orgs/${org}/audit?action=alert`)).body;
  expect(data.map(({ action }: { action: string }) => action)).toEqual([
    'alert.muted',
    'alert.muted',
    'alert.acknowledged',
  ]);
});

test('rules are switched and previewed by the operator alone', async () => {
  const { data } = (await server.admin('GET', '/v1/alert-rules')).body as { data: { id: string; on: boolean }[] };
  expect(data.filter(({ on }) => on).map(({ id }) => id)).toEqual([
    'dormant_key_used',
    'live_key_at_test',
    'ended_key_used',
    'key_expires_soon',
    'key_guessing',
  ]);
  const changed = await server.admin('PATCH', '/v1/alert-rules/volume_rise', { on: true, settings: { factor: 6 } });
  expect(changed.body).toMatchObject({ id: 'volume_rise', on: true });
  const { body: audit } = await server.admin('GET', '/v1/audit?limit=1');
  expect(audit.data).toMatchObject([{ action: 'alert.rule_changed', before: { isOn: false }, after: { isOn: true } }]);
  const refused = await server.admin('PATCH', '/v1/alert-rules/volume_rise', { settings: { factor: 1 } });
  expect([refused.status, refused.body]).toMatchObject([
    400,
    { code: 'invalid_input', field: 'settings.factor', detail: expect.stringContaining('from 2 to 100') },
  ]);
  const unknown = await server.admin('PATCH', '/v1/alert-rules/volume_rise', { settings: { facto: 3 } });
  expect(unknown.body).toMatchObject({ field: 'settings.facto', detail: expect.stringContaining('factor') });
  expect((await server.admin('PATCH', '/v1/alert-rules/volumes', { on: true })).body).toMatchObject({
    code: 'not_found',
  });
  const preview = await server.admin('POST', '/v1/alert-rules/live_key_at_test/preview', {});
  expect([preview.status, preview.body]).toMatchObject([200, { alerts: 0, subjects: 0, keysReplayed: 0, keysUsed: 0 }]);
  const rulePath = '/api/operator/alert-rules/volume_rise';
  expect((await operator.call('PATCH', rulePath, { body: { on: false } })).body).toMatchObject({ on: false });
  const changedRule = (await operator.call('GET', '/api/operator/alert-rules')).body.data.find(
    ({ id }: { id: string }) => id === 'volume_rise',
  );
  expect(changedRule).toMatchObject({
    on: false,
    settings: expect.arrayContaining([expect.objectContaining({ value: 6 })]),
  });
  const previewed = await operator.post(`${rulePath}/preview`, { settings: { factor: 7 } });
  expect([previewed.status, previewed.body]).toMatchObject([200, { alerts: 0, latest: [] }]);
  const token = (await server.admin('POST', '/v1/tokens', { name: 'some', may: 'admin', apis: ['classic'] })).body;
  const asToken = (path: string) =>
    fetch(`http://127.0.0.1:${server.internalPort}${path}`, { headers: { authorization: `Bearer ${token.token}` } });
  expect((await asToken('/v1/alerts')).status).toBe(403);
  expect((await asToken('/v1/alerts?api=classic')).status).toBe(200);
  expect((await asToken('/v1/alert-rules')).status).toBe(403);
});
