// Every route of the session API with an id, called by a person of another organization: nothing leaks or changes.
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';
import { raiseAlert } from '../raise-alert.ts';
import {
  type ApiDocument,
  type Caller,
  expectNoLeak,
  listOwnCalls,
  listTenantCases,
  openDump,
} from './tenant-cases.ts';

let server: TestServer;
let operator: ConsoleClient;
let document: ApiDocument;
let database: ReturnType<typeof openDump>;

beforeAll(async () => {
  server = await startTestServer({ apis: fiveApis.replace('    policy:\n', '    policy:\n      disable: true\n') });
  ({ client: operator } = await makeOwner(server));
  document = (await operator.get('/api/openapi.json')).body;
  database = openDump(join(server.folder, 'data', 'miftah.db'));
});
afterAll(async () => {
  database.close();
  await server[Symbol.asyncDispose]();
});

/** An organization with a signed-in owner, a key that was refused once, and an open invitation. */
async function createTenant(name: string) {
  const org = await server.createOrg();
  const email = `${name}@example.com`;
  await operator.post(`/api/orgs/${org}/invitations`, { email, role: 'owner' });
  const client = new ConsoleClient(server);
  const token = await tokenInMail(server, email, 'accept-invitation');
  const accepted = await client.post('/api/invitations/accept', { token, name, password });
  expect((await client.signIn(email, password)).status).toBe(200);
  const key = await server.createKey({ api: 'palm', org, name: `key of ${name}` });
  const invited = await operator.post(`/api/orgs/${org}/invitations`, {
    email: `guest-of-${name}@example.com`,
    role: 'viewer',
  });
  const refused = await sendRaw(server.publicPort, 'POST /v1/verifications', {
    host: 'api.palm.localhost',
    authorization: `Bearer ${key.secret}`,
  });
  expect(refused).toBe(403);
  const fields = { name: `of ${name}`, url: 'https://hooks.invalid/', types: ['member.added'] };
  const webhook = await client.post(`/api/orgs/${org}/webhooks`, fields);
  expect(webhook.status).toBe(201);
  await client.post(`/api/orgs/${org}/webhooks/${webhook.body.id}/test`);
  const deliveries = await findDeliveries(client, `/api/orgs/${org}/webhooks/${webhook.body.id}`);
  return {
    client,
    org,
    webhook: webhook.body.id as string,
    delivery: deliveries[0]?.id as string,
    denial: await findDenial(client, org),
    secretId: await supersede(client, org, key.id),
    key: key.id,
    secret: key.secret,
    person: accepted.body.person.id as string,
    invitation: invited.body.id as string,
  };
}

async function sendRaw(port: number, line: string, headers: Record<string, string>): Promise<number> {
  const [method, path] = line.split(' ') as [string, string];
  const req = request({ host: '127.0.0.1', port, method, path, headers, agent: false }).end();
  const [res] = await once(req, 'response');
  res.resume();
  return res.statusCode;
}

/** The deliveries of the webhook, when all have ended: an attempt that ends later would change the database. */
async function findDeliveries(client: ConsoleClient, webhook: string): Promise<readonly { readonly id: string }[]> {
  for (;;) {
    const waiting = await client.get(`${webhook}/deliveries?status=waiting`);
    if (waiting.body.data.length === 0) return (await client.get(`${webhook}/deliveries`)).body.data;
  }
}

/** The id of the organization's denial, which may not be stored yet. */
async function findDenial(client: ConsoleClient, org: string): Promise<string> {
  for (;;) {
    const { body } = await client.get(`/api/orgs/${org}/denials`);
    if (body.data.length > 0) return body.data[0].id;
  }
}

/** The id of a new alert about the key. */
function raiseAlertOf({ org, key }: { readonly org: string; readonly key: string }): Promise<string> {
  return raiseAlert(server.server.miftah.storage, { subject: { kind: 'key', id: key }, orgId: org, apiId: 'palm' });
}

/** The id of the key's first secret, now superseded. */
async function supersede(client: ConsoleClient, org: string, key: string): Promise<string> {
  const path = `/api/orgs/${org}/keys/${key}`;
  expect((await client.post(`${path}/rotate`, { overlap: '24h' })).status).toBe(200);
  const { body } = await client.get(`${path}/secrets`);
  return body.data[1].id;
}

test('another organization’s owner, and someone without a session, learn and change nothing', {
  timeout: 120_000,
}, async () => {
  const mine = await createTenant('mine');
  const theirs = await createTenant('canary');
  const options = {
    ids: {
      apis: { own: 'classic' },
      orgs: { own: mine.org, foreign: [theirs.org] },
      keys: { own: mine.key, foreign: [theirs.key] },
      members: { own: mine.person, foreign: [theirs.person] },
      people: { own: mine.person, foreign: [theirs.person] },
      invitations: { own: mine.invitation, foreign: [theirs.invitation] },
      secrets: { own: mine.secretId, foreign: [theirs.secretId] },
      denials: { own: mine.denial, foreign: [theirs.denial] },
      webhooks: { own: mine.webhook, foreign: [theirs.webhook] },
      deliveries: { own: mine.delivery, foreign: [theirs.delivery] },
      alerts: { own: await raiseAlertOf(mine), foreign: [await raiseAlertOf(theirs)] },
      'alert-rules': { own: 'volume_rise', foreign: [theirs.key] },
    },
    samples: { email: 'nobody@example.com', name: 'taken over', api: 'palm', for: '1h' },
    bodyIds: { org: 'orgs' },
  };
  const call: Caller = (method, path, body) => mine.client.call(method, path, body === undefined ? {} : { body });
  const cases = listTenantCases(document, options);
  expect(cases.length).toBeGreaterThan(400);
  const canaries = [
    'canary',
    theirs.secret,
    theirs.key,
    theirs.person,
    theirs.invitation,
    theirs.org,
    theirs.denial,
    theirs.webhook,
  ];
  await expectNoLeak(cases, call, { dump: database.dump, canaries });

  const before = database.dump();
  const stranger = new ConsoleClient(server);
  const ownCalls = listOwnCalls(document, options);
  for (const { method, path, body } of ownCalls) {
    const { status, text } = await stranger.call(method, path, body === undefined ? {} : { body });
    expect(status, `${method} ${path} ${text}`).toBe(401);
  }
  expect(database.dump()).toBe(before);

  // The same calls by their owner succeed.
  for (const { method, path, body } of ownCalls) {
    const { status, text } = await call(method, path, body);
    expect([400, 401, 500], `${method} ${path} ${text}`).not.toContain(status);
  }
  expect(database.dump()).not.toBe(before);
});
