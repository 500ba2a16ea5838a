// Notifications in a real browser: the bell, the list, and the settings of the account.
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { makeKey } from './key-calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId } = await openOwnedConsole();

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
];

test.each(appearances)('the bell leads to the list, whose lines are read by keyboard: %o', async (appearance) => {
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { common, notifications: words } = wordsOf(amal.appearance.language);
  await owner.post(`/api/orgs/${orgId}/notifications/read`, { upTo: (await newest()) ?? 'ntf_none' });
  for (const name of ['Till', 'محل القدس']) await makeKey(miftah.server, orgId, { api: 'classic', name });
  await page.goto(`/orgs/${orgId}/keys?api=classic`);
  const bell = page.getByRole('link', { name: common.shell.unread.replace('{{unread}}', '2') });
  await bell.press('Enter');
  await page.waitForURL('**/notifications*');
  const rows = page.getByRole('list', { name: words.title }).getByRole('listitem');
  const reads = page.getByRole('button', { name: words.readNamed.replace('{{name}}', '').trim() });
  await expect.poll(() => reads.count()).toBe(2);
  expect(await findViolations(page)).toEqual([]);
  await reads.first().press('Enter');
  await expect.poll(() => reads.count()).toBe(1);
  await page.getByRole('button', { name: words.readAll }).press('Enter');
  await expect.poll(() => reads.count()).toBe(0);
  await page.getByRole('link', { name: common.shell.notifications, exact: true }).waitFor();
  await rows.first().getByRole('link').press('Enter');
  await page.getByRole('heading', { level: 1, name: 'محل القدس' }).waitFor();
});

test.each(['en', 'ar'] as const)('the account keeps when mails go, and follows the language (%s)', async (language) => {
  await using amal = await miftah.openAs(ownerEmail, { language });
  const { page } = amal;
  const { account } = wordsOf(language);
  await page.goto('/account#notifications');
  const group = page.getByRole('radiogroup', { name: account.notifications.kinds.key_change });
  await group.getByText(account.notifications.timings.never).click();
  await page.getByText(account.notifications.saved).waitFor();
  await page.getByLabel(account.notifications.hour).selectOption('18');
  const settings = async () => (await owner.get('/api/session/settings')).body;
  await expect.poll(async () => (await settings()).digestHour).toBe(18);
  expect((await settings()).kinds).toContainEqual({ kind: 'key_change', timing: 'never' });
  const other = language === 'en' ? 'ar' : 'en';
  await page
    .getByText(language === 'en' ? 'العربية' : 'English', { exact: true })
    .first()
    .click();
  await expect.poll(async () => (await settings()).language).toBe(other);
  const next = wordsOf(other).account.notifications;
  await page.getByRole('radiogroup', { name: next.kinds.key_change }).getByText(next.timings.daily).click();
  await expect.poll(async () => (await settings()).kinds).toContainEqual({ kind: 'key_change', timing: 'daily' });
  await owner.call('PATCH', '/api/session/settings', { body: { digestHour: 8 } });
});

async function newest(): Promise<string | undefined> {
  return (await owner.get(`/api/orgs/${orgId}/notifications`)).body.data[0]?.id;
}
