// Keys in the console, in a real browser: create, show once, try with the call shown, fix, find and revoke.
/// <reference lib="dom" />
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { findViolations, wordsOf } from './browser.ts';
import { makeKey } from './key-calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, orgId } = await openOwnedConsole();

/** Runs the command that the console shows in a shell, as a reader would. Returns the status and the body. */
async function runShown(command: string): Promise<{ status: number; body: string }> {
  const line = command.replace(/^curl /, `curl -s -w '\\n%{http_code}' `);
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
}

/** The tab's text under the pointer, which includes the secret. */
async function readSnippet(page: Page): Promise<string> {
  const panel = page.getByRole('tabpanel');
  await panel.hover();
  return (await panel.locator('code').textContent()) as string;
}

test('a key is made, shown once, tried with the call shown, and seen to be used', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palm`);
  await page.getByRole('heading', { name: keys.empty.title }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('Production server');
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(keys.reveal.copy);
  expect(await findViolations(page)).toEqual([]);

  const curl = await readSnippet(page);
  expect(await runShown(curl)).toMatchObject({ status: 200 });
  await dialog.locator('[data-state=used]').getByText('127.0.0.1').waitFor();
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  const row = page.getByRole('row', { name: /Production server/ });
  await row.getByText('127.0.0.1').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

/** Calls the API as the vendor's page shows it, from `localAddress`, a loopback address. Returns the status. */
async function callFrom(localAddress: string, host: string, path: string, headers: Record<string, string>) {
  const req = request({
    host: '127.0.0.1',
    port: miftah.server.publicPort,
    localAddress,
    path,
    headers: { host, ...headers },
  });
  req.end();
  const [reply] = (await once(req, 'response')) as [IncomingMessage];
  reply.resume();
  await once(reply, 'end');
  return reply.statusCode;
}

/** The secret in its box, which masks it until it has the focus. */
async function readSecret(page: Page): Promise<string> {
  const box = page.locator('[data-secret]');
  expect(await box.textContent()).toContain('••••');
  await box.focus();
  const secret = (await box.textContent()) as string;
  expect(secret).not.toContain('•');
  return secret;
}

test('a denial appears while the first request is awaited; one click, and the same call passes', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys, denials } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=classic&create=true`);
  const dialog = page.getByRole('dialog').first();
  await dialog.getByLabel(keys.fields.name).fill('Office');
  await dialog.getByRole('button', { name: `${keys.suggest.own} 127.0.0.1` }).click();
  await dialog.getByText('from 127.0.0.1').waitFor();
  await dialog.getByRole('button', { name: keys.create.submit, exact: true }).click();
  const secret = await readSecret(page);
  const call = () =>
    callFrom('127.0.0.2', 'api.classic.localhost', '/v1/users/usr_123', { authorization: `Bearer ${secret}` });
  expect(await call()).toBe(403);
  const refused = dialog.locator('[data-state=refused]');
  await refused.getByText(denials.reasons.address_not_allowed.title).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await refused.getByRole('button', { name: 'Add 127.0.0.2' }).click();
  await page.getByRole('button', { name: denials.fix.add_address.confirm }).click();
  await refused.getByText(keys.first.sendAgain).waitFor();
  expect(await call()).toBe(200);
  await dialog.locator('[data-state=used]').getByText('127.0.0.2').waitFor();
});

test('the secret is gone when the dialog closes, and leaving without it is asked about', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=panel`);
  await page.getByRole('heading', { level: 2 }).waitFor();
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog').first();
  await dialog.getByLabel('Memo').fill('Forgetful');
  const answered = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.url().endsWith('/keys'),
  );
  await page.keyboard.press('Enter');
  expect((await answered).headers()['cache-control']).toContain('no-store');
  const secret = await readSecret(page);
  for (const leave of [() => page.keyboard.press('Escape'), () => page.goBack()]) {
    await leave();
    await page.getByRole('dialog', { name: keys.leave.title }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: keys.leave.title }).waitFor({ state: 'detached' });
    expect(await dialog.locator('[data-secret]').count()).toBe(1);
  }
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: keys.leave.leave }).click();
  await page.getByRole('row', { name: /Forgetful/ }).waitFor();
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  const middle = secret.slice(12, -6);
  const traces = await page.evaluate(() => ({
    dom: document.documentElement.outerHTML,
    fields: [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value),
    stores: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    history: JSON.stringify(history.state),
    address: location.href,
    resources: performance.getEntriesByType('resource').map(({ name }) => name),
    // The page's cached answers. Its query client is in the router's context.
    caches: JSON.stringify(
      [
        ...(globalThis as never as Kept).__TSR_ROUTER__.options.context.queryClient.getQueryCache().getAll(),
        ...(globalThis as never as Kept).__TSR_ROUTER__.options.context.queryClient.getMutationCache().getAll(),
      ].map(({ state }) => state),
    ),
  }));
  expect(traces.caches).toContain('Forgetful');
  expect(JSON.stringify(traces)).not.toContain(middle);
});

interface Cache {
  getAll(): { readonly state: unknown }[];
}

/** The global router, which leads to the cached answers. */
interface Kept {
  readonly __TSR_ROUTER__: {
    readonly options: {
      readonly context: { readonly queryClient: { getQueryCache(): Cache; getMutationCache(): Cache } };
    };
  };
}

test('live and test are apart: the switch, the list, the form, the host of the call', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palpluss`);
  await page.getByText('Test', { exact: true }).click();
  await page.getByRole('heading', { name: keys.empty.testTitle }).waitFor();
  expect(new URL(page.url()).searchParams.get('env')).toBe('test');
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog').first();
  await dialog.getByLabel(keys.fields.name).fill('Trial');
  await page.keyboard.press('Enter');
  expect(await readSecret(page)).toMatch(/^pk_test_/);
  expect(await runShown(await readSnippet(page))).toMatchObject({ status: 200 });
  await dialog.locator('[data-state=used]').waitFor();
});

test('an answer that is lost on its way makes no second key when the form is sent again', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=classic&create=true`);
  amal.forgive(/net::ERR_FAILED/);
  const asked: (string | undefined)[] = [];
  await page.route(`**/api/orgs/${orgId}/keys`, async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    asked.push(route.request().headers()['idempotency-key']);
    if (asked.length > 1) return route.continue();
    expect((await route.fetch()).status()).toBe(201);
    return route.abort();
  });
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('Asked twice');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByRole('button', { name: keys.create.submit }).click();
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  expect(asked).toEqual([expect.stringMatching(/^[0-9-]{20,}$/), asked[0]]);
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();
  await page.getByRole('main').getByText('Asked twice').first().waitFor();
  expect(await page.getByRole('row').filter({ hasText: 'Asked twice' }).count()).toBe(1);
});

test('a form that the server refuses keeps what was typed, and says it at the field', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/keys?api=palcards&create=true`);
  const dialog = page.getByRole('dialog').first();
  const name = dialog.getByLabel('Key name');
  await name.fill('ab');
  await page.keyboard.press('Enter');
  await dialog.getByText('Use at least 3 characters').waitFor();
  expect(await name.getAttribute('aria-invalid')).toBe('true');
  await expect.poll(() => name.evaluate((field) => field === document.activeElement)).toBe(true);
  await name.fill('Names with \u202ereversed\u202c parts');
  await page.keyboard.press('Enter');
  await dialog.getByText('holds control or text-direction characters').waitFor();
  expect(await name.inputValue()).toBe('Names with \u202ereversed\u202c parts');
  await dialog.getByLabel('Allowed IP list').fill('10.0.0.0/8, 2001:db8::1, ٢٠٣.0.113.9,');
  await dialog.getByText('10.0.0.0/8 is a range.').waitFor();
  await dialog.getByText('2001:db8::1 is not an IPv4 address.').waitFor();
  await dialog.getByText('203.0.113.9', { exact: true }).waitFor();
});

test('the panel of PalCards in Arabic, on its own host: made, shown once, blocked, fixed, deleted', async () => {
  await using amal = await miftah.openAs(ownerEmail, { language: 'ar' }, 'cp.palcards.localhost');
  const { page } = amal;
  const { keys, denials } = wordsOf('ar');
  await page.goto(`/orgs/${orgId}/keys`);
  await page.getByRole('heading', { level: 1, name: 'مفاتيح API' }).waitFor();
  await page.getByRole('button', { name: 'إنشاء مفتاح جديد' }).first().click();
  const dialog = page.getByRole('dialog').first();
  await dialog.getByText('جميع الطلبات محظورة').waitFor();
  await dialog.getByLabel('قائمة IP المسموحة').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByLabel('اسم المفتاح').fill('خادم الإنتاج');
  await dialog.locator('button[type=submit]').click();
  await dialog.getByText('لن تتمكن من رؤيته مرة أخرى').waitFor();
  const secret = await readSecret(page);
  expect(secret).toMatch(/^sk_prod_[0-9A-Za-z]{72}$/);
  const curl = await readSnippet(page);
  expect(curl).toContain(`-H "x-api-key: ${secret}"`);
  // The caller gets the vendor's general answer, and the owner sees the reason.
  expect(await runShown(curl)).toEqual({ status: 401, body: '{"statusCode":401,"message":"Unauthorized"}' });
  const refused = dialog.locator('[data-state=refused]');
  await refused.getByText(denials.reasons.address_list_empty.title).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await refused.getByRole('button', { name: '127.0.0.1' }).click();
  await page.getByRole('button', { name: denials.fix.add_address.confirm }).click();
  await refused.getByText(keys.first.sendAgain).waitFor();
  expect(await runShown(curl)).toMatchObject({ status: 200 });
  await dialog.locator('[data-state=used]').getByText('127.0.0.1').waitFor();
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();

  const row = page.getByRole('row', { name: /خادم الإنتاج/ });
  const columns = ['اسم المفتاح', 'قائمة IP المسموحة', keys.columns.lastUsed, keys.columns.created];
  const heads = (await page.getByRole('columnheader').allTextContents()).map((text) => text.trim());
  expect(heads).toEqual(expect.arrayContaining(columns));
  await row.getByText(`${secret.slice(0, 12)}…${secret.slice(-4)}`).waitFor();
  await row.getByText('127.0.0.1').first().waitFor();
  await row.getByRole('button', { name: /خادم الإنتاج/ }).click();
  const menu = page.getByRole('menu');
  await menu.getByRole('menuitem', { name: /^حذف/ }).waitFor();
  expect(await menu.getByRole('menuitem', { name: keys.menu.rotate }).count()).toBe(0);
  expect(await menu.getByRole('menuitem', { name: keys.menu.disable }).count()).toBe(0);
  await page.keyboard.press('Escape');
  await row.getByRole('checkbox').check();
  await page.getByRole('region', { name: keys.bulk.label }).getByRole('button', { name: /^حذف/ }).click();
  await page.getByRole('dialog').getByText('حذف مفتاح واحد؟').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('textbox').fill(secret.slice(-4));
  await page.getByRole('dialog').getByRole('button', { name: 'حذف' }).click();
  await page.getByText(keys.bulk.done.delete_one).waitFor();
  await row.waitFor({ state: 'detached' });
  expect(await runShown(curl)).toEqual({ status: 401, body: '{"statusCode":401,"message":"Unauthorized"}' });
});

test.each(['light', 'dark'] as const)('every item of a row’s menu can be read, chosen or not (%s)', async (theme) => {
  const name = `Menu ${theme}`;
  await makeKey(miftah.server, orgId, { api: 'classic', name });
  await using amal = await miftah.openAs(ownerEmail, { theme });
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/keys?api=classic&q=${encodeURIComponent(name)}`);
  await page.locator('[data-key] [aria-haspopup=menu]').first().click();
  const items = page.getByRole('menuitem');
  await items.last().waitFor();
  for (const item of await items.all()) {
    await item.hover();
    await expect.poll(() => item.evaluate((node) => node.matches(':hover'))).toBe(true);
    expect(await findViolations(page)).toEqual([]);
  }
});
