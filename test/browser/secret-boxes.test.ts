// A secret that is pasted into a box of the console: the page reports it, and no address, history or request has it.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, orgId } = await openOwnedConsole();
const { secret } = await miftah.server.createKey({ api: 'palcards', org: orgId, name: 'Pasted' });
const middle = secret.slice(secret.lastIndexOf('_') + 5, -6);

/** Records what leaves the page: its requests and the addresses that it opens. */
function follow(page: Page): string[] {
  const left: string[] = [];
  page.on('request', (request) => left.push(`${request.url()} ${request.postData() ?? ''}`));
  page.on('framenavigated', (frame) => left.push(frame.url()));
  return left;
}

const { common, operator, usage, keys, errors } = wordsOf('en');

test.each([
  ['/operator/orgs', (page: Page) => page.getByLabel(operator.orgs.search)],
  [`/orgs/${orgId}/usage`, (page: Page) => page.getByRole('combobox', { name: usage.key.label })],
  [`/orgs/${orgId}/denials`, (page: Page) => page.getByRole('combobox', { name: usage.key.label })],
  [`/orgs/${orgId}/keys`, (page: Page) => page.getByLabel(keys.list.search)],
] as const)('on %s is said so, and does not leave the page', async (path, boxOf) => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(path);
  const box = boxOf(page);
  await box.waitFor();
  const left = follow(page);
  // The secret is part of a line, as in a copied file.
  await box.fill(`KEY=${secret}`);
  await page.getByText(common.secretInBox).waitFor();
  expect(await findViolations(page)).toEqual([]);
  // A later search arrives, so the first one was not merely slow.
  const searched = page.waitForRequest((request) => request.url().includes('q=Pas'));
  await box.fill('Pas');
  await searched;
  await page.getByText(common.secretInBox).waitFor({ state: 'detached' });
  expect(JSON.stringify([left, page.url()])).not.toContain(middle);
});

test('in the palette is reported', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/keys`);
  await page.getByLabel(keys.list.search).waitFor();
  const left = follow(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('textbox').fill(secret);
  await page.getByRole('dialog').getByText(common.secretInBox).waitFor();
  expect(JSON.stringify([left, page.url()])).not.toContain(middle);
});

test('in the search of an address opened by hand is removed, also percent-encoded', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const encoded = [...secret].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  for (const [opened, wanted] of [
    [`/operator/orgs?q=${secret}&status=active`, '/operator/orgs?status=active'],
    [`/orgs/${orgId}/usage?key=${encoded}`, `/orgs/${orgId}/usage`],
    [`/orgs/${orgId}/audit?actor=${secret}`, `/orgs/${orgId}/audit`],
  ] as const) {
    const left: string[] = [];
    page.on('request', (request) => {
      // The browser itself requests the page by the address as typed.
      if (request.url().includes('/api/')) left.push(request.url());
    });
    await page.goto(opened);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByText(common.secretInBox).first().waitFor();
    await expect.poll(() => page.url()).toBe(`${miftah.origin}${wanted}`);
    expect(left.join()).not.toContain(middle);
    expect(left.map(decodeURIComponent).join()).not.toContain(middle);
  }
});

test('as the name of a key or of an organization is not sent', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
  const left = follow(page);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill(`old ${secret}`);
  await page.keyboard.press('Enter');
  await dialog.getByText(errors.codes.secret_in_request).waitFor();
  expect(left.join()).not.toContain(middle);
});
