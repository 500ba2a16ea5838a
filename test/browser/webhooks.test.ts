// Webhooks in a real browser, with a real receiver: create, verify, test, rotate, replay, a server that refuses, delete.
/// <reference lib="dom" />
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { openReceiver, type Receiver } from '../webhooks/receiver.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, orgId, addMember } = await openOwnedConsole({ extra: 'webhooks: { allow: [127.0.0.1] }' });
let receiver: Receiver;
beforeAll(async () => {
  receiver = await openReceiver();
});
afterAll(() => receiver.close());

/** For tests that go through many pages on a busy machine. */
const longMs = 180_000;

const places: readonly { readonly path: string; readonly appearance: Partial<Appearance> }[] = [
  { path: `/orgs/${orgId}/webhooks`, appearance: { language: 'en', theme: 'light' } },
  { path: '/operator/webhooks', appearance: { language: 'ar', theme: 'dark', device: 'phone' } },
];

test.each(places)('a webhook from its secret to its end: $path', { timeout: longMs }, async ({ path, appearance }) => {
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { webhooks, keys } = wordsOf(amal.appearance.language);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialog = page.getByRole('dialog');
  await page.goto(path);
  await page.getByRole('heading', { name: webhooks.empty.title }).waitFor();
  expect(await findViolations(page)).toEqual([]);

  await page.keyboard.press('c');
  await dialog.getByLabel(webhooks.fields.name, { exact: true }).fill('Billing');
  await dialog.getByLabel(webhooks.fields.url, { exact: true }).fill('not a url');
  await page.keyboard.press('Enter');
  await dialog.getByText(webhooks.faults.url).waitFor();
  await dialog.getByLabel(webhooks.fields.url, { exact: true }).fill(receiver.url);
  await dialog.getByRole('radio', { name: webhooks.types.some }).check();
  await dialog.getByRole('checkbox', { name: webhooks.events.key.revoked }).check();
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: webhooks.create.submit, exact: true }).click();
  const box = page.locator('[data-secret]');
  await box.focus();
  const secret = (await box.textContent()) ?? '';
  expect(secret).toMatch(/^whsec_/);
  expect(await findViolations(page)).toEqual([]);
  // It is not copied yet, so the dialog asks first.
  await button(webhooks.reveal.done).click();
  await page.getByRole('dialog', { name: keys.leave.title }).getByRole('button', { name: keys.leave.leave }).click();
  await dialog.waitFor({ state: 'detached' });

  await page.getByRole('link', { name: 'Billing' }).click();
  await page.getByRole('heading', { level: 1, name: 'Billing' }).waitFor();
  const before = receiver.received.length;
  await button(webhooks.test.open).click();
  await receiver.until(({ length }) => length > before);
  const tested = receiver.received[before];
  new Webhook(secret).verify(tested?.body ?? '', tested?.headers ?? {});
  const rows = page.getByRole('list', { name: webhooks.deliveries.title });
  await rows.getByText(webhooks.deliveries.statuses.delivered, { exact: true }).waitFor();
  await rows.getByRole('button', { name: webhooks.attempts.open }).click();
  const attempts = page.getByRole('list', { name: webhooks.attempts.open });
  await attempts.getByRole('listitem').first().waitFor();
  expect(await findViolations(page)).toEqual([]);
  await rows.getByRole('button', { name: webhooks.deliveries.replay }).click();
  await receiver.until(({ length }) => length > before + 1);
  expect(receiver.received.at(-1)?.id).toBe(tested?.id);

  await button(webhooks.rotate.open).click();
  await dialog.getByRole('button', { name: webhooks.rotate.submit, exact: true }).click();
  await dialog.getByRole('button', { name: webhooks.reveal.copy }).click();
  await button(webhooks.reveal.done).click();
  await button(webhooks.overlap.end).click();
  await dialog.getByRole('button', { name: webhooks.overlap.confirm }).click();
  await dialog.waitFor({ state: 'detached' });
  await button(webhooks.overlap.end).waitFor({ state: 'detached' });

  await page.getByRole('combobox', { name: webhooks.deliveries.filter }).selectOption('failed');
  await page.getByText(webhooks.deliveries.noneSuch).waitFor();
  expect(new URL(page.url()).search).toBe('?status=failed');
  receiver.answer = 410;
  await button(webhooks.test.open).click();
  await page.getByText(webhooks.disabled.gone.title).waitFor();
  receiver.answer = 204;
  expect(await findViolations(page)).toEqual([]);
  await button(webhooks.switch.on).click();
  await button(webhooks.switch.off).waitFor();
  await button(webhooks.delete.open).click();
  await dialog.getByRole('button', { name: webhooks.delete.confirm, exact: true }).click();
  await page.getByRole('heading', { name: webhooks.empty.title }).waitFor();
});

test('a developer neither finds webhooks nor reads them', async () => {
  await addMember('badr@example.com', { role: 'developer' });
  await using badr = await miftah.openAs('badr@example.com');
  const { page } = badr;
  const { webhooks, common } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/webhooks`);
  await page.getByRole('heading', { name: webhooks.noRight.title }).waitFor();
  expect(await page.getByRole('link', { name: common.nav.webhooks }).count()).toBe(0);
  badr.forgive(/404|403/);
  await page.goto('/operator/webhooks');
  await page.getByRole('heading', { name: webhooks.title }).waitFor({ state: 'detached' });
});
