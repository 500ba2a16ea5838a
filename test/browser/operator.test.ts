// The operator's pages in a real browser: organizations are created, suspended and resumed while their keys are used.
// Also the pages on APIs, nodes, proxies, mail and denied requests.
/// <reference lib="dom" />
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { ConsoleClient, ownerEmail, password, tokenInMail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, addMember } = await openOwnedConsole();

/** For tests that go through many pages on a busy machine. */
const longMs = 180_000;

/** The status of a call to the API `classic` with this secret. */
function callWith(secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'api.classic.localhost', authorization: `Bearer ${secret}` };
    const sent = request({ host: '127.0.0.1', port: miftah.server.publicPort, path: '/v1/orders', headers });
    sent.on('response', (reply) => reply.resume().on('end', () => resolve(reply.statusCode as number)));
    sent.on('error', reject).end();
  });
}

const pages = ['orgs', 'apis', 'nodes', 'proxies', 'mail', 'denials'] as const;

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
  { language: 'ar', theme: 'light' },
  { language: 'en', theme: 'dark', device: 'phone' },
];

test.each(appearances)(
  'all pages are accessible: %o',
  async (appearance) => {
    await callWith(`sk_live_${'0'.repeat(40)}`);
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { page } = amal;
    const { operator } = wordsOf(amal.appearance.language);
    for (const name of pages) {
      await page.goto(`/operator/${name}`);
      await page.getByRole('heading', { name: operator[name].title, level: 1 }).waitFor();
      await page.locator('main [role=status][aria-label]').waitFor({ state: 'detached' });
      expect(await findViolations(page)).toEqual([]);
    }
    await page.goto('/operator/orgs?create=true');
    await page.getByRole('dialog').waitFor();
    expect(await findViolations(page)).toEqual([]);
  },
  longMs,
);

test.each([{ language: 'en' }, { language: 'ar', device: 'phone' }] as const)(
  'an organization gets tags, metadata and an external id, and is found by it: %o',
  async (appearance) => {
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { page } = amal;
    const { operator, auth, keys, common } = wordsOf(appearance.language);
    const [name, externalId] = [`Annotated ${appearance.language}`, `crm-${appearance.language}`];
    await page.goto('/operator/orgs?create=true');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(auth.fields.organization, { exact: true }).fill(name);
    for (const [label, text] of [
      [keys.fields.tags, 'EU'],
      [keys.fields.metadata, 'plan=gold'],
      [keys.fields.metadata, 'city=Nablus'],
    ] as const) {
      const field = dialog.getByLabel(label, { exact: true });
      await field.fill(text);
      await field.press('Enter');
    }
    await dialog.getByLabel(keys.fields.externalId).fill(externalId);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: operator.create.submit, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill(externalId);
    await page.waitForURL('**/operator/orgs?q=**');
    const row = page.getByRole('list', { name: operator.orgs.title }).getByRole('listitem');
    await expect.poll(() => row.count()).toBe(1);
    await row.getByText(name).waitFor();
    await row.getByText('eu', { exact: true }).waitFor();
    await row.getByRole('button').last().click();
    await page.getByRole('menuitem', { name: operator.edit.open }).click();
    const field = dialog.getByLabel(keys.fields.metadata, { exact: true });
    await dialog.getByText('plan=gold', { exact: true }).waitFor();
    // Removes the last one, which is the plan. Of two cities, the later one counts.
    await field.press('Backspace');
    await field.fill('city=Ramallah');
    await field.press('Enter');
    await dialog.getByRole('button', { name: common.actions.save, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    const { body } = await owner.get(`/api/operator/orgs?externalId=${externalId}`);
    expect(body.data).toMatchObject([{ name, tags: ['eu'], metadata: { city: 'Ramallah' }, externalId }]);
  },
);

test.each(['en', 'ar'] as const)(
  'suspend: the next call is refused; resume: it passes (%s)',
  async (language) => {
    const { operator } = wordsOf(language);
    const name = language === 'ar' ? 'متجر رام الله' : 'Olive & <b>Thyme</b>';
    const { body } = await owner.post('/api/operator/orgs', { name, kind: 'standard' });
    const { secret } = await miftah.server.createKey({ api: 'classic', org: body.id });
    expect(await callWith(secret)).toBe(200);
    await using amal = await miftah.openAs(ownerEmail, { language, theme: language === 'ar' ? 'dark' : 'light' });
    const { page } = amal;
    await page.goto('/operator/orgs');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(name.slice(0, 5));
    await page.waitForURL('**/operator/orgs?q=**');
    const row = page.getByRole('list', { name: operator.orgs.title }).getByRole('listitem');
    await expect.poll(() => row.count()).toBe(1);
    await row.getByText(name).waitFor();
    const open = (item: string | RegExp) =>
      row
        .getByRole('button')
        .last()
        .click()
        .then(() => page.getByRole('menuitem', { name: item }).click());
    await open(operator.suspend.open);
    const dialog = page.getByRole('dialog');
    await dialog.getByText(operator.suspend.stays).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: operator.suspend.confirm, exact: true }).click();
    await row.getByText(operator.orgs.isSuspended).waitFor();
    expect(await callWith(secret)).toBe(401);
    await open(operator.resume.open);
    await row.getByText(operator.orgs.isSuspended).waitFor({ state: 'detached' });
    expect(await callWith(secret)).toBe(200);

    // For one API: its keys of the others go on.
    const { body: made } = await owner.get('/api/config');
    const [other] = made.apis.filter(({ id }: { id: string }) => id !== 'classic');
    // Arabic isolates the name.
    const saidOf = (text: string, api: string) => new RegExp(text.replace('{{api}}', `.?${api}.?`));
    const suspendFor = async (id: string, api: string) => {
      await open(operator.suspend.open);
      await dialog.getByLabel(operator.suspend.api, { exact: true }).selectOption(id);
      await dialog.getByText(saidOf(operator.suspend.textApi, api)).waitFor();
      expect(await findViolations(page)).toEqual([]);
      await dialog.getByRole('button', { name: operator.suspend.confirm, exact: true }).click();
      await row.getByText(saidOf(operator.orgs.isSuspendedFor, api)).waitFor();
    };
    const classic = made.apis.find(({ id }: { id: string }) => id === 'classic').name[language];
    await suspendFor(other.id, other.name[language]);
    expect(await callWith(secret)).toBe(200);
    await suspendFor('classic', classic);
    expect(await callWith(secret)).toBe(401);
    await open(saidOf(operator.resume.openApi, classic));
    await row.getByText(saidOf(operator.orgs.isSuspendedFor, classic)).waitFor({ state: 'detached' });
    expect(await callWith(secret)).toBe(200);
  },
  longMs,
);

test('a new organization and the invitation of its owner, who then has it', async () => {
  const email = 'first-owner@example.com';
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto('/operator/orgs');
  await page.getByRole('button', { name: 'New organization' }).click();
  const dialog = page.getByRole('dialog');
  const name = dialog.getByLabel('Organization name');
  await name.press('Enter');
  await dialog.getByText('Required').waitFor();
  await name.fill('Newcomers');
  // One customer of two vendors: the kinds add up.
  await dialog.getByRole('checkbox', { name: 'Dealer' }).check();
  await dialog.getByLabel("First owner's e-mail address").fill(email);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  const row = page.getByRole('listitem').filter({ hasText: 'Newcomers' });
  for (const kind of ['Standard', 'Dealer']) await row.getByText(kind, { exact: true }).waitFor();

  const token = await tokenInMail(miftah.server, email, 'accept-invitation');
  const client = new ConsoleClient(miftah.server);
  const { body } = await client.post('/api/invitations/accept', { token, name: 'Noor', password });
  expect(body).toMatchObject({ role: 'owner', org: { name: 'Newcomers', kinds: ['standard', 'dealer'] } });
  await row.getByRole('button').last().click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  await dialog.getByLabel('Organization name').fill('Settled');
  await page.keyboard.press('Enter');
  await page.getByRole('listitem').filter({ hasText: 'Settled' }).waitFor();
});

test('the way of requests is shown, with the line that trusts the proxy', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto('/operator/proxies');
  await page.getByText('No proxy').waitFor();
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' });
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByRole('main').getByText('The proxy is not trusted').waitFor();
  await page.getByText('public: { trustedProxies: ["127.0.0.1"] }').waitFor();
  await page.getByText('203.0.113.9').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('unknown keys are refused and seen, and what was sent is nowhere', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const secret = 'sk_live_never-shown-anywhere-0123456789';
  expect(await callWith(secret)).toBe(401);
  await page.goto('/operator/denials');
  const row = page.getByRole('listitem').filter({ hasText: 'GET /v1/orders' }).first();
  await row.getByText('from 127.0.0.1').waitFor();
  expect(await page.content()).not.toContain('never-shown');
  await page.getByRole('combobox', { name: 'API' }).selectOption('Palm');
  await page.waitForURL(/api=palm/);
  await page.getByRole('heading', { name: 'No denied requests found' }).waitFor();
});

test('to everyone else these pages are not there', async () => {
  const email = 'member@example.com';
  await addMember(email, { role: 'owner' });
  await using badr = await miftah.openAs(email);
  const { page } = badr;
  for (const name of pages) {
    await page.goto(`/operator/${name}`);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  }
  expect(await page.getByRole('navigation').getByText('Operator').count()).toBe(0);
});
