// Notifications from the change to the mail, over a real server, real SMTP and the session API.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { oneDayMs, oneHourMs } from '../../src/domain/durations.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail } from '../people/console-client.ts';
import { type SmtpReceiver, startSmtpReceiver } from '../people/smtp-receiver.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
    policy: { disable: true }
`;

let receiver: SmtpReceiver;
let server: TestServer;
let aheadMs: number;
beforeEach(async () => {
  aheadMs = 0;
  receiver = await startSmtpReceiver();
  server = await startTestServer({
    apis,
    extra: `mail: { from: "Miftah <keys@example.com>", smtp: { host: 127.0.0.1, port: ${receiver.port}, secure: false } }`,
    clock: { nowMs: () => Date.now() + aheadMs },
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  receiver.close();
});

async function mailWith(subject: string) {
  const find = () => receiver.mails.find((mail) => mail.subject.startsWith(subject));
  await expect.poll(find, { timeout: 30_000 }).toBeDefined();
  return find() as NonNullable<ReturnType<typeof find>>;
}

test('a change of the operator notifies the owner in the console and by mail, until they unsubscribe', async () => {
  const { client, orgId } = await makeOwner(server);
  const changed = await client.call('PATCH', '/api/session/settings', {
    body: { language: 'ar', timings: { key_change: 'at_once' } },
  });
  expect(changed.body).toMatchObject({ language: 'ar', digestHour: 8 });
  expect(changed.body.kinds).toContainEqual({ kind: 'key_change', timing: 'at_once' });
  const key = await server.createKey({ api: 'classic', org: orgId, name: 'Till' });
  const mail = await mailWith('أُنشئ مفتاح');
  expect(mail.to).toBe(ownerEmail);
  expect(mail.html).toContain('dir="rtl"');
  expect(mail.text).toContain('Till');
  expect(mail.text).toContain(`http://localhost:${server.publicPort}/orgs/${orgId}/keys/${key.id}`);
  expect(mail.text).not.toContain(key.secret);
  expect(mail.header('message-id')).toMatch(/^<ntf_[0-9A-Za-z]{22}@example\.com>$/);
  expect(mail.header('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
  const link = /^<http:\/\/localhost:\d+(\/unsubscribe\?token=[\w.-]+)>$/.exec(mail.header('list-unsubscribe'))?.[1];

  const list = await client.get(`/api/orgs/${orgId}/notifications`);
  expect(list.body).toMatchObject({
    data: [{ kind: 'key_change', type: 'key.created', readAt: null, subject: { id: key.id, name: 'Till' } }],
    unread: 1,
  });
  const read = await client.post(`/api/orgs/${orgId}/notifications/read`, { upTo: list.body.data[0].id });
  expect(read.body).toEqual({ unread: 0 });

  // A mail program: no cookie, no Origin, and a form.
  const stranger = new ConsoleClient(server);
  const shown = await stranger.get(link as string);
  expect(shown.text).toContain('<form method="post">');
  expect(shown.text).toContain('dir="rtl"');
  const kept = await client.get('/api/session/settings');
  expect(kept.body.kinds).toContainEqual({ kind: 'key_change', timing: 'at_once' });
  const form = { origin: null, 'content-type': 'application/x-www-form-urlencoded' };
  const ended = await stranger.call('POST', link as string, { body: 'List-Unsubscribe=One-Click', headers: form });
  expect(ended.status).toBe(200);
  const after = await client.get('/api/session/settings');
  expect(after.body.kinds).toContainEqual({ kind: 'key_change', timing: 'never' });
  expect(after.body.kinds).toContainEqual({ kind: 'key_expiry', timing: 'at_once' });
  const forged = await stranger.call('POST', `${link}A`, { headers: { origin: null } });
  expect(forged.status).toBe(404);
});

test('a person is not notified of their own change, and a daily summary has what others did', async () => {
  const { client, orgId } = await makeOwner(server);
  await client.call('PATCH', '/api/session/settings', { body: { timeZone: 'Asia/Hebron', digestHour: 9 } });
  const own = { api: 'classic', environment: 'live', name: 'Own' };
  expect((await client.post(`/api/orgs/${orgId}/keys`, own)).status).toBe(201);
  for (const name of ['Till', 'Kiosk']) await server.createKey({ api: 'classic', org: orgId, name });
  const { body } = await client.get(`/api/orgs/${orgId}/notifications`);
  expect(body.data.map(({ subject }: { subject: { name: string } }) => subject.name)).toEqual(['Kiosk', 'Till']);
  expect(receiver.mails).toEqual([]);
  aheadMs += oneDayMs + oneHourMs;
  const mail = await mailWith('Your daily summary');
  expect(mail.text).toContain('"Till"');
  expect(mail.text).toContain('"Kiosk"');
  expect(mail.text).not.toContain('"Own"');
  expect(mail.header('message-id')).toMatch(/^<day_[\w-]{22}@example\.com>$/);
});

test('wrong settings are named, and who is no member sees no notification', async () => {
  const { client, orgId } = await makeOwner(server);
  const zone = await client.call('PATCH', '/api/session/settings', { body: { timeZone: 'Mars/Base' } });
  expect([zone.status, zone.body.field]).toEqual([400, 'timeZone']);
  const timing = await client.call('PATCH', '/api/session/settings', { body: { timings: { key_change: 'hourly' } } });
  expect([timing.status, timing.body.field]).toEqual([400, 'timings.key_change']);
  const none = await client.post(`/api/orgs/${orgId}/notifications/read`, { ids: ['ntf_none'], upTo: 'ntf_none' });
  expect([none.status, none.body]).toEqual([200, { unread: 0 }]);
  const other = await server.createOrg();
  const foreign = await client.get(`/api/orgs/${other}/notifications`);
  const missing = await client.get('/api/orgs/org_none/notifications');
  // The first person is the operator, who may look, but is no member.
  expect([foreign.status, foreign.body.data]).toEqual([200, []]);
  expect(missing.body.data).toEqual([]);
});
