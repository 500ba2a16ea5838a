// A list of 10,000 keys in a real browser: paging, searching, sorting and filtering without a visible wait, whatever
// the keys' names.
/// <reference lib="dom" />
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { ownerEmail } from '../people/console-client.ts';
import { findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';
import { hostileName } from './screens/keys.ts';
import { type SeededKey, seedOrganization } from './seed.ts';

const { miftah, orgId } = await openOwnedConsole();

let seeded: readonly SeededKey[];

beforeAll(async () => {
  await miftah.server.restart(async (storage) => {
    const keys = { orgId, apiId: 'classic', format: profiles.classic.secret };
    await seedOrganization(storage, { ...keys, keys: 1, names: [hostileName] });
    seeded = await seedOrganization(storage, keys);
    // A few test keys for the test that revokes some, so that tests that count live keys find all of them in any order.
    await seedOrganization(storage, { ...keys, keys: 40, environments: ['test'] });
  });
}, 180_000);

/**
 * How long a reader may wait for a list. `npm test` runs beside other work, which slows the browser, so it only finds
 * stalls. `npm run test:faults` allows a second.
 */
const patienceMs = Number(process.env.MIFTAH_PATIENCE_MS ?? 10_000);

const rows = (page: Page) => page.locator('tr[data-key]');

async function openList(page: Page, search = ''): Promise<void> {
  await page.goto(`/orgs/${orgId}/keys?api=classic${search}`);
  await rows(page).first().waitFor();
}

/** Milliseconds from the start of `act` until `result` is shown. */
async function timeUntil(act: () => Promise<unknown>, result: Locator): Promise<number> {
  const startedMs = performance.now();
  await act();
  await result.waitFor();
  return performance.now() - startedMs;
}

test('10,000 keys are paged, sorted, searched and filtered', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await openList(page);
  expect(await rows(page).count()).toBe(50);
  await page.getByText(/1 to 50 of 9,501 keys/).waitFor();
  const newest = await rows(page).first().getAttribute('data-key');

  const firstLink = rows(page).first().getByRole('link');
  const times = {
    next: await timeUntil(
      () => page.getByRole('button', { name: keys.list.next }).click(),
      page.getByText(/51 to 100 of/),
    ),
    byName: await timeUntil(
      () => page.getByRole('button', { name: keys.columns.name, exact: true }).click(),
      firstLink.getByText(/^<img/),
    ),
    search: await timeUntil(async () => {
      await page.keyboard.press('/');
      await page.keyboard.type('رام الله 9992');
    }, firstLink.getByText(/9992/)),
  };
  expect(new URL(page.url()).searchParams.get('q')).toBe('رام الله 9992');
  expect(await rows(page).count()).toBe(1);
  expect(times).toEqual({
    next: expect.toSatisfy((ms: number) => ms < patienceMs),
    byName: expect.toSatisfy((ms: number) => ms < patienceMs),
    search: expect.toSatisfy((ms: number) => ms < patienceMs),
  });

  await page.getByRole('button', { name: keys.list.clearSearch }).click();
  await page.getByText(/1 to 50 of/).waitFor();
  await page.getByRole('combobox', { name: keys.list.show }).selectOption(keys.views.expiring14);
  await page.getByText(/1 to 50 of 2\d\d keys/).waitFor();
  expect(new URL(page.url()).searchParams.get('show')).toBe('expiring14');
  // The address alone leads to the same list.
  await page.reload();
  await page.getByText(/1 to 50 of 2\d\d keys/).waitFor();
  expect(await rows(page).first().getAttribute('data-key')).not.toBe(newest);
  expect(await findViolations(page)).toEqual([]);

  // The seeded keys are 20 to 120 days old, and the profile asks for a rotation after 90.
  await page.getByRole('combobox', { name: keys.list.show }).selectOption(keys.views.rotation);
  await page.getByText(/1 to 50 of 2,\d\d\d keys/).waitFor();
  expect(await rows(page).getByText(keys.list.rotationDue).count()).toBe(50);
  await rows(page).last().getByRole('link').click();
  await page.getByText(/^The secret of this key is \d+ days old\. Rotate API keys every 90 days\./).waitFor();
});

test('the pages follow each other, there and back', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await openList(page);
  const idsOf = () => rows(page).evaluateAll((list) => list.map((row) => row.getAttribute('data-key')));
  const first = await idsOf();
  await page.getByRole('button', { name: keys.list.next }).click();
  await page.getByText(/51 to 100 of/).waitFor();
  const second = await idsOf();
  expect(second.filter((id) => first.includes(id))).toEqual([]);
  await page.getByRole('button', { name: keys.list.next }).click();
  await page.getByText(/101 to 150 of/).waitFor();
  await page.getByRole('button', { name: keys.list.previous }).click();
  await page.getByText(/51 to 100 of/).waitFor();
  expect(await idsOf()).toEqual(second);
  await page.goBack();
  await page.getByText(/101 to 150 of/).waitFor();
});

test('a whole key that is pasted is found by its digest, and is in no request and no address', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await openList(page);
  const wanted = seeded[4321] as SeededKey;
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.getByLabel(keys.list.search).fill(wanted.secret);
  await rows(page).getByText(wanted.name).waitFor();
  expect(await rows(page).count()).toBe(1);
  expect(sent.some((text) => text.includes(wanted.digest))).toBe(true);
  expect(JSON.stringify([sent, page.url(), await page.content()])).not.toContain(wanted.secret.slice(12, -6));
  await page.getByLabel(keys.list.search).fill(wanted.secret.slice(0, 30));
  await page.getByText(/part of a key: 30 of/).waitFor();
  expect(JSON.stringify([sent, page.url()])).not.toContain(wanted.secret.slice(12, 30));
});

test('a hostile name is text, of its own direction, in a line or two', async () => {
  for (const language of ['en', 'ar'] as const) {
    await using amal = await miftah.openAs(ownerEmail, { language });
    const { page } = amal;
    await openList(page, '&sort=name');
    const row = rows(page).first();
    await row.getByText('<img src=x onerror="alert(1)">').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    expect(await row.textContent()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    const { height = 0 } = (await row.boundingBox()) ?? {};
    expect(height).toBeLessThan(110);
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    await row.getByRole('button', { name: /img src/ }).click();
    await page.getByRole('menu').waitFor();
    expect(await findViolations(page)).toEqual([]);
  }
});

test('a list that can not be read says so, and is read again', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { common } = wordsOf('en');
  await page.route('**/api/orgs/*/keys?*', (route) => route.fulfill({ status: 404, body: '{}' }), { times: 1 });
  await page.goto(`/orgs/${orgId}/keys?api=classic`);
  await page.getByRole('alert').getByText(common.states.error).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: common.actions.retry }).click();
  await rows(page).first().waitFor();
});

test('several keys are ended at once', async () => {
  await using amal = await miftah.openAs(ownerEmail, { device: 'phone', theme: 'dark' });
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=classic&env=test&q=Reports`);
  const boxes = page.getByRole('checkbox');
  await boxes.first().waitFor();
  expect(await findViolations(page)).toEqual([]);
  for (const at of [0, 1, 2]) await boxes.nth(at).check();
  await page
    .getByRole('region', { name: keys.bulk.label })
    .getByRole('button', { name: /Revoke/ })
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Revoke 3 keys?').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: keys.menu.revoke, exact: true }).click();
  await page.getByText('3 keys revoked.').waitFor();
});
