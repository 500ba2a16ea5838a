// Screens of one key's page and its dialogs.
import type { Page } from 'playwright-core';
import { type Appearance, wordsOf } from '../browser.ts';
import { callWith, makeKey, type TestApi, type TestKey } from '../key-calls.ts';
import { addPastUsage } from '../past-usage.ts';
import type { Screen, Stage } from '../screens.ts';

const hourMs = 3_600_000;

/** Four of the eight appearances: English in light on a desktop and in dark on a phone, Arabic the other way around. */
const appearances = ({ language, theme, device }: Appearance) =>
  (theme === 'light') === ((language === 'en') === (device === 'desktop'));

/** Opens the page of a key with weeks of usage that is in use now, and that was refused just before. */
async function openUsedKey(page: Page, { miftah, orgId }: Stage, fields: { api: TestApi } & Record<string, unknown>) {
  const key = await makeKey(miftah.server, orgId, fields);
  const nowMs = Date.now();
  const hours = Array.from({ length: 24 * 20 }, (_, at) => nowMs - (nowMs % hourMs) - at * hourMs);
  addPastUsage(
    miftah.server,
    hours.flatMap((at, index) => {
      const usage = { orgId, keyId: key.id, apiId: fields.api, environment: 'live', hourMs: at } as const;
      const count = 40 + Math.round(30 * Math.sin(index / 4)) + (index % 7);
      return [
        { ...usage, outcome: 'allowed', count },
        ...(index % 9 === 2 ? [{ ...usage, outcome: 'address_not_allowed', count: 6 }] : []),
      ];
    }),
  );
  await callWith(miftah.server, key.secret, { api: fields.api });
  await callWith(miftah.server, key.secret, { api: fields.api, from: '127.0.0.9' });
  await openKey(page, orgId, key);
  return key;
}

async function openKey(page: Page, orgId: string, { id }: TestKey, search = ''): Promise<void> {
  await page.goto(`/orgs/${orgId}/keys/${id}${search}`);
  await page.locator('h1').waitFor();
  await page.locator('dl').first().waitFor();
}

const classicKey = {
  api: 'classic',
  addresses: ['127.0.0.1', '203.0.113.0/24', '2001:db8::7'],
  endpoints: ['GET /v1/users/*', 'POST /v1/orders'],
  referrers: ['*.example.com'],
  rateLimits: ['60/m', '5000/d'],
} as const;

const shown = async (page: Page) => {
  await page.locator('rect[data-outcome]').first().waitFor();
  await page.getByText('127.0.0.9').first().waitFor();
};

export const keyScreens: readonly Screen[] = [
  {
    name: 'key',
    open: async (page, stage) => {
      await openUsedKey(page, stage, classicKey);
      await shown(page);
    },
  },
  {
    name: 'key-below',
    appearances,
    open: async (page, stage, { language }) => {
      const { key } = wordsOf(language);
      await openUsedKey(page, stage, classicKey);
      await shown(page);
      await page.getByLabel(key.tester.address).fill('127.0.0.9');
      await page.getByRole('button', { name: key.tester.run }).click();
      await page.getByText(key.tester.refused).first().waitFor();
      await page.getByText(key.tester.answer.split('{{')[0] as string).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'key-palcards',
    host: 'cp.palcards.localhost',
    appearances,
    open: async (page, { miftah, orgId }) => {
      const key = await makeKey(miftah.server, orgId, { api: 'palcards', name: 'خادم الإنتاج', addresses: [] });
      await openKey(page, orgId, key);
    },
  },
  {
    name: 'key-hostile',
    appearances,
    open: async (page, { miftah, orgId }) => {
      const name = `<img src=x onerror=alert(1)> 🗝️ ${'long '.repeat(12)}${'unbroken'.repeat(9)}`;
      await openKey(page, orgId, await makeKey(miftah.server, orgId, { api: 'classic', name }));
    },
  },
  {
    name: 'key-edit',
    appearances,
    open: async (page, stage, { language }) => {
      const { keys } = wordsOf(language);
      const key = await openUsedKey(page, stage, classicKey);
      await openKey(page, stage.orgId, key, '?do=edit');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(keys.fields.name).fill('Production, Ramallah');
    },
  },
  {
    name: 'key-impact',
    appearances,
    open: async (page, stage, { language }) => {
      const { common, key: words } = wordsOf(language);
      const key = await openUsedKey(page, stage, classicKey);
      await openKey(page, stage.orgId, key, '?do=edit');
      const dialog = page.getByRole('dialog');
      await dialog.locator('[class*=Pill-remove]').first().click();
      await dialog.getByRole('button', { name: common.actions.save }).click();
      await dialog.getByText(words.impact.everybody).waitFor();
    },
  },
  {
    name: 'key-stale',
    appearances,
    open: async (page, { miftah, orgId }, { language }) => {
      const { common, keys, key: words } = wordsOf(language);
      const key = await makeKey(miftah.server, orgId, classicKey);
      await openKey(page, orgId, key, '?do=edit');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(keys.fields.name).fill('Mine');
      await miftah.server.admin('PATCH', `/v1/keys/${key.id}`, { name: 'Theirs', addresses: ['127.0.0.1'] });
      await dialog.getByRole('button', { name: common.actions.save }).click();
      await dialog.getByText(words.stale.choice).waitFor();
    },
  },
  {
    name: 'key-rotate',
    appearances,
    open: async (page, stage) => {
      const key = await openUsedKey(page, stage, classicKey);
      await openKey(page, stage.orgId, key, '?do=rotate');
      await page.getByRole('dialog').getByRole('radio').first().click();
    },
  },
  {
    name: 'key-overlap',
    appearances,
    open: async (page, stage) => {
      const key = await openUsedKey(page, stage, classicKey);
      await stage.miftah.server.admin('POST', `/v1/keys/${key.id}/rotate`, { overlap: '24h' });
      await callWith(stage.miftah.server, key.secret);
      await page.reload();
      await page.locator('[data-used]').waitFor();
    },
  },
  {
    name: 'key-revoke',
    appearances,
    open: async (page, stage, { language }) => {
      const { key: words } = wordsOf(language);
      const key = await openUsedKey(page, stage, classicKey);
      await openKey(page, stage.orgId, key, '?do=revoke');
      await page.getByText(words.revoke.typeWhy).waitFor();
    },
  },
  {
    name: 'key-cli',
    appearances,
    open: async (page, stage, { language }) => {
      await openUsedKey(page, stage, classicKey);
      await page.getByRole('button', { name: wordsOf(language).common.actions.copyCommand }).click();
      await page.getByRole('menu').getByText('miftah keys get').waitFor();
    },
  },
  {
    name: 'key-revoked',
    appearances,
    open: async (page, stage) => {
      const key = await makeKey(stage.miftah.server, stage.orgId, classicKey);
      await stage.miftah.server.admin('DELETE', `/v1/keys/${key.id}`);
      await openKey(page, stage.orgId, key);
    },
  },
];
