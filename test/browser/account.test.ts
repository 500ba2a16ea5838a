// The account page in a real browser: name, password, two-factor authentication, passkeys and sessions.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { totpOf } from '../people/authenticator.ts';
import { ConsoleClient, ownerEmail, password, tokenInMail } from '../people/console-client.ts';
import { type Appearance, addAuthenticator, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, addMember } = await openOwnedConsole();

/** For tests that go through many pages on a busy machine. */
const longMs = 180_000;

async function signIn(page: Page, email: string, language: Appearance['language'], secret = password): Promise<void> {
  const { auth } = wordsOf(language);
  await page.goto('/sign-in');
  await page.getByLabel(auth.fields.email).fill(email);
  await page.getByLabel(auth.fields.password, { exact: true }).fill(secret);
  await page.keyboard.press('Enter');
}

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
  { language: 'ar', theme: 'light' },
  { language: 'en', theme: 'dark', device: 'phone' },
];

test.each(appearances)('the account is accessible: %o', async (appearance) => {
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { account } = wordsOf(amal.appearance.language);
  await page.goto('/account');
  await page.getByRole('list', { name: account.sessions.title }).getByText(account.sessions.this).waitFor();
  await page.getByText(account.passkeys.none).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: account.password.open }).click();
  await page.getByRole('dialog').getByLabel(account.password.current).waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test.each(['en', 'ar'] as const)(
  'two-factor authentication: enabled, signed in with, and disabled again (%s)',
  async (language) => {
    const email = `two-${language}@example.com`;
    await addMember(email);
    const { account, auth } = wordsOf(language);
    const words = account.twoFactor;
    await using visitor = await miftah.openAs(email, { language, theme: language === 'ar' ? 'dark' : 'light' });
    const { page } = visitor;
    await page.goto('/account');
    await page.getByRole('button', { name: words.enable, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(account.password.current).fill('wrong horse battery');
    await page.keyboard.press('Enter');
    await dialog.getByText(account.password.wrong).waitFor();
    await dialog.getByLabel(account.password.current).fill(password);
    await page.keyboard.press('Enter');
    await dialog.getByRole('img', { name: words.qrLabel }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    const secret = ((await dialog.locator('bdi').textContent()) as string).replaceAll(' ', '');
    expect(secret).toMatch(/^[A-Z2-7]{32,}$/);
    await dialog.getByLabel(words.code).fill('000000');
    await page.keyboard.press('Enter');
    await dialog.getByText(words.wrongCode).waitFor();
    const uri = `otpauth://totp/x?secret=${secret}`;
    await dialog.getByLabel(words.code).fill(totpOf(uri, Date.now()));
    await page.keyboard.press('Enter');
    const codes = dialog.getByRole('list', { name: account.backupCodes.title }).getByRole('listitem');
    await codes.first().waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(await codes.count()).toBeGreaterThanOrEqual(8);
    const code = (await codes.first().textContent()) as string;
    const downloading = page.waitForEvent('download');
    await dialog.getByRole('button', { name: account.backupCodes.download }).click();
    expect((await downloading).suggestedFilename()).toBe('miftah-backup-codes.txt');
    // Escape must not close the dialog before the codes are saved.
    await page.keyboard.press('Escape');
    await codes.first().waitFor();
    await dialog.getByLabel(account.backupCodes.kept).check();
    await dialog.getByRole('button', { name: account.backupCodes.done }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(code);
    expect(await page.content()).not.toContain(secret);
    await page.getByText(words.on, { exact: true }).waitFor();

    await page.context().clearCookies();
    await page.context().addCookies([{ name: 'miftah-language', value: language, url: miftah.origin }]);
    await signIn(page, email, language);
    // A code works once, and the next period's code works already.
    await page.getByLabel(auth.fields.code).fill(totpOf(uri, Date.now() + 30_000));
    await page.keyboard.press('Enter');
    await page.waitForURL('**/orgs/**');

    await page.goto('/account');
    await page.getByRole('button', { name: words.renew }).click();
    await dialog.getByLabel(account.password.current).fill(password);
    await page.keyboard.press('Enter');
    await codes.first().waitFor();
    expect(await codes.first().textContent()).not.toBe(code);
    await dialog.getByLabel(account.backupCodes.kept).check();
    await dialog.getByRole('button', { name: account.backupCodes.done }).click();
    await page.getByRole('button', { name: words.disable, exact: true }).click();
    await dialog.getByLabel(account.password.current).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: words.enable, exact: true }).waitFor();
  },
  longMs,
);

test.each(['en', 'ar'] as const)(
  'a passkey is added, named, signed in with, deleted (%s)',
  async (language) => {
    const email = `passkey-${language}@example.com`;
    await addMember(email);
    const { account, auth, common } = wordsOf(language);
    const words = account.passkeys;
    await using visitor = await miftah.openAs(email, { language, theme: language === 'ar' ? 'dark' : 'light' });
    const { page } = visitor;
    await addAuthenticator(page);
    await page.goto('/account');
    await page.getByRole('button', { name: words.open }).click();
    const dialog = page.getByRole('dialog');
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByLabel(words.name).fill('الحاسوب');
    await page.keyboard.press('Enter');
    const row = page.getByRole('list', { name: words.title }).getByRole('listitem');
    await row.getByText('الحاسوب').waitFor();
    expect(await findViolations(page)).toEqual([]);
    // The same device can't add a second passkey.
    await page.getByRole('button', { name: words.open }).click();
    await dialog.getByRole('button', { name: words.add, exact: true }).click();
    await dialog.getByText(words.known).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    await row.getByRole('button').click();
    await page.getByRole('menuitem', { name: words.rename }).click();
    await dialog.getByLabel(words.name).fill('Laptop');
    await dialog.getByRole('button', { name: common.actions.save }).click();
    await row.getByText('Laptop').waitFor();

    await page.context().clearCookies();
    await page.context().addCookies([{ name: 'miftah-language', value: language, url: miftah.origin }]);
    await page.goto('/sign-in');
    await page.getByRole('button', { name: auth.signIn.passkey }).click();
    await page.waitForURL('**/orgs/**');
    await page.goto('/account');
    await row.getByRole('button').click();
    await page.getByRole('menuitem', { name: words.delete }).click();
    await dialog.getByRole('button', { name: words.delete, exact: true }).click();
    await page.getByText(words.none).waitFor();
  },
  longMs,
);

test('a browser without passkeys says so', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  await amal.page.addInitScript('delete window.PublicKeyCredential');
  await amal.page.goto('/account');
  await amal.page.getByText('This browser does not support passkeys.').waitFor();
  expect(await amal.page.getByRole('button', { name: 'Add a passkey' }).count()).toBe(0);
});

test(
  'a new password ends the other sessions; each session can be ended from here',
  async () => {
    const email = 'sessions@example.com';
    await addMember(email);
    const other = new ConsoleClient(miftah.server);
    await other.post('/api/auth/sign-in/email', { email, password }, { 'user-agent': 'curl/8.14.1' });
    await using visitor = await miftah.openAs(email);
    const { page } = visitor;
    await page.goto('/account');
    const sessions = page.getByRole('list', { name: 'Sessions' });
    const ofOther = sessions.getByRole('listitem').filter({ hasText: 'curl' });
    await ofOther.getByRole('button', { name: 'Sign out: curl' }).click();
    await ofOther.waitFor({ state: 'detached' });
    expect((await other.get('/api/session')).status).toBe(401);

    await other.signIn(email, password);
    await page.getByRole('button', { name: 'Change password' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Current password').fill(password);
    await dialog.getByLabel('New password').fill('too short');
    await page.keyboard.press('Enter');
    await dialog.getByText('Use at least 12 characters: 3 more').waitFor();
    await dialog.getByLabel('New password').fill('another long one');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await expect.poll(async () => (await other.get('/api/session')).status).toBe(401);

    await other.signIn(email, 'another long one');
    await page.reload();
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('Signed out of all other sessions.').waitFor();
    expect((await other.get('/api/session')).status).toBe(401);
    expect((await other.signIn(email, 'another long one')).status).toBe(200);
  },
  longMs,
);

test('a name is changed, and an address confirmed by the link of the mail', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto('/account');
  await page.getByLabel('Your name').fill('Amal Haddad');
  await page.keyboard.press('Enter');
  await page.getByText('Name saved.').waitFor();
  await page.getByRole('button', { name: 'Send link' }).click();
  await page.getByText('The link is in mail.log on the server').waitFor();
  const token = await tokenInMail(miftah.server, ownerEmail, 'verify-email');
  await page.goto(`/verify-email#token=${encodeURIComponent(token)}`);
  await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
  await page.goto('/account');
  await page.getByText('Confirmed', { exact: true }).waitFor();
  expect((await owner.get('/api/session')).body.person.name).toBe('Amal Haddad');
});
