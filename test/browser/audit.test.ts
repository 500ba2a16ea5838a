// The audit log in a real browser: readers with the right see each action with its difference and its source.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { type ApiCall, callApi } from './calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();

let call: ApiCall;

const palcards = 'cp.palcards.localhost';
const name = '=cmd() خادم';
const viewerEmail = 'badr@example.com';

beforeAll(async () => {
  const made = await owner.post(`/api/orgs/${orgId}/keys`, { api: 'palcards', name, addresses: ['127.0.0.1'] });
  expect(made.status).toBe(201);
  const headers = { 'x-api-key': made.body.secret as string };
  call = { host: 'api.palcards.localhost', path: '/user/profile', headers, from: '127.0.0.2' };
  expect(await callApi(miftah.server, call)).toBe(401);
  const { body } = await owner.get(`/api/orgs/${orgId}/denials`);
  const fixed = await owner.post(`/api/orgs/${orgId}/denials/${body.data[0].id}/fix`, {
    kind: body.data[0].fix.kind,
    params: body.data[0].fix.params,
    revision: body.data[0].key.revision,
  });
  expect(fixed.status).toBe(200);
});

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark' },
  { language: 'ar', theme: 'light', device: 'phone' },
  { language: 'en', theme: 'dark', device: 'phone' },
];

test.each(appearances)('the fix of a denial is shown with its source and what it added: %o', async (appearance) => {
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  const { audit } = wordsOf(visitor.appearance.language);
  await page.goto(`/orgs/${orgId}/audit`);
  const entry = page.getByRole('main').getByRole('listitem').filter({ hasText: audit.actions.key.updated });
  await entry.getByText(audit.byFix).waitFor();
  await entry.getByText(ownerEmail).waitFor();
  await entry.getByRole('button', { name: audit.actions.key.updated }).click();
  const row = entry.getByRole('row').filter({ hasText: audit.fields.addresses });
  expect(await row.getByRole('cell').first().textContent()).toBe('127.0.0.1');
  await row.getByTitle(audit.details.added).getByText('127.0.0.2').waitFor();
  expect(await entry.locator('dt', { hasText: audit.details.request }).locator('+ dd').textContent()).toMatch(
    /\S{10,}/,
  );
  await entry.getByText(/^[0-9a-f]{64}$/).waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test.each(appearances)('a change with a token names the token: %o', async (appearance) => {
  const { server } = miftah;
  const admin = async (method: string, path: string, body: unknown, token = server.operatorToken) => {
    const headers = { 'x-miftah-token': token, 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${server.internalPort}${path}`;
    return (await fetch(url, { method, headers, body: JSON.stringify(body) })).json() as Promise<
      Record<string, string>
    >;
  };
  // An organization of its own, because other tests count the entries.
  const org = await server.createOrg();
  const made = await admin('POST', '/v1/tokens', { name: 'خادم CI', may: 'admin', org });
  const key = await server.createKey({ api: 'palcards', org, name: 'old', addresses: ['127.0.0.1'] });
  await admin('PATCH', `/v1/keys/${key.id}`, { name: 'new' }, made.token);
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  const { audit } = wordsOf(visitor.appearance.language);
  await page.goto(`/orgs/${org}/audit`);
  const entry = page.getByRole('main').getByRole('listitem').filter({ hasText: audit.actions.key.updated });
  await entry.getByText(`${audit.actors.program} خادم CI`).waitFor();
  await entry.getByRole('button', { name: audit.actions.key.updated }).click();
  const actor = entry.locator('dt', { hasText: audit.details.actor }).locator('+ dd');
  await actor.getByText(String(made.id)).waitFor();
  expect(await actor.textContent()).toBe(`${audit.actors.program} ${made.id}`);
  expect(await findViolations(page)).toEqual([]);
});

test('filters narrow the log and are kept in the address', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/audit`);
  await page.getByText('Organization created').waitFor();
  await page.getByRole('combobox', { name: 'Change' }).selectOption('Keys');
  await page.waitForURL(/action=key/);
  await page.getByText('Organization created').waitFor({ state: 'detached' });
  const entries = page.getByRole('main').getByRole('list').first().locator('> li');
  await expect.poll(() => entries.count()).toBe(2);
  await page.reload();
  await page.getByText('Key created').waitFor();
  expect(await entries.count()).toBe(2);
  await page.getByRole('button', { name: 'Key created' }).click();
  await page.getByRole('button', { name: 'Show only this' }).click();
  await page.waitForURL(/target=key_/);
  await page.getByRole('combobox', { name: 'Change' }).selectOption('Members');
  await page.getByRole('heading', { name: 'No entries found' }).waitFor();
  await page.getByRole('button', { name: 'Clear filters', exact: true }).click();
  await page.getByText('Organization created').waitFor();
});

test('an export holds all entries, and nothing that a spreadsheet would run', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/audit?action=key`);
  await page.getByText('Key created').waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'As CSV' }).click(),
  ]);
  const text = await readFile(await saved.path(), 'utf8');
  const lines = text.trimEnd().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(text).toContain(`,'${name},`);
  expect(text).toContain('denial:den_');
});

test.each(['en', 'ar'] as const)('below the last entry, a log says that older ones left it (%s)', async (language) => {
  using db = new DatabaseSync(join(miftah.server.folder, 'data', 'miftah.db'), { timeout: 5_000 });
  await using visitor = await miftah.openAs(ownerEmail, { language }, palcards);
  const { page } = visitor;
  const { start, actions } = wordsOf(language).audit;
  const noteOf = (text: string) => page.getByText(text.split('{{date}}')[1] as string);
  for (const [archived, text] of [
    [1, start.archived],
    [0, start.removed],
  ] as const) {
    db.exec(`UPDATE retention SET audit_seq = 1, archived_seq = ${archived}`);
    await page.goto(`/orgs/${orgId}/audit`);
    await noteOf(text).waitFor();
  }
  await page.goto(`/orgs/${orgId}/audit?time=7d`);
  await page.getByText(actions.key.updated).waitFor();
  expect(await noteOf(start.removed).count()).toBe(0);
  db.exec('UPDATE retention SET audit_seq = 0, archived_seq = 0');
});

test('a reader who may not open it sees who can', async () => {
  await addMember(viewerEmail);
  await using visitor = await miftah.openAs(viewerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/audit`);
  await page.getByRole('heading', { name: "Your role can't read the audit log" }).waitFor();
  expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
  // An action that the role can't take is shown, and says why.
  await page.goto(`/orgs/${orgId}/denials`);
  const main = page.getByRole('main');
  await main.getByText('Fixed').waitFor();
  expect(await callApi(miftah.server, { ...call, from: '127.0.0.3' })).toBe(401);
  const add = main.getByRole('button', { name: 'Add 127.0.0.3' });
  await add.waitFor();
  expect(await add.getAttribute('aria-disabled')).toBe('true');
  await add.focus();
  await page.getByRole('tooltip').getByText('An owner, admin or developer can do this.').waitFor();
  await page.keyboard.press('Enter');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await findViolations(page)).toEqual([]);
});
