// The operator's test mail: the server's answer, for the operator only, without secrets, and limited in number.
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password } from './console-client.ts';
import { type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts';

const path = '/api/operator/mail-test';

let server: TestServer;
let smtp: SmtpReceiver;
let operator: ConsoleClient;

beforeAll(async () => {
  smtp = await startSmtpReceiver();
  server = await startTestServer({ extra: mailTo(smtp.port) });
  ({ client: operator } = await makeOwner(server));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  smtp.close();
});

function mailTo(port: number, more = ''): string {
  return `mail: { from: "Keys <keys@example.com>", smtp: { host: 127.0.0.1, port: ${port}${more} } }`;
}

/** The result that an operator gets for this configuration. */
async function tryAt(extra: string) {
  await using own = await startTestServer({ extra });
  const { client } = await makeOwner(own);
  const { status, body } = await client.post(path, undefined);
  const audit = await own.admin('GET', '/v1/audit?action=mail.tested');
  return { status, body, audit: audit.body.data as readonly Record<string, unknown>[] };
}

test('a test mail is handed to the server, goes to the operator who asks, and is in the audit log', async () => {
  expect((await operator.get('/api/operator/mail')).body).toEqual({
    from: 'Keys <keys@example.com>',
    server: { host: '127.0.0.1', port: smtp.port, secure: false, user: null },
  });
  const before = smtp.received.length;
  const { status, body } = await operator.post(path, undefined);
  expect({ status, body }).toEqual({ status: 200, body: { to: ownerEmail, outcome: 'sent', answer: '250 kept' } });
  expect(smtp.received.slice(before).join('')).toContain(`To: ${ownerEmail}\r\n`);
  const { body: audit } = await server.admin('GET', '/v1/audit?action=mail.tested');
  expect(audit.data).toMatchObject([
    { actor: { kind: 'operator', label: ownerEmail }, org: null, after: { to: ownerEmail, outcome: 'sent' } },
  ]);
});

test('the reply has the mail server’s answer, and never the password', async () => {
  await using folder = await passwordFile('open sesame 1');
  const asking = await startSmtpReceiver({ refusesSignIn: true });
  const signIn = await tryAt(mailTo(asking.port, `, user: miftah, passwordFile: ${folder.file}`));
  asking.close();
  expect(signIn.body).toEqual({
    to: ownerEmail,
    outcome: 'sign_in_refused',
    answer: '535 5.7.8 wrong: AUTH PLAIN …',
  });
  expect(signIn.audit).toMatchObject([{ after: { outcome: 'sign_in_refused' } }]);

  const strict = await startSmtpReceiver({ toRecipients: '550 5.7.1 nobody\u0007 here' });
  const refused = await tryAt(mailTo(strict.port));
  strict.close();
  expect(refused.body).toMatchObject({ outcome: 'mail_refused', answer: '550 5.7.1 nobody here' });

  const gone = await startSmtpReceiver();
  gone.close();
  expect((await tryAt(mailTo(gone.port))).body).toMatchObject({ outcome: 'unreachable', answer: 'ECONNREFUSED' });

  const plain = createServer((socket) => socket.end('220 no TLS here\r\n')).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const { port } = plain.address() as { port: number };
  const noTls = await tryAt(mailTo(port, ', secure: true'));
  plain.close();
  expect(noTls.body).toMatchObject({ outcome: 'tls_failed' });
});

async function passwordFile(text: string) {
  const file = join(tmpdir(), `miftah-test-password-${process.pid}`);
  await writeFile(file, text, { mode: 0o600 });
  return { file, [Symbol.asyncDispose]: () => rm(file) };
}

test('without a mail server there is nothing to test', async () => {
  await using plain = await startTestServer();
  const { client } = await makeOwner(plain);
  expect((await client.get('/api/operator/mail')).body).toEqual({ from: 'Miftah <miftah@localhost>', server: null });
  expect(await client.post(path, undefined)).toMatchObject({ status: 409, body: { code: 'mail_not_configured' } });
});

test('a test mail needs a session and the console’s own pages, and is limited in number', async () => {
  await using own = await startTestServer({ extra: mailTo(smtp.port) });
  const { client } = await makeOwner(own);
  expect((await new ConsoleClient(own).post(path, undefined)).status).toBe(401);
  expect((await client.post(path, undefined, { origin: 'https://elsewhere.example' })).body.code).toBe('cross_site');
  for (let sent = 0; sent < 10; sent++) expect((await client.post(path, undefined)).status).toBe(200);
  const mails = smtp.received.length;
  const refused = await client.post(path, undefined);
  expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(smtp.received).toHaveLength(mails);
  // Too many tests do not stop the person from signing in.
  expect((await client.signIn(ownerEmail, password)).status).toBe(200);
});
