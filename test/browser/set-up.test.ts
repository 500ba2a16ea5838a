// The first run in a real browser: from the printed link to the form of the first key, in both languages and themes.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { makeOwner, ownerEmail, password } from '../people/console-client.ts';
import { startSmtpReceiver } from '../people/smtp-receiver.ts';
import { type Appearance, type ConsoleUnderTest, findViolations, openConsole, wordsOf } from './browser.ts';

const longMs = 180_000;

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    expect(await findViolations(page), colorScheme).toEqual([]);
  }
}

/** Goes through the steps that create the account, until the person is signed in. */
async function makeAccount(page: Page, { server }: ConsoleUnderTest, language: Appearance['language']): Promise<void> {
  const { auth, common } = wordsOf(language);
  await page.goto(`/setup#token=${server.server.setUpToken}`);
  await page.getByLabel(auth.fields.name).fill('Amal');
  // The token leaves the address bar before the page sends anything.
  expect(page.url()).not.toContain('token');
  await page.getByLabel(auth.fields.email).fill(ownerEmail);
  await page.getByLabel(auth.fields.newPassword).fill('too short');
  await page.getByRole('button', { name: common.actions.continue }).click();
  await page.locator('input[type=password][aria-invalid=true]').waitFor();
  await expectAccessible(page);
  await page.getByLabel(auth.fields.newPassword).fill(password);
  await page.getByRole('button', { name: common.actions.continue }).click();
  await page.getByLabel(auth.fields.organization).fill('بيت المفاتيح');
  await expectAccessible(page);
  await page.getByRole('button', { name: auth.setUp.submit }).click();
  await page.getByRole('heading', { name: auth.setUp.way.title }).waitFor();
}

test.each(['en', 'ar'] as const)(
  'leads from the printed link to the form of the first key (%s)',
  async (language) => {
    const smtp = await startSmtpReceiver();
    const mail = `mail: { from: "Keys <keys@example.com>", smtp: { host: 127.0.0.1, port: ${smtp.port} } }`;
    await using miftah = await openConsole({ extra: mail });
    await using visitor = await miftah.openAsStranger({ language });
    const { page } = visitor;
    const { auth, common, server } = wordsOf(language);
    await makeAccount(page, miftah, language);
    await page.getByText(server.way.findings.direct.title).waitFor();
    await expectAccessible(page);

    // For a proxy that the configuration does not name, the page shows the line to paste.
    await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' });
    await page.getByRole('button', { name: server.way.again }).click();
    await page.getByRole('main').getByText(server.way.findings.proxy_not_trusted.title).waitFor();
    await page.getByText('public: { trustedProxies: ["127.0.0.1"] }').waitFor();
    await page.getByText('203.0.113.9').waitFor();
    await expectAccessible(page);
    await page.setExtraHTTPHeaders({});

    // A reload stays at the same step.
    await page.reload();
    await page.getByRole('heading', { name: auth.setUp.way.title }).waitFor();
    await page.getByRole('button', { name: common.actions.continue }).click();
    await page.getByRole('heading', { name: auth.setUp.mail.title }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    await page.getByText(`127.0.0.1:${smtp.port}`).waitFor();
    await page.getByRole('button', { name: server.mail.test }).click();
    await page.getByText(server.mail.outcomes.sent.title).waitFor();
    expect(smtp.received.join('')).toContain(`To: ${ownerEmail}\r\n`);
    await expectAccessible(page);
    smtp.close();
    await page.getByRole('button', { name: server.mail.test }).click();
    await page.getByText(server.mail.outcomes.unreachable.title).waitFor();
    await page.getByText('ECONNREFUSED').waitFor();
    await expectAccessible(page);

    await page.getByRole('button', { name: auth.setUp.finish }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/orgs\/org_\w+\/keys$/);
    await page.goto('/setup');
    await page.getByRole('heading', { name: auth.setUp.over.title }).waitFor();
  },
  longMs,
);

test(
  'without a mail server it says what then does not work, and what to write',
  async () => {
    await using miftah = await openConsole();
    await using visitor = await miftah.openAsStranger({ language: 'ar' });
    const { page } = visitor;
    const { common, server } = wordsOf('ar');
    await makeAccount(page, miftah, 'ar');
    await page.getByRole('button', { name: common.actions.continue }).click();
    await page.getByText(server.mail.none.title).waitFor();
    await page.getByText('passwordFile: /run/secrets/smtp').waitFor();
    await expectAccessible(page);
  },
  longMs,
);

test.each(['en', 'ar'] as const)(
  'a link works in a tab that has the page open, and a reload keeps step 2 (%s)',
  async (language) => {
    await using miftah = await openConsole();
    await using visitor = await miftah.openAsStranger({ language, device: 'phone' });
    const { page } = visitor;
    const { auth, common } = wordsOf(language);
    await page.goto('/setup');
    await page.getByRole('heading', { name: auth.setUp.noToken.title }).waitFor();
    // Only the fragment changes, so the browser does not load the page again.
    await page.goto(`/setup#token=${miftah.server.server.setUpToken}`);
    await page.getByLabel(auth.fields.name).fill('Amal');
    await page.getByLabel(auth.fields.email).fill(ownerEmail);
    await page.getByLabel(auth.fields.newPassword).fill(password);
    await page.getByRole('button', { name: common.actions.continue }).click();
    await page.getByRole('heading', { name: auth.setUp.organization }).waitFor();
    expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain(password);
    await page.reload();
    await page.getByRole('heading', { name: auth.setUp.organization }).waitFor();
    await page.getByLabel(auth.fields.organization).fill('Keys');
    await page.getByRole('button', { name: auth.setUp.submit }).click();
    await page.locator('input[type=password][aria-invalid=true]').waitFor();
    await expectAccessible(page);
    await page.getByLabel(auth.fields.newPassword).fill(password);
    await page.getByRole('button', { name: auth.setUp.submit }).click();
    await page.getByRole('heading', { name: auth.setUp.way.title }).waitFor();
    expect(await page.evaluate(() => Object.keys(sessionStorage).join())).not.toContain('miftah');
  },
  longMs,
);

test(
  'its later steps are for who is signed in, and none ends nowhere when its answer is lost or someone else was first',
  async () => {
    await using miftah = await openConsole();
    const { auth, common } = wordsOf('en');
    await using stranger = await miftah.openAsStranger();
    // Without a first person, no one can sign in.
    await stranger.page.goto('/setup?step=mail');
    await stranger.page.getByRole('heading', { name: auth.setUp.noToken.title }).waitFor();

    // The field takes the whole link for its token. The answer to the set-up never arrives.
    const { page } = stranger;
    await page
      .getByLabel(auth.setUp.noToken.field)
      .fill(`${miftah.origin}/setup#token=${miftah.server.server.setUpToken}`);
    await page.keyboard.press('Enter');
    await page.getByLabel(auth.fields.name).fill('Amal');
    await page.getByLabel(auth.fields.email).fill(ownerEmail);
    await page.getByLabel(auth.fields.newPassword).fill(password);
    await page.keyboard.press('Enter');
    await page.getByLabel(auth.fields.organization).fill('Late');
    await page.route('**/api/setup', async (route) => {
      await makeOwner(miftah.server);
      await route.continue();
    });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: auth.setUp.way.title }).waitFor();

    await using other = await miftah.openAsStranger();
    await other.page.goto('/setup?step=mail');
    await other.page.getByRole('heading', { name: auth.signIn.title }).waitFor();
    await other.page.getByLabel(auth.fields.email).fill(ownerEmail);
    await other.page.getByLabel(auth.fields.password, { exact: true }).fill(password);
    await other.page.keyboard.press('Enter');
    await other.page.getByRole('heading', { name: auth.setUp.mail.title }).waitFor();
    await other.page.getByRole('button', { name: common.actions.back }).click();
    await other.page.getByRole('heading', { name: auth.setUp.way.title }).waitFor();
  },
  longMs,
);
