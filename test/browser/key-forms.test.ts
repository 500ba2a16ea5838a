// What happens around the forms of keys, in a real browser: a reload over a secret, a key of the other environment, the
// end of the last key.
/// <reference lib="dom" />
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { makeKey } from './key-calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId } = await openOwnedConsole();

const appearances: readonly Partial<Appearance>[] = [{ language: 'en' }, { language: 'ar', device: 'phone' }];

test.each(appearances)(
  'a reload over a new secret says which key exists, and offers to end it: %o',
  async (appearance) => {
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { page } = amal;
    const { key: words, keys } = wordsOf(amal.appearance.language);
    const name = `Orphan ${amal.appearance.language}`;
    // A reload is confirmed: it asks, because the secret was not copied.
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
    await page.getByRole('dialog').getByLabel(keys.fields.name).fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: keys.reveal.copy }).waitFor();
    await page.reload();
    const dialog = page.getByRole('dialog', { name: keys.lost.title });
    await dialog.getByText(name).waitFor();
    const { body } = await owner.get(`/api/orgs/${orgId}/keys?api=palm&q=${encodeURIComponent(name)}`);
    const [{ id }] = body.data as [{ id: string }];
    await dialog.getByText(id).waitFor();
    await dialog.getByText(keys.fields.environment).waitFor();
    await dialog.getByText(/Production|الإنتاج/).waitFor();
    expect(await dialog.getByRole('textbox').count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('link', { name: keys.menu.revoke }).click();
    await page.waitForURL(/do=revoke/);
    const question = page.getByRole('dialog');
    await question.getByRole('button', { name: words.revoke.revoke.button, exact: true }).click();
    await page.getByText(keys.status.revoked.revoke, { exact: true }).waitFor();
    expect((await owner.get(`/api/orgs/${orgId}/keys/${id}`)).body.status).toBe('revoked');
  },
);

test('a reload over a rotated secret leads to another rotation, and the key can be kept', async () => {
  const { id } = await makeKey(miftah.server, orgId, { api: 'palm', name: 'Twice' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { key: words, keys } = wordsOf('en');
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`/orgs/${orgId}/keys/${id}?do=rotate`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: words.rotate.submit }).click();
  await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
  await page.reload();
  await dialog.getByText(keys.lost.rotateOr.revoke).waitFor();
  await dialog.getByRole('link', { name: keys.menu.rotate }).click();
  await dialog.getByRole('button', { name: words.rotate.submit }).click();
  await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
  await page.reload();
  await dialog.getByRole('button', { name: keys.lost.keep }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(page.url()).not.toContain('made');
});

test('the list follows a key that is made for the other environment', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palpluss&q=nothing&create=true`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('For tests');
  await dialog.getByText('Test', { exact: true }).click();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'For tests' }).waitFor();
  expect(new URL(page.url()).searchParams.get('env')).toBe('test');
  expect(new URL(page.url()).searchParams.get('api')).toBe('palpluss');
});

test.each(appearances)('after the last key is ended, filters and history stay: %o', async (appearance) => {
  const { id } = await miftah.server.createKey({ org: orgId, api: 'panel', name: 'The last' });
  await owner.call('DELETE', `/api/orgs/${orgId}/keys/${id}`);
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { keys } = wordsOf(amal.appearance.language);
  await page.goto(`/orgs/${orgId}/keys?api=panel`);
  await page.getByRole('heading', { name: keys.ended.title }).waitFor();
  await page.getByRole('combobox', { name: keys.list.show }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: keys.ended.show.delete }).click();
  await page.getByRole('link', { name: 'The last' }).first().waitFor();
});
