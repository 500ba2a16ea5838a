// The overviews of a customer and of the operator: numbers of periods, what needs attention, and who sees what.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPastUsage, type PastUsage } from '../browser/past-usage.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let server: TestServer;
/** The operator, who also is an owner of `orgId`. */
let operator: ConsoleClient;
let viewer: ConsoleClient;
let orgId: string;
let otherId: string;
let key: { id: string };
let limited: { id: string };
let nowMs: number;

beforeAll(async () => {
  server = await startTestServer();
  ({ client: operator, orgId } = await makeOwner(server));
  otherId = (await operator.post('/api/operator/orgs', { name: 'Silent', kind: 'dealer' })).body.id;
  await operator.post(`/api/orgs/${orgId}/invitations`, { email: 'v@example.com', role: 'viewer' });
  viewer = new ConsoleClient(server);
  const token = await tokenInMail(server, 'v@example.com', 'accept-invitation');
  await viewer.post('/api/invitations/accept', { token, name: 'v', password });
  await viewer.signIn('v@example.com', password);

  const make = async (org: string, body: object) => (await operator.post(`/api/orgs/${org}/keys`, body)).body;
  key = await make(orgId, { api: 'classic', name: 'busy' });
  limited = await make(orgId, { api: 'classic', name: 'near', rateLimits: ['10/d'] });
  const refused = await make(orgId, { api: 'classic', name: 'refused' });
  await make(orgId, { api: 'palcards', name: 'blocked', addresses: [] });
  const other = await make(otherId, { api: 'classic', name: 'other' });

  nowMs = Date.now();
  const hour = nowMs - (nowMs % hourMs);
  const row = (hours: number, outcome: string, count: number, more: Partial<PastUsage> = {}): PastUsage => ({
    ...{ orgId, keyId: key.id, apiId: 'classic', environment: 'live', outcome, count },
    hourMs: hour - hours * hourMs,
    ...more,
  });
  addPastUsage(server, [
    row(0, 'allowed', 100, { billed: 90, statuses: { '2xx': 95, '5xx': 5 } }),
    row(0, 'upstream_failed', 20, { statuses: { none: 20 } }),
    row(0, 'rate_limited', 40),
    row(24, 'allowed', 50, { statuses: { '2xx': 50 } }),
    row(24 * 40, 'allowed', 7, { statuses: { '2xx': 7 } }),
    row(24 * 100, 'allowed', 1_000, { statuses: { '2xx': 1_000 } }),
    row(0, 'key_disabled', 10, { keyId: refused.id }),
    row(0, 'allowed', 9, { keyId: limited.id, statuses: { '2xx': 9 } }),
    row(24 * 9, 'allowed', 33, { orgId: otherId, keyId: other.id, statuses: { '2xx': 33 } }),
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());

test('the periods end now, and are compared with as much time up to the same hour', async () => {
  const { body, status } = await viewer.get(`/api/orgs/${orgId}/overview?environment=live`);
  expect(status).toBe(200);
  const [today, week, month] = body.periods;
  expect([today.days, week.days, month.days]).toEqual([1, 7, 30]);
  expect(today).toMatchObject({ count: 179, billed: 90, refused: 50, errors: 25 });
  expect(today.before).toMatchObject({ count: 50, refused: 0, errors: 0 });
  expect(week).toMatchObject({ count: 229, before: { count: 0 } });
  expect(month).toMatchObject({ count: 229, before: { count: 7 } });
  for (const { from, to, before } of body.periods) {
    expect(Date.parse(before.to)).toBeLessThanOrEqual(Date.parse(from));
    expect(Date.parse(to) - Date.parse(from)).toBe(Date.parse(before.to) - Date.parse(before.from));
  }
});

test('keys that need attention are named, each with its reason', async () => {
  const { body } = await operator.get(`/api/orgs/${orgId}/overview`);
  expect(body.keys).toBe(4);
  const kinds = Object.fromEntries(
    body.attention.map(({ kind, keys }: { kind: string; keys: { name: string }[] }) => [
      kind,
      keys.map(({ name }) => name),
    ]),
  );
  expect(kinds).toEqual({ blocked: ['blocked'], limit_hit: ['busy'], limit_near: ['near'], refused: ['refused'] });
  const near = body.attention.find(({ kind }: { kind: string }) => kind === 'limit_near').keys[0];
  expect(near).toMatchObject({ id: limited.id, count: 9, limit: '10/d', api: 'classic' });
  const test = await operator.get(`/api/orgs/${orgId}/overview?environment=test`);
  expect(test.body).toMatchObject({ keys: 0, attention: [], periods: [{ count: 0 }, { count: 0 }, { count: 0 }] });
});

test('changes are for those who may read the audit log, and another organization has no overview', async () => {
  const { body } = await operator.get(`/api/orgs/${orgId}/overview`);
  expect(body.changes[0]).toMatchObject({ action: 'key.created', targetName: 'blocked' });
  expect((await viewer.get(`/api/orgs/${orgId}/overview`)).body.changes).toBeNull();
  expect((await viewer.get(`/api/orgs/${otherId}/overview`)).status).toBe(404);
  expect((await viewer.get('/api/operator/overview')).status).toBe(404);
  expect((await viewer.get('/api/operator/usage')).status).toBe(404);
});

test('a zone that does not exist is named', async () => {
  for (const path of [`/api/orgs/${orgId}/overview`, '/api/operator/overview']) {
    const reply = await operator.get(`${path}?timeZone=Mars/Base`);
    expect(reply.body).toMatchObject({ status: 400, field: 'timeZone' });
  }
});

test('the operator sees all organizations: the largest, those with trouble, upstreams and nodes', async () => {
  await operator.post(`/api/operator/orgs/${otherId}/suspend`, undefined);
  const { body, status } = await operator.get('/api/operator/overview?timeZone=UTC');
  expect(status).toBe(200);
  expect(body.periods[1]).toMatchObject({ count: 229, before: { count: 33 } });
  expect(body.customers.data[0]).toMatchObject({ org: { id: orgId } });
  expect(
    body.organizations.map(({ kind, data }: { kind: string; data: { org: { id: string } }[] }) => [
      kind,
      data.map(({ org }) => org.id),
    ]),
  ).toEqual([
    ['suspended', [otherId]],
    ['errors', [orgId]],
    ['refused', [orgId]],
    ['silent', [otherId]],
  ]);
  expect(body.upstreams).toEqual([{ api: 'classic', environment: 'live', count: 179, failed: 20, serverErrors: 5 }]);
  expect(body.nodes).toHaveLength(1);
  expect(body.changes[0]).toMatchObject({ action: 'org.suspended', orgName: 'Silent' });
});

test('the operator asks about usage across organizations', async () => {
  const from = new Date(nowMs - 20 * dayMs).toISOString();
  const { body } = await operator.get(`/api/operator/usage?by=org&top=1&compare=before&from=${from}`);
  expect(body.data).toHaveLength(1);
  expect(body.data[0]).toMatchObject({ org: { id: orgId }, count: 229, before: { count: 7 } });
  expect(body.others).toMatchObject({ count: 33 });
  const byKey = await operator.get(`/api/operator/usage?by=key&org=${otherId}&from=${from}`);
  expect(byKey.body.data).toMatchObject([{ org: { id: otherId }, key: { name: 'other' }, count: 33 }]);
  expect((await operator.get('/api/operator/usage')).body.data).toMatchObject([{ count: 179 }]);
  expect((await operator.get('/api/operator/usage?by=day,key')).body).toMatchObject({ status: 400, field: 'by' });
});
