// Mails over SMTP: in the reader's language, in the product's name, with links to the customer's own console.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { png, svg } from '../brand-pictures.ts';
import { consoleApis } from '../browser/browser.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner, ownerEmail, password } from './console-client.ts';
import type { ReadMail } from './read-mail.ts';
import { type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts';

const palcards = 'cp.palcards.localhost';
const [acme, drawn] = ['cp.acme.localhost', 'cp.drawn.localhost'];
const folder = await mkdtemp(join(tmpdir(), 'miftah-mails-'));
const arabic = { 'accept-language': 'ar-PS,ar;q=0.9' };

let smtp: SmtpReceiver;
let server: TestServer;
let operator: ConsoleClient;
let orgId: string;
const log: string[] = [];

beforeAll(async () => {
  smtp = await startSmtpReceiver();
  await writeFile(join(folder, 'logo.png'), png);
  await writeFile(join(folder, 'logo.svg'), svg);
  const look = (logo: string) => `{ product: { en: Acme, ar: أكمي }, logo: ${join(folder, logo)}, colour: "#0a7d5c" }`;
  server = await startTestServer({
    apis: consoleApis.replace('palcards.localhost]\n', `palcards.localhost, ${acme}, ${drawn}]\n`),
    extra: `consoles: { ${acme}: ${look('logo.png')}, ${drawn}: ${look('logo.svg')} }
mail: { from: "Keys <keys@example.com>", smtp: { host: 127.0.0.1, port: ${smtp.port} } }`,
    log: pino({ level: 'trace' }, { write: (line) => log.push(line) }),
  });
  ({ client: operator, orgId } = await makeOwner(server));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  smtp.close();
  await rm(folder, { recursive: true });
});

async function nextMail(cause: () => Promise<unknown>): Promise<ReadMail> {
  // Notifications come on their own.
  const letters = () => smtp.mails.filter(({ header }) => header('list-unsubscribe') === '');
  const before = letters().length;
  await cause();
  await expect.poll(() => letters().length).toBeGreaterThan(before);
  return letters().at(-1) as ReadMail;
}

/** The link stands in both texts, and its token in no line of the log. */
function linkIn({ text, html }: ReadMail, page: string): string {
  const link = new RegExp(`^http://\\S+/${page}#token=(\\S+)$`, 'm').exec(text);
  expect(html).toContain(`href="${link?.[0]}"`);
  expect(log.join('\n')).not.toContain(link?.[1]);
  return link?.[0] ?? '';
}

test.each(['en', 'ar'] as const)('a vendor’s customer gets the vendor’s name and host (%s)', async (language) => {
  const client = new ConsoleClient(server, palcards);
  const headers = language === 'ar' ? arabic : { 'accept-language': 'en' };
  const mail = await nextMail(() => client.post('/api/auth/request-password-reset', { email: ownerEmail }, headers));
  const product = 'PalCards';
  const subject = { en: 'Set a new password', ar: 'تعيين كلمة مرور جديدة' }[language];
  expect(mail.subject).toBe(`${subject} – ${product}`);
  expect(linkIn(mail, 'reset-password')).toContain(client.origin);
  expect(mail.html).toContain(language === 'ar' ? '<html lang="ar" dir="rtl">' : '<html lang="en" dir="ltr">');
  expect(mail.html).toContain(`<strong>${product}</strong>`);
});

test('the mails of a branded console have its name, its colour and, if it is a PNG, its logo', async () => {
  const askAt = (host: string, headers: Record<string, string>) =>
    nextMail(() =>
      new ConsoleClient(server, host).post('/api/auth/request-password-reset', { email: ownerEmail }, headers),
    );
  const mail = await askAt(acme, arabic);
  expect(mail.subject).toBe('تعيين كلمة مرور جديدة – أكمي');
  expect(mail.html).toMatch(/<img src="cid:logo" alt="" [^>]*> <strong>أكمي<\/strong>/);
  expect(mail.html).toContain('background:#0a7d5c;color:#fff');
  expect(mail.pictures).toEqual([{ id: 'logo', type: 'image/png', bytes: png }]);
  expect(linkIn(mail, 'reset-password')).toContain(`http://${acme}:`);

  const plain = await askAt(drawn, { 'accept-language': 'en' });
  expect(plain.subject).toBe('Set a new password – Acme');
  expect(plain.html).not.toContain('<img');
  expect(plain.pictures).toEqual([]);
});

test('a chosen language counts more than the browser’s, and a notice follows it', async () => {
  const client = new ConsoleClient(server);
  await client.signIn(ownerEmail, password);
  client.cookies.set('miftah-language', 'ar');
  const mail = await nextMail(() =>
    client.post(
      '/api/auth/change-password',
      { currentPassword: password, newPassword: password },
      { 'accept-language': 'en' },
    ),
  );
  expect(mail.subject).toBe('تغيّرت كلمة مرورك – مفتاح');
  expect(mail.text).toContain('من العنوان: \u2066127.0.0.1\u2069');
  // It ended the operator's session.
  await operator.signIn(ownerEmail, password);
});

test('an invitation says who invites, to what, as which role, until when', async () => {
  const client = new ConsoleClient(server, palcards);
  await client.signIn(ownerEmail, password);
  const name = 'Amal <b>&"';
  await client.post('/api/auth/update-user', { name });
  const path = `/api/orgs/${orgId}/invitations`;
  const mail = await nextMail(() => client.post(path, { email: 'badr@example.com', role: 'viewer' }, arabic));
  expect(mail.subject).toBe('دعوة إلى مؤسسة – PalCards');
  expect(mail.text).toContain(`"Amal <b>&'"`);
  expect(mail.html).toContain("&quot;Amal &lt;b&gt;&amp;'&quot;");
  for (const fact of ['"Dealers"', 'مُطّلع']) expect(mail.text).toContain(fact);
  expect(mail.text).toMatch(/حتى \d+ [\u0600-\u06ff ]+ \d{4}/);
  expect(linkIn(mail, 'accept-invitation')).toContain(client.origin);
});

test('a person hears that their account was deleted, and by whom', async () => {
  const join = async (email: string) => {
    const mail = await nextMail(() => operator.post(`/api/orgs/${orgId}/invitations`, { email, role: 'viewer' }));
    const token = new URL(linkIn(mail, 'accept-invitation')).hash.slice('#token='.length);
    const client = new ConsoleClient(server, palcards);
    const { body } = await client.post('/api/invitations/accept', { token, name: 'Dana', password });
    await client.signIn(email, password);
    return { client, id: body.person.id as string };
  };
  const own = await join('own@example.com');
  const path = '/api/session/account/delete';
  const bySelf = await nextMail(() => own.client.post(path, { email: 'own@example.com' }, arabic));
  expect(bySelf).toMatchObject({ to: 'own@example.com', subject: 'حُذف حسابك – PalCards' });
  expect(bySelf.text).toContain('حُذف حسابك بطلب منك.');
  expect(bySelf.text).toContain('من العنوان: \u2066127.0.0.1\u2069');

  const other = await join('other-person@example.com');
  const byOperator = await nextMail(() =>
    operator.call('DELETE', `/api/operator/people/${other.id}`, { headers: { 'accept-language': 'en' } }),
  );
  expect(byOperator).toMatchObject({ to: 'other-person@example.com', subject: 'Your account was deleted – Miftah' });
  expect(byOperator.text).toContain('The operator deleted your account.');
  expect(byOperator.text).not.toContain('From:');
});

test('the operator’s invitation leads to the customer’s own console', async () => {
  const dealers = await server.createOrg('dealer');
  const invite = (org: string, email: string) =>
    nextMail(() =>
      operator.post(`/api/orgs/${org}/invitations`, { email, role: 'owner' }, { 'accept-language': 'en' }),
    );
  const mail = await invite(dealers, 'dealer@example.com');
  expect(mail.subject).toBe('You are invited to an organization – PalCards');
  expect(linkIn(mail, 'accept-invitation')).toContain(`http://${palcards}:${server.publicPort}/`);
  const others = await server.createOrg('standard');
  const plain = await invite(others, 'other@example.com');
  expect(plain.subject).toBe('You are invited to an organization – Miftah');
  expect(linkIn(plain, 'accept-invitation')).toContain(operator.origin);
});
