// Screens of the pages for people who are not signed in.
import type { Page } from 'playwright-core';
import { ConsoleClient, ownerEmail, password, tokenInMail } from '../../people/console-client.ts';
import { wordsOf } from '../browser.ts';
import type { Screen } from '../screens.ts';

/** Makes the console show the set-up, although it already has a first person. */
async function pretendNobody(page: Page): Promise<void> {
  await page.route('**/api/config', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), needsSetUp: true } });
  });
}

export const authScreens: readonly Screen[] = [
  {
    name: 'sign-in',
    visitor: 'stranger',
    open: async (page) => {
      await page.goto('/sign-in');
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
  },
  {
    name: 'sign-in-wrong',
    visitor: 'stranger',
    open: async (page, _stage, { language }) => {
      const { fields } = wordsOf(language).auth;
      await page.goto('/sign-in');
      await page.getByLabel(fields.email).fill('nobody@example.com');
      await page.getByLabel(fields.password, { exact: true }).fill('not the password');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'sign-in-palcards',
    visitor: 'stranger',
    host: 'cp.palcards.localhost',
    open: async (page) => {
      await page.goto('/sign-in');
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
  },
  {
    name: 'forgot-sent',
    visitor: 'stranger',
    open: async (page, _stage, { language }) => {
      const { fields, forgot } = wordsOf(language).auth;
      await page.goto('/forgot-password');
      await page.getByLabel(fields.email).fill('badr@example.com');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: forgot.sentTitle }).waitFor();
    },
  },
  {
    name: 'reset-password',
    visitor: 'stranger',
    open: async (page, _stage, { language }) => {
      const { fields } = wordsOf(language).auth;
      await page.goto('/reset-password#token=x');
      await page.getByLabel(fields.newPassword).fill('short');
      await page.keyboard.press('Enter');
      await page.locator('[aria-invalid=true]').waitFor();
    },
  },
  {
    name: 'accept-invitation',
    visitor: 'stranger',
    open: async (page, { miftah: { server }, orgId }, { language, theme, device }) => {
      const owner = new ConsoleClient(server);
      await owner.signIn(ownerEmail, password);
      const email = `${language}.${theme}.${device}@example.com`;
      await owner.post(`/api/orgs/${orgId}/invitations`, { email, role: 'developer' });
      await page.goto(`/accept-invitation#token=${await tokenInMail(server, email, 'accept-invitation')}`);
      await page.getByLabel(wordsOf(language).auth.fields.name).waitFor();
    },
  },
  {
    name: 'set-up-token',
    visitor: 'stranger',
    open: async (page) => {
      await pretendNobody(page);
      await page.goto('/setup');
      await page.getByRole('textbox').waitFor();
    },
  },
  {
    name: 'set-up-account',
    visitor: 'stranger',
    open: async (page, _stage, { language }) => {
      await pretendNobody(page);
      await page.goto('/setup#token=x');
      await page.getByLabel(wordsOf(language).auth.fields.name).waitFor();
    },
  },
  {
    name: 'set-up-organization',
    visitor: 'stranger',
    open: async (page, _stage, { language }) => {
      const { fields } = wordsOf(language).auth;
      await pretendNobody(page);
      await page.goto('/setup#token=x');
      await page.getByLabel(fields.name).fill('Amal');
      await page.getByLabel(fields.email).fill('amal@example.com');
      await page.getByLabel(fields.newPassword).fill(password);
      await page.keyboard.press('Enter');
      await page.getByLabel(fields.organization).waitFor();
    },
  },
  {
    name: 'set-up-way',
    open: async (page, _stage, { language }) => {
      await page.setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' });
      await page.goto('/setup?step=way');
      await page.getByText(wordsOf(language).server.way.findings.proxy_not_trusted.title).waitFor();
    },
  },
  {
    name: 'set-up-mail',
    open: async (page, _stage, { language }) => {
      await page.goto('/setup?step=mail');
      await page.getByText(wordsOf(language).server.mail.none.title).waitFor();
    },
  },
  {
    name: 'not-found',
    visitor: 'stranger',
    open: async (page) => {
      await page.goto('/nowhere');
      await page.getByRole('heading').waitFor();
    },
  },
];
