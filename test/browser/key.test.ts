// The page of one key in a real browser: edit, rotate, disable, revoke and try it, each with calls of its clients.
/// <reference lib="dom" />
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOwner, ownerEmail } from '../people/console-client.ts';
import {
  type Appearance,
  type ConsoleUnderTest,
  consoleApis,
  findViolations,
  openConsole,
  type Visitor,
  wordsOf,
} from './browser.ts';
import { callWith, makeKey, type TestApi, type TestKey } from './key-calls.ts';

let miftah: ConsoleUnderTest;
let orgId: string;

/** No vendor's keys can be disabled by default; an operator may allow it. */
const apis = consoleApis.replace('policy:\n', 'policy:\n      disable: true\n');

beforeAll(async () => {
  miftah = await openConsole({ apis });
  ({ orgId } = await makeOwner(miftah.server));
});
afterAll(() => miftah[Symbol.asyncDispose]());

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark' },
];

/** Creates a key and opens its page. */
async function openKey(
  fields: { readonly api: TestApi } & Record<string, unknown>,
  appearance: Partial<Appearance> = {},
  { host = 'localhost', before }: { host?: string; before?: (key: TestKey) => Promise<unknown> } = {},
): Promise<{ visitor: Visitor; page: Page; key: TestKey }> {
  const key = await makeKey(miftah.server, orgId, fields);
  await before?.(key);
  const visitor = await miftah.openAs(ownerEmail, appearance, host);
  await visitor.page.goto(`/orgs/${orgId}/keys/${key.id}`);
  await visitor.page.locator('dl').first().waitFor();
  return { visitor, page: visitor.page, key };
}

const call = (secret: string, options?: Parameters<typeof callWith>[2]) => callWith(miftah.server, secret, options);

async function menuOf(page: Page, name: string): Promise<Locator> {
  await page.getByRole('button', { name, exact: true }).click();
  return page.getByRole('dialog');
}

test.each(appearances)(
  'shows what the key is, how it is used and what was refused, and fixes that: %o',
  async (appearance) => {
    const { common, denials } = wordsOf(appearance.language ?? 'en');
    const { visitor, page, key } = await openKey({ api: 'classic', addresses: ['127.0.0.1'] }, appearance, {
      before: async ({ secret }) => [await call(secret), await call(secret, { from: '127.0.0.2' })],
    });
    await using _ = visitor;
    const facts = page.locator('dl').first();
    await facts.getByText('127.0.0.1').waitFor();
    await facts.getByText(key.tail).waitFor();
    await facts.getByText(key.id).waitFor();
    await page.locator('rect[data-outcome]').first().waitFor();
    await page.getByRole('button', { name: wordsOf(appearance.language ?? 'en').usage.chart.showTable }).click();
    await page.getByRole('table').waitFor();
    const row = page.getByRole('listitem').filter({ hasText: denials.reasons.address_not_allowed.title });
    await row.getByRole('button', { name: '127.0.0.2' }).click();
    await page.getByRole('dialog').getByRole('button', { name: denials.fix.add_address.confirm }).click();
    await row.getByText(denials.fix.done).waitFor();
    expect(await call(key.secret, { from: '127.0.0.2' })).toBe(200);
    await page.getByRole('button', { name: common.actions.copyCommand }).click();
    await page.getByRole('menu').getByText(`miftah keys get ${key.id}`).waitFor();
    expect(await findViolations(page)).toEqual([]);
  },
);

test.each(appearances)(
  'an edit shows whom it would cut off before it is saved, and is undone: %o',
  async (appearance) => {
    const { common, keys, key: words } = wordsOf(appearance.language ?? 'en');
    const { visitor, page, key } = await openKey(
      { api: 'classic', addresses: ['127.0.0.1', '127.0.0.2'] },
      appearance,
      {
        before: ({ secret }) => call(secret),
      },
    );
    await using _ = visitor;
    await page.locator('dl').first().getByText('127.0.0.1').waitFor();
    const dialog = await menuOf(page, words.edit.button);
    await dialog.getByText(words.edit.unchanged).waitFor();
    await dialog.getByLabel(keys.fields.name).fill('Renamed');
    await dialog.getByLabel(keys.fields.addresses).press('Backspace');
    await dialog.getByLabel(keys.fields.addresses).press('Backspace');
    await dialog.getByLabel(keys.fields.addresses).fill('127.0.0.2');
    await dialog.getByLabel(keys.fields.addresses).press('Enter');
    await expect.poll(() => dialog.locator('[data-changed]').count()).toBe(2);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: common.actions.save }).click();

    await dialog.getByText(words.impact.everybody).waitFor();
    await dialog.locator('strong').filter({ hasText: '127.0.0.1' }).waitFor();
    await dialog.getByText(words.impact.unknown.earlier_addresses).waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(await call(key.secret)).toBe(200);
    await dialog.getByRole('button', { name: common.actions.back }).click();
    // The form still has the new name.
    expect(await dialog.getByLabel(keys.fields.name).inputValue()).toBe('Renamed');
    await dialog.getByRole('button', { name: common.actions.save }).click();
    await dialog.getByRole('button', { name: words.edit.saveAnyway }).click();
    await page.getByRole('heading', { level: 1, name: 'Renamed' }).waitFor();
    expect(await call(key.secret)).toBe(403);
    expect(await call(key.secret, { from: '127.0.0.2' })).toBe(200);

    await page.getByRole('button', { name: common.actions.undo, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Production' }).waitFor();
    expect(await call(key.secret)).toBe(200);
  },
);

test('a name that is too short is said at its field, and a harmless change is saved at once', async () => {
  const { common, key: words } = wordsOf('en');
  const { visitor, page } = await openKey({ api: 'palcards' }, {}, { host: 'cp.palcards.localhost' });
  await using _ = visitor;
  await page.getByText('All requests are blocked: the address list is empty.').waitFor();
  const dialog = await menuOf(page, words.edit.button);
  await dialog.getByLabel('Key name').fill('ab');
  await dialog.getByRole('button', { name: common.actions.save }).click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true');
  await dialog.getByLabel('Key name').fill('Branch');
  await dialog.getByLabel('Allowed IP list').fill('203.0.113.9,');
  await dialog.getByRole('button', { name: common.actions.save }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'Branch' }).waitFor();
  expect(await page.getByText('All requests are blocked').count()).toBe(0);
});

test.each(appearances)('who was slower sees both versions, and chooses: %o', async (appearance) => {
  const { common, keys, key: words } = wordsOf(appearance.language ?? 'en');
  const { visitor, page, key } = await openKey({ api: 'classic', addresses: ['127.0.0.1'] }, appearance);
  await using _ = visitor;
  const dialog = await menuOf(page, words.edit.button);
  await dialog.getByLabel(keys.fields.name).fill('Mine');
  await miftah.server.admin('PATCH', `/v1/keys/${key.id}`, { name: 'Theirs', addresses: ['127.0.0.1', '127.0.0.3'] });
  await dialog.getByRole('button', { name: common.actions.save }).click();
  await dialog.getByText(words.stale.choice).waitFor();
  await dialog.getByRole('row').filter({ hasText: 'Theirs' }).filter({ hasText: 'Mine' }).waitFor();
  await dialog.getByRole('row').filter({ hasText: '127.0.0.3' }).filter({ hasText: words.stale.kept }).waitFor();
  expect(await findViolations(page)).toEqual([]);

  await dialog.getByRole('button', { name: words.stale.reload }).click();
  await expect.poll(() => dialog.getByLabel(keys.fields.name).inputValue()).toBe('Theirs');
  await dialog.getByLabel(keys.fields.name).fill('Mine again');
  await miftah.server.admin('PATCH', `/v1/keys/${key.id}`, { name: 'Theirs again' });
  await dialog.getByRole('button', { name: common.actions.save }).click();
  await dialog.getByRole('button', { name: words.stale.overwrite }).click();
  await page.getByRole('heading', { level: 1, name: 'Mine again' }).waitFor();
  // The other person's change to another field stays.
  await page.getByText('127.0.0.3').waitFor();
});

test.each(appearances)(
  'while two secrets work, who still uses the old one is seen, until it is ended: %o',
  async (appearance) => {
    const { keys, key: words } = wordsOf(appearance.language ?? 'en');
    const { visitor, page, key } = await openKey({ api: 'classic' }, appearance, {
      before: ({ secret }) => call(secret),
    });
    await using _ = visitor;
    const dialog = await menuOf(page, words.rotate.button);
    await dialog.getByRole('radio', { name: words.rotate.choices['24h'] }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: words.rotate.submit }).click();
    await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    // A call with the old secret must not count as the first use of the new one.
    expect(await call(key.secret, { from: '127.0.0.4' })).toBe(200);
    await dialog.locator('[data-secret]').focus();
    const secret = (await dialog.locator('[data-secret]').textContent()) as string;
    expect(secret).not.toBe(key.secret);
    await dialog.getByText(keys.first.waiting).waitFor();
    expect(await call(secret, { from: '127.0.0.5' })).toBe(200);
    await dialog.locator('[data-state=used]').getByText('127.0.0.5').waitFor();
    await dialog.getByRole('button', { name: keys.reveal.copy }).click();
    await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(secret);

    const panel = page.getByRole('region', { name: words.overlap.title_one });
    await panel.locator('[data-used]').getByText('127.0.0.4').waitFor();
    await panel.getByText(key.tail).waitFor();
    await panel.getByText(secret.slice(-4)).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await panel.getByRole('button', { name: words.overlap.extend }).click();
    await page.getByRole('menuitem', { name: words.overlap.choices['7d'] }).click();
    await page
      .getByText(words.overlap.extended.split('{{masked}}')[1]?.split('{{at}}')[0] as string)
      .first()
      .waitFor();
    await panel.getByRole('button', { name: words.overlap.end }).click();
    const question = page.getByRole('dialog');
    await question.getByText('127.0.0.4').waitFor();
    await question.getByRole('button', { name: words.overlap.end }).click();
    await panel.waitFor({ state: 'detached' });
    expect(await call(key.secret)).toBe(401);
    expect(await call(secret)).toBe(200);
  },
);

test('where keys are not rotated, another with the same settings is made', async () => {
  const { key: words, keys } = wordsOf('ar');
  const { visitor, page, key } = await openKey(
    { api: 'palcards', name: 'خادم الإنتاج', addresses: ['127.0.0.1'] },
    { language: 'ar' },
    { host: 'cp.palcards.localhost' },
  );
  await using _ = visitor;
  expect(await page.getByRole('button', { name: words.rotate.button, exact: true }).count()).toBe(0);
  expect(await page.getByRole('button', { name: words.switch.off, exact: true }).count()).toBe(0);
  const dialog = await menuOf(page, words.replace.button);
  expect(await dialog.getByLabel('اسم المفتاح').inputValue()).toBe('خادم الإنتاج');
  await dialog.getByText('127.0.0.1', { exact: true }).first().waitFor();
  await dialog.getByRole('button', { name: 'إنشاء', exact: true }).click();
  await dialog.locator('[data-secret]').focus();
  const secret = (await dialog.locator('[data-secret]').textContent()) as string;
  expect(secret).toHaveLength(80);
  expect(await call(secret, { api: 'palcards' })).toBe(200);
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await call(key.secret, { api: 'palcards' })).toBe(200);
});

test.each(appearances)(
  'a key in use is ended after its last four characters are typed, in the vendor’s word: %o',
  async (appearance) => {
    const { common, key: words, keys } = wordsOf(appearance.language ?? 'en');
    const { visitor, page, key } = await openKey({ api: 'palcards', addresses: ['127.0.0.1'] }, appearance, {
      host: 'cp.palcards.localhost',
      before: ({ secret }) => call(secret, { api: 'palcards' }),
    });
    await using _ = visitor;
    await page.locator('dl').first().getByText('127.0.0.1').waitFor();
    const verb = appearance.language === 'ar' ? 'حذف' : 'Delete';
    const dialog = await menuOf(page, verb);
    await dialog.getByText('127.0.0.1').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(common.actions.cancel);
    const confirm = dialog.getByRole('button', { name: verb, exact: true });
    expect(await confirm.isDisabled()).toBe(true);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('textbox').fill(key.tail);
    expect(await call(key.secret, { api: 'palcards' })).toBe(200);
    await confirm.click();
    await dialog.waitFor({ state: 'detached' });
    expect(await call(key.secret, { api: 'palcards' })).toBe(401);
    await page.getByText(words.notice.over.delete.split('{{at}}')[1] as string).waitFor();
    // The badge uses the vendor's word too.
    await page.getByText(keys.status.revoked.delete, { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: words.edit.button, exact: true }).count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
  },
);

test('a key that was never used is ended by a plain question', async () => {
  const { visitor, page, key } = await openKey({ api: 'classic' });
  await using _ = visitor;
  const dialog = await menuOf(page, 'Revoke');
  await dialog.getByText(/and never used/).waitFor();
  expect(await dialog.getByRole('textbox').count()).toBe(0);
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByRole('status').or(page.getByRole('alert')).getByText('Production revoked.').first().waitFor();
  expect(await call(key.secret)).toBe(401);
});

test('a key is disabled and, by the toast, enabled again; a link changes nothing', async () => {
  const { common, key: words } = wordsOf('en');
  const { visitor, page, key } = await openKey({ api: 'palm' });
  await using _ = visitor;
  await page.getByRole('button', { name: words.switch.off }).click();
  await page.getByText('Disabled on').waitFor();
  expect(await call(key.secret, { api: 'palm' })).toBe(401);
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: common.actions.undo, exact: true }).click();
  await page.getByText('Disabled on').waitFor({ state: 'detached' });
  expect(await call(key.secret, { api: 'palm' })).toBe(200);

  await page.goto(`/orgs/${orgId}/keys/${key.id}?do=disable`);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Disable Production?').waitFor();
  expect(await call(key.secret, { api: 'palm' })).toBe(200);
  await dialog.getByRole('button', { name: words.switch.off }).click();
  await page.getByText('Disabled on').waitFor();
  expect(await call(key.secret, { api: 'palm' })).toBe(401);
});

test.each(appearances)(
  'a request is tried before it is sent: each check, the fix, the answer; nothing is counted: %o',
  async (appearance) => {
    const { denials, key: words } = wordsOf(appearance.language ?? 'en');
    const { visitor, page, key } = await openKey({ api: 'classic', addresses: ['127.0.0.1'] }, appearance);
    await using _ = visitor;
    const tester = page.getByRole('region', { name: words.tester.title });
    await tester.getByLabel(words.tester.address).fill('127.0.0');
    await tester.getByRole('button', { name: words.tester.run }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true');
    await tester.getByLabel(words.tester.address).fill('127.0.0.6');
    await page.keyboard.press('Enter');
    await tester.getByText(words.tester.refused).waitFor();
    const check = tester.locator('li[data-outcome=refused]');
    await check.getByText(denials.reasons.address_not_allowed.title).waitFor();
    await tester.locator('code').filter({ hasText: 'IP_NOT_ALLOWED' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await tester.getByRole('button', { name: denials.fix.add_address.confirm }).click();
    await tester.getByText(words.tester.allowed).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByText(words.facts.neverUsed).waitFor();
    await page.getByText(words.denials.none).waitFor();
    expect(await call(key.secret, { from: '127.0.0.6' })).toBe(200);
  },
);

test('the frame shows what the key is of, and switching leads to the list', async () => {
  const { visitor, page } = await openKey({ api: 'palm', environment: 'test' });
  await using _ = visitor;
  await page.waitForURL(/[?&]env=test/);
  await page.getByText('Requests are not billed').waitFor();
  await page.getByRole('radiogroup', { name: 'Environment' }).locator('label').first().click();
  await page.waitForURL(/\/keys\?/);
  expect(page.url()).not.toContain('env=test');
});

test('a key that is not there, and one of an API that this console does not show', async () => {
  const classic = await makeKey(miftah.server, orgId, { api: 'classic' });
  await using visitor = await miftah.openAs(ownerEmail, {}, 'cp.palcards.localhost');
  const { page } = visitor;
  for (const id of ['key_nowhere', classic.id]) {
    await page.goto(`/orgs/${orgId}/keys/${id}`);
    await page.getByRole('heading', { name: wordsOf('en').key.gone.title }).waitFor();
    expect(await findViolations(page)).toEqual([]);
  }
});

test.each(appearances)('shows where the key is used from, and allows only that: %o', async (appearance) => {
  const { key: words } = wordsOf(appearance.language ?? 'en');
  const { visitor, page, key } = await openKey({ api: 'classic', name: 'Shop' }, appearance, {
    before: async ({ secret }) => [await call(secret), await call(secret), await call(secret, { from: '127.0.0.2' })],
  });
  await using _ = visitor;
  const section = page.getByRole('region', { name: words.addresses.title });
  await expect.poll(() => section.getByRole('listitem').count()).toBe(2);
  await section.getByRole('listitem').first().getByText('127.0.0.1').waitFor();
  await section.getByRole('button').click();
  await section.getByText(words.addresses.enforced).waitFor();
  expect(await call(key.secret, { from: '127.0.0.3' })).toBe(403);
  await section.getByRole('button', { name: words.addresses.report }).click();
  await section.getByText(words.addresses.reports).waitFor();
  expect(await call(key.secret, { from: '127.0.0.3' })).toBe(200);
  expect(await findViolations(page)).toEqual([]);
});
