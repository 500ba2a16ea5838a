// Keys in the console, in a real browser: made, shown once, tried with the call that is shown, mended, found, ended.
/// <reference lib="dom" />
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeOwner, ownerEmail } from '../people/console-client.ts';
import { type ConsoleUnderTest, findViolations, openConsole, wordsOf } from './browser.ts';

let miftah: ConsoleUnderTest;
let orgId: string;

beforeAll(async () => {
  miftah = await openConsole();
  ({ orgId } = await makeOwner(miftah.server));
}, 120_000);
afterAll(() => miftah[Symbol.asyncDispose]());

/** Runs what the console shows as a reader would: in a shell. The status and what came back. */
async function runShown(command: string): Promise<{ status: number; body: string }> {
  const line = command.replace(/^curl /, `curl -s -w '\\n%{http_code}' `);
  const { stdout } = await promisify(execFile)('sh', ['-c', line]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
}

/** What the tab shows once it is pointed at: the secret is in it then. */
async function readSnippet(page: Page): Promise<string> {
  const panel = page.getByRole('tabpanel');
  await panel.hover();
  return (await panel.locator('code').textContent()) as string;
}

test('a key is made, shown once, tried with the call shown, and seen to be used', async () => {
  await using amal = await miftah.visitAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=classic`);
  await page.getByRole('heading', { name: keys.empty.title }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('Production server');
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(keys.reveal.copy);
  expect(await findViolations(page)).toEqual([]);

  const curl = await readSnippet(page);
  expect(await runShown(curl)).toMatchObject({ status: 200 });
  await dialog.locator('[data-state=used]').getByText('127.0.0.1').waitFor();
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done }).click();
  await dialog.waitFor({ state: 'detached' });
  const row = page.getByRole('row', { name: /Production server/ });
  await row.getByText('127.0.0.1').waitFor();
  expect(await findViolations(page)).toEqual([]);
});
