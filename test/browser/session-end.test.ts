// A session that ends while someone works, in a real browser: they sign in again in place, and what they typed is kept.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ownerEmail, password } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { makeKey } from './key-calls.ts';
import { endSession, openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();

async function signInAgain(page: Page, language: Appearance['language'], email?: string): Promise<void> {
  const { auth } = wordsOf(language);
  const dialog = page.getByRole('dialog', { name: auth.signInAgain.title });
  await dialog.waitFor();
  if (email !== undefined) await dialog.getByLabel(auth.fields.email).fill(email);
  await dialog.getByLabel(auth.fields.password, { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
}

const namesOf = async (api: string) => {
  const { body } = await owner.get(`/api/orgs/${orgId}/keys?api=${api}`);
  return (body.data as { name: string }[]).map(({ name }) => name);
};

test.each<Partial<Appearance>>([{ language: 'en' }, { language: 'ar', theme: 'dark', device: 'phone' }])(
  'the form of a new key waits for the sign-in, and is sent after it: %o',
  async (appearance) => {
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { page } = amal;
    const { language } = amal.appearance;
    const { keys, errors, auth } = wordsOf(language);
    const name = `Kept ${language}`;
    await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
    const form = page.getByRole('dialog').first();
    await form.getByLabel(keys.fields.name).fill(name);
    await endSession(miftah, amal);
    await form.getByRole('button', { name: keys.create.submit, exact: true }).click();
    const dialog = page.getByRole('dialog', { name: auth.signInAgain.title });
    await expect.poll(() => dialog.getByLabel(auth.fields.email).inputValue()).toBe(ownerEmail);
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('password');
    expect(await findViolations(page)).toEqual([]);
    // Escape closes the dialog alone.
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await form.getByText(errors.codes.not_signed_in).waitFor();
    await form.getByRole('button', { name: keys.create.submit, exact: true }).click();
    await signInAgain(page, language);
    expect(await form.getByLabel(keys.fields.name).inputValue()).toBe(name);
    // A sign-in sends nothing.
    expect(await namesOf('palm')).not.toContain(name);
    await form.getByRole('button', { name: keys.create.submit, exact: true }).press('Enter');
    await page.getByRole('button', { name: keys.reveal.copy }).waitFor();
    expect(await namesOf('palm')).toContain(name);
  },
);

test('someone else who signs in there gets a page of their own, and none of what was typed', async () => {
  await addMember('badr@example.com', { name: 'Badr', role: 'developer' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
  await page.getByRole('dialog').getByLabel(keys.fields.name).fill('Not for Badr');
  await endSession(miftah, amal);
  await page.keyboard.press('Enter');
  await signInAgain(page, 'en', 'badr@example.com');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menu').getByText('badr@example.com').waitFor();
  expect(page.url()).not.toContain('create');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await namesOf('palm')).not.toContain('Not for Badr');
});

test('other forms keep what was typed, and a page that reads goes on', async () => {
  const key = await makeKey(miftah.server, orgId, { api: 'classic', name: 'Before' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { common, key: words, keys, auth, members } = wordsOf('en');

  // The key's page reads every few seconds, so it asks by itself, over the form.
  await page.goto(`/orgs/${orgId}/keys/${key.id}?do=edit`);
  const form = page.getByRole('dialog', { name: words.edit.titles.form });
  await form.getByLabel(keys.fields.name).fill('After');
  await endSession(miftah, amal);
  await signInAgain(page, 'en');
  expect(await form.getByLabel(keys.fields.name).inputValue()).toBe('After');
  await form.getByRole('button', { name: common.actions.save }).click();
  await page.getByRole('heading', { level: 1, name: 'After' }).waitFor();

  await page.goto(`/orgs/${orgId}/members`);
  await page.getByRole('button', { name: members.invite.open, exact: true }).click();
  const invite = page.getByRole('dialog', { name: members.invite.title });
  await invite.getByLabel(auth.fields.email).fill('new@example.com');
  await endSession(miftah, amal);
  await page.keyboard.press('Enter');
  await signInAgain(page, 'en');
  expect(await invite.getByLabel(auth.fields.email).inputValue()).toBe('new@example.com');
  await invite.getByRole('button', { name: members.invite.submit }).click();
  await page.getByRole('list', { name: members.invitations.title }).getByText('new@example.com').waitFor();

  await page.goto(`/orgs/${orgId}/settings`);
  const name = page.getByLabel(auth.fields.organization);
  await name.fill('Renamed');
  await endSession(miftah, amal);
  await page.keyboard.press('Enter');
  await signInAgain(page, 'en');
  expect(await name.inputValue()).toBe('Renamed');
  await page.getByRole('button', { name: common.actions.save }).click();
  await page.getByRole('banner').getByText('Renamed').waitFor();

  // A page that has nothing to keep asks in place too.
  await endSession(miftah, amal);
  await page.getByRole('link', { name: common.nav.members }).click();
  await signInAgain(page, 'en');
  await page.getByRole('list', { name: members.title }).getByText(ownerEmail).waitFor();
});

test('a read that is on its way during a sign-out leaves no question on the sign-in page', async () => {
  const key = await makeKey(miftah.server, orgId, { api: 'classic' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { auth, common } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys/${key.id}`);
  await page.getByRole('button', { name: common.shell.account }).click();
  // The server ends the session, and the page hears of it only after a read was refused.
  await page.route('**/api/auth/sign-out', async (route) => {
    const refused = page.waitForResponse((response) => response.status() === 401);
    const response = await route.fetch();
    await refused;
    await route.fulfill({ response });
  });
  await page.getByRole('menuitem', { name: common.actions.signOut }).click();
  await page.waitForURL('**/sign-in');
  await page.getByRole('heading', { level: 1, name: auth.signIn.title }).waitFor();
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
});
