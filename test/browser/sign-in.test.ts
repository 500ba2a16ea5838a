// The first minutes with the console in a real browser: sign-in and the frame, in both languages.
/// <reference lib="dom" />
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hostileSvg, png } from '../brand-pictures.ts';
import { ConsoleClient, ownerEmail, password, tokenInMail } from '../people/console-client.ts';
import { type Appearance, consoleApis, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const acme = 'cp.acme.localhost';
/** Just dark enough for white text. */
const colour = '#907300';
const pictures = await mkdtemp(join(tmpdir(), 'miftah-brand-'));
afterAll(() => rm(pictures, { recursive: true }));
await writeFile(join(pictures, 'logo.svg'), hostileSvg);
await writeFile(join(pictures, 'dark.png'), png);

const { miftah, orgId } = await openOwnedConsole({
  apis: consoleApis.replace('palcards.localhost]\n', `palcards.localhost, ${acme}]\n`),
  extra: `consoles: { ${acme}: { product: { en: Acme, ar: أكمي }, logo: ${pictures}/logo.svg, logoDark: ${pictures}/dark.png, colour: "${colour}" } }`,
});

const everyDirection: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark' },
  { language: 'en', theme: 'dark', device: 'phone' },
  { language: 'ar', theme: 'light', device: 'phone' },
];

test.each(everyDirection)('sign-in, the frame and the account are accessible: %o', async (appearance) => {
  await using visitor = await miftah.openAsStranger(appearance);
  const { page } = visitor;
  const { auth } = wordsOf(visitor.appearance.language);
  await page.goto('/sign-in');
  const heading = page.getByRole('heading', { level: 1 });
  await heading.waitFor();
  expect(await page.locator('html').getAttribute('dir')).toBe(visitor.appearance.language === 'ar' ? 'rtl' : 'ltr');
  expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(visitor.appearance.theme);
  expect(await findViolations(page)).toEqual([]);
  await page.getByLabel(auth.fields.email).fill(ownerEmail);
  await page.getByLabel(auth.fields.password, { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('banner').getByText('Dealers').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.goto('/account');
  await heading.waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test.each([
  { language: 'en', theme: 'light', device: 'desktop' },
  { language: 'ar', theme: 'dark', device: 'phone' },
] as const)('a branded console has its name, logo and colour, and is accessible: %o', async (appearance) => {
  await using visitor = await miftah.openAsStranger(appearance, acme);
  const { page } = visitor;
  const { auth } = wordsOf(visitor.appearance.language);
  const product = visitor.appearance.language === 'ar' ? 'أكمي' : 'Acme';
  await page.goto('/sign-in');
  const banner = page.getByRole('banner');
  await banner.getByText(product).waitFor();
  await expect.poll(() => page.title()).toBe(`${auth.signIn.title} · ${product}`);
  const logo = banner.locator('img');
  expect(await logo.getAttribute('src')).toMatch(visitor.appearance.theme === 'dark' ? /\.png$/ : /\.svg$/);
  await expect.poll(() => logo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  const button = page.locator('button[type="submit"]');
  expect(await button.evaluate((each) => getComputedStyle(each).backgroundColor)).toBe('rgb(144, 115, 0)');
  expect(await findViolations(page)).toEqual([]);
  await page.getByLabel(auth.fields.email).fill(ownerEmail);
  await page.getByLabel(auth.fields.password, { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/orgs/**');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expect.poll(() => page.title()).toContain(` · ${product}`);
  expect(await findViolations(page)).toEqual([]);
});

test('someone who opens the address of a logo runs no script, and loads nothing', async () => {
  await using visitor = await miftah.openAsStranger({}, acme);
  const { page } = visitor;
  const { body } = await new ConsoleClient(miftah.server, acme).get('/api/config');
  // The browser reports what the policy forbids.
  visitor.forgive(/./);
  const ended: string[] = [];
  page.on('requestfinished', (request) => ended.push(new URL(request.url()).pathname));
  page.on('requestfailed', (request) => ended.push(`${request.failure()?.errorText}: ${request.url()}`));
  await page.goto(body.logo.light, { waitUntil: 'networkidle' });
  expect(await page.evaluate(() => [document.documentElement.tagName, document.documentElement.id])).toEqual([
    'svg',
    '',
  ]);
  expect(ended.sort()).toEqual([body.logo.light, 'csp: http://picture.example/seen.png']);
});

test('a wrong password is said where it is read out, and leads nowhere', async () => {
  await using visitor = await miftah.openAsStranger();
  const { page } = visitor;
  await page.goto('/account');
  await page.waitForURL('**/sign-in?next=%2Faccount');
  await page.getByLabel('E-mail address').fill(ownerEmail);
  await page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('Incorrect e-mail or password.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  // The page that was asked for opens.
  await page.waitForURL('**/account');
});

test.each(['//example.com', '/\\example.com', 'https://example.com/'])('%s is no way back', async (next) => {
  await using visitor = await miftah.openAsStranger();
  const { page } = visitor;
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByLabel('E-mail address').fill(ownerEmail);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${miftah.origin}/orgs/**`);
});

test('sign-out ends the session and forgets what was read', async () => {
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  await page.goto('/');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await page.goto('/account');
  await page.waitForURL('**/sign-in?next=**');
});

test('language and colours are kept, and the page comes in them without a flash', async () => {
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  await page.goto('/account');
  await page.getByRole('button', { name: 'العربية' }).click();
  await page.getByRole('heading', { level: 1, name: wordsOf('ar').account.title }).waitFor();
  await page.getByText(wordsOf('ar').common.shell.themes.dark, { exact: true }).click();
  await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
  // No script of ours runs: the document alone must have the language and theme.
  await page.route('**/*.js', (route) => route.abort());
  await page.goto('/account', { waitUntil: 'commit' });
  await page.locator('body').waitFor({ state: 'attached' });
  expect(await page.locator('html').getAttribute('lang')).toBe('ar');
  expect(await page.locator('html').getAttribute('dir')).toBe('rtl');
  expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
  visitor.forgive(/ERR_FAILED/);
});

test('the test environment is in the address and tints the bar', async () => {
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}?api=palm`);
  await page.getByRole('radiogroup', { name: 'Environment' }).locator('label').last().click();
  await page.waitForURL(/[?&]env=test/);
  expect(page.url()).toContain('api=palm');
  await page.getByText('Requests are not billed').waitFor();
  await page.reload();
  await page.getByText('Requests are not billed').waitFor();
  expect(await findViolations(page)).toEqual([]);
  // The panel has no test environment.
  await page.getByRole('button', { name: /Switch API/ }).click();
  await page.getByRole('menuitem', { name: /panel/i }).click();
  await page.waitForURL(/api=panel/);
  expect(page.url()).not.toContain('env=test');
});

test('the keyboard reaches everything: skip link, palette, shortcuts', async () => {
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  await page.goto('/account');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.goto(`/orgs/${orgId}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Search pages, actions, organizations…').fill('account');
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/account');
  // For a screen reader, the focus is on the heading of the new page.
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
});

test('a forgotten password is set anew by the link of the mail', async () => {
  await using visitor = await miftah.openAsStranger();
  const { page } = visitor;
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Forgot password?' }).click();
  await page.getByLabel('E-mail address').fill(ownerEmail);
  await page.getByRole('button', { name: 'Send link' }).click();
  await page.getByRole('heading', { name: 'Check your inbox' }).waitFor();
  const token = await tokenInMail(miftah.server, ownerEmail, 'reset-password');
  await page.goto(`/reset-password#token=${encodeURIComponent(token)}`);
  await page.getByLabel('New password').fill(password);
  expect(page.url()).not.toContain('token');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.waitForURL('**/sign-in');
  await page.getByText('Password changed').waitFor();
  // The link works once.
  await page.goto(`/reset-password#token=${encodeURIComponent(token)}`);
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('This link was used before or has expired.').waitFor();
  await page.goto('/verify-email#token=spent');
  await page.getByText('Request another on the page of your account.').waitFor();
  await page.getByRole('link', { name: 'Open your account' }).waitFor();
  // A newer link works in the same tab, which the browser does not load again, and also after a reload.
  await new ConsoleClient(miftah.server).post('/api/auth/request-password-reset', { email: ownerEmail });
  await expect.poll(() => tokenInMail(miftah.server, ownerEmail, 'reset-password')).not.toBe(token);
  const newer = await tokenInMail(miftah.server, ownerEmail, 'reset-password');
  await page.goto(`/reset-password#token=${encodeURIComponent(newer)}`);
  await page.getByLabel('New password').waitFor();
  await page.reload();
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.waitForURL('**/sign-in');
});

test('an address that leads nowhere says so', async () => {
  await using visitor = await miftah.openAsStranger();
  await visitor.page.goto('/nowhere');
  await visitor.page.getByRole('heading', { name: 'Page not found' }).waitFor();
  expect(await findViolations(visitor.page)).toEqual([]);
});
