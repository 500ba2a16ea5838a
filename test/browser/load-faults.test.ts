// Files of the console that fail to load, in a real browser: the page or dialog says so and offers to try again.
/// <reference lib="dom" />
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { findViolations, type Visitor, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, orgId } = await openOwnedConsole();

/** Makes requests for matching files fail as without a network. Returns a function that ends this. */
async function lose(visitor: Visitor, files: string): Promise<() => Promise<void>> {
  visitor.forgive(/net::ERR_FAILED|^LoadError:/);
  await visitor.page.route(`**/assets/${files}`, (route) => route.abort());
  return () => visitor.page.unroute(`**/assets/${files}`);
}

/** Clicks the button that loads the file again. The button may vanish first, if another part of the page loaded it. */
async function askAgain(button: Locator, result: Locator): Promise<void> {
  await Promise.any([button.click(), result.waitFor()]);
  await result.waitFor();
}

async function openKeys(page: Page): Promise<void> {
  await page.goto(`/orgs/${orgId}/keys`);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

test.each([
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark' },
] as const)('a page says that it could not be loaded, and is loaded again when asked: %o', async (appearance) => {
  const { common, usage } = wordsOf(appearance.language);
  await using visitor = await miftah.openAs(ownerEmail, appearance);
  const { page } = visitor;
  const find = await lose(visitor, 'usage-page-*.js');
  await openKeys(page);
  await page.getByRole('link', { name: common.nav.usage, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: common.states.error }).waitFor();
  await page.getByText(common.states.loadFault).waitFor();
  expect(await findViolations(page)).toEqual([]);
  // The rest of the console still works.
  await page.getByRole('link', { name: common.nav.members, exact: true }).click();
  await page.waitForURL(/members/);
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: common.states.error }).waitFor();
  await find();
  const reload = page.getByRole('button', { name: common.states.reload });
  await askAgain(reload, page.getByRole('heading', { level: 1, name: usage.title }));
});

test('words that are lost are a page that is lost, never a page without words', async () => {
  const { common, members } = wordsOf('en');
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  const find = await lose(visitor, 'words-of-people-*.js');
  await openKeys(page);
  await page.getByRole('link', { name: common.nav.members, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: common.states.error }).waitFor();
  await find();
  const reload = page.getByRole('button', { name: common.states.reload });
  await askAgain(reload, page.getByRole('heading', { level: 1, name: members.title }));
});

test.each([
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
] as const)('a dialog says so, is given up, and opens when it is tried again: %o', async (appearance) => {
  const { common } = wordsOf(appearance.language);
  await using visitor = await miftah.openAs(ownerEmail, appearance);
  const { page } = visitor;
  const find = await lose(visitor, 'create-dialog-*.js');
  await page.goto(`/orgs/${orgId}/keys?create=true`);
  const note = page.getByRole('alert').filter({ hasText: common.states.loadFault });
  await note.waitFor();
  expect(await findViolations(page)).toEqual([]);
  await note.getByRole('button', { name: common.actions.close }).click();
  await note.waitFor({ state: 'detached' });
  expect(page.url()).not.toContain('create');
  await page.goto(`/orgs/${orgId}/keys?create=true`);
  await note.waitFor();
  const retry = note.getByRole('button', { name: common.actions.retry });
  const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('create-dialog'));
  await retry.click();
  await failed;
  await find();
  await askAgain(retry, page.getByRole('dialog').getByRole('textbox').first());
  await note.waitFor({ state: 'detached' });
});

test('a menu that can not be opened, nor the palette, is tried again as well', async () => {
  const { common } = wordsOf('en');
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  const note = page.getByRole('alert').filter({ hasText: common.states.loadFault });
  const findLayers = await lose(visitor, 'layers-library-*.js');
  const findPalette = await lose(visitor, 'palette-*.js');
  await openKeys(page);
  await page.getByRole('button', { name: common.shell.account, exact: true }).click();
  await note.waitFor();
  await findLayers();
  const retry = note.getByRole('button', { name: common.actions.retry });
  await askAgain(retry, page.getByRole('menuitem', { name: common.shell.yourAccount }));
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await note.waitFor();
  await findPalette();
  await askAgain(retry, page.getByPlaceholder(common.palette.placeholder));
});

test('a language that can not be loaded leaves the other unchanged', async () => {
  await using visitor = await miftah.openAsStranger();
  const { page } = visitor;
  await page.goto('/sign-in');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const find = await lose(visitor, 'words-of-people-*.js');
  await page.getByRole('button', { name: 'العربية' }).click();
  const note = page.getByRole('alert');
  await note.waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  await find();
  const retry = note.getByRole('button', { name: wordsOf('en').common.actions.retry });
  await askAgain(retry, page.getByRole('heading', { level: 1, name: wordsOf('ar').auth.signIn.title }));
});
