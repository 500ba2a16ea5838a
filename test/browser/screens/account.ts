// Screens of the frame and of the reader's account.
import { wordsOf } from '../browser.ts';
import type { Screen } from '../screens.ts';

export const accountScreens: readonly Screen[] = [
  {
    name: 'account',
    open: async (page) => {
      await page.goto('/account');
      await page.getByRole('heading', { level: 1 }).waitFor();
    },
  },
  {
    name: 'sign-in-again',
    open: async (page, { orgId }) => {
      await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
      await page.getByRole('dialog').getByRole('textbox').first().fill('Production server');
      await page.context().clearCookies();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').locator('input[type=password]').waitFor();
    },
  },
  {
    name: 'sandbox',
    open: async (page, { orgId }) => {
      await page.goto(`/orgs/${orgId}?env=test&api=palm`);
      await page.locator('[data-sandbox]').waitFor();
    },
  },
  {
    name: 'palette',
    appearances: ({ device }) => device === 'desktop',
    open: async (page) => {
      await page.goto('/account');
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'account-menu',
    open: async (page) => {
      await page.goto('/account');
      await page.getByRole('banner').getByRole('button').last().click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'account-delete',
    open: async (page, _stage, { language }) => {
      await page.goto('/account');
      await page.getByRole('button', { name: wordsOf(language).account.delete.open }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
];
