// The pages of strangers.
import { wordsOf } from '../browser.ts';
import type { Screen } from '../screens.ts';

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
    open: async (page, _stage, { language }) => {
      await page.goto('/accept-invitation#token=x');
      await page.getByLabel(wordsOf(language).auth.fields.name).waitFor();
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
