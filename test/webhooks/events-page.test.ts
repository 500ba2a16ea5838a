// docs/reference/events.md has an example of each type of event, of the form that a receiver really gets.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneDayMs, oneHourMs } from '../../src/domain/durations.ts';
import { eventTypes } from '../../src/domain/webhook-event.ts';
import { callApi } from '../browser/calls.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, password, tokenInMail } from '../people/console-client.ts';
import { openReceiver, type Receiver } from './receiver.ts';

type Body = Receiver['received'][number]['event'];

const page = readFileSync(new URL('../../docs/reference/events.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n([^`]+)\n```/g)].map(([, text]) => JSON.parse(text as string) as Body);

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
    policy: { disable: true }
    importedKeys: { algorithm: sha256, minLength: 20, maxLength: 60 }
`;

/** The clock goes on, so that an attempt that a busy machine fails is repeated. */
let aheadMs = 0;
const nowMs = () => Date.now() + aheadMs;
let server: TestServer;
let receiver: Receiver;
/** It wants no more. */
let gone: Receiver;
beforeAll(async () => {
  [server, receiver, gone] = await Promise.all([
    startTestServer({ apis, extra: 'webhooks: { allow: [127.0.0.1] }', clock: { nowMs } }),
    openReceiver(),
    openReceiver(),
  ]);
});
afterAll(async () => {
  await Promise.all([receiver.close(), gone.close()]);
  await server[Symbol.asyncDispose]();
});

/** The names of members, and the kind of each value. Of an empty list or null, the kind is open. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, formOf(each)]));
}

test('each type has one example, in the order of the types, with its meaning', () => {
  expect(examples.map(({ type }) => type)).toEqual(Object.keys(eventTypes));
  for (const [type, meaning] of Object.entries(eventTypes)) expect(page).toContain(`## ${type}\n\n${meaning}`);
});

test('real events have the form of the examples', async () => {
  const { client, orgId: first } = await makeOwner(server);
  const { id: webhook } = (await server.admin('POST', '/v1/webhooks', { name: 'all', url: receiver.url })).body;
  const change = async (method: string, path: string, body?: unknown) => {
    const answer = await server.admin(method, path, body ?? {});
    expect([200, 201, 202], JSON.stringify(answer.body)).toContain(answer.status);
  };
  const org = await server.createOrg();
  const keyOf = (days: number) =>
    server.createKey({ api: 'classic', org, expiresAt: new Date(nowMs() + days * oneDayMs).toISOString() });
  const { id: key } = await keyOf(300);
  const expiring = await keyOf(8);
  const used = await server.createKey({ api: 'classic', org: first });
  const host = 'api.classic.localhost';
  const callWith = (secret: string) =>
    callApi(server, { host, path: '/v1/users', headers: { host, authorization: `Bearer ${secret}` } });
  await callWith(used.secret);
  const digest = createHash('sha256').update('an imported secret, long enough').digest('hex');
  await change('POST', '/v1/import', {
    api: 'classic',
    rows: [{ digest, algorithm: 'sha256', name: 'old', org: first }],
  });
  gone.answer = 410;
  const refusing = await server.admin('POST', '/v1/webhooks', { name: 'gone', org: first, url: gone.url });
  await change('POST', `/v1/webhooks/${refusing.body.id}/test`);
  await change('PATCH', `/v1/keys/${key}`, { name: 'Kiosk' });
  await change('POST', `/v1/keys/${key}/rotate`, { overlap: '1h' });
  for (const how of ['disable', 'enable']) await change('POST', `/v1/keys/${key}/${how}`);
  await change('POST', `/v1/keys/${expiring.id}/transfer`, { org: first });
  await change('DELETE', `/v1/keys/${key}`);
  await change('PATCH', `/v1/orgs/${org}`, { name: 'Amal Ltd' });
  for (const how of ['suspend', 'resume']) await change('POST', `/v1/orgs/${org}/${how}`);
  const has = (type: string) => receiver.received.some(({ event }) => event.type === type);
  // The deletion erases what was not sent yet.
  const later = /^(organization\.deleted|webhook\.|alert\.|member\.|key\.(expir|unused))/;
  await receiver.until(() => Object.keys(eventTypes).every((type) => later.test(type) || has(type)));
  await change('DELETE', `/v1/orgs/${org}`);
  await change('POST', `/v1/webhooks/${webhook}/test`);
  gone.answer = 410;
  await server.admin('POST', '/v1/webhooks', { name: 'gone', url: gone.url, org: first });
  await change('PATCH', `/v1/orgs/${first}`, { name: 'Badr Ltd' });

  const email = 'badr@example.com';
  await client.post(`/api/orgs/${first}/invitations`, { email, role: 'developer' });
  const token = await tokenInMail(server, email, 'accept-invitation');
  const accepted = await new ConsoleClient(server).post('/api/invitations/accept', { token, name: 'Badr', password });
  const member = `/api/orgs/${first}/members/${accepted.body.person.id}`;
  expect((await client.call('PATCH', member, { body: { role: 'viewer' } })).status).toBe(200);
  expect((await client.call('DELETE', member)).status).toBe(200);

  // The sender looks for expiring keys once a minute of the clock.
  aheadMs += 1.5 * oneDayMs;
  await receiver.until(() => has('key.expiring'));
  await callWith(expiring.secret);
  await server.server.miftah.usage.flush();
  // The hour closes, and its rules are evaluated.
  aheadMs += 2 * oneHourMs;
  await receiver.until(() => has('alert.raised'));
  aheadMs += 8 * oneDayMs;
  await receiver.until(() => has('key.expired'));
  aheadMs += 91 * oneDayMs;
  await receiver.until(() => Object.keys(eventTypes).every(has));

  for (const example of examples) {
    const real = receiver.received.find(({ event }) => event.type === example.type)?.event;
    expect([example.type, formOf(example)]).toEqual([example.type, formOf(real)]);
  }
  const sent = JSON.stringify(receiver.received.map(({ body }) => body));
  expect(sent).not.toMatch(/badr@example\.com|sk_live_[A-Za-z0-9]{20}/);
});
