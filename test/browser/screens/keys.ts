// Screens of the list of keys in its states, and of a new key, its secret and its first request.
import { request } from 'node:http';
import type { Page } from 'playwright-core';
import { profiles } from '../../../src/config/bundled-profiles.ts';
import { wordsOf } from '../browser.ts';
import type { Screen, Stage } from '../screens.ts';
import { seedOrganization } from '../seed.ts';

/** A hostile name: markup, direction overrides, an emoji, and 500 characters. */
export const hostileName = `<img src=x onerror="alert(1)"> \u202egnp.exe\u202c 🔑 ${'long '.repeat(100)}`.slice(0, 500);

const seededOf = new WeakMap<Stage, Promise<void>>();

/** Fills the list once for all screens, as months of work would. */
function seed(stage: Stage): Promise<void> {
  const seeding = seededOf.get(stage) ?? fill(stage);
  seededOf.set(stage, seeding);
  return seeding;
}

async function fill({ miftah, orgId }: Stage): Promise<void> {
  const { server } = miftah;
  await server.restart(async (storage) => {
    const seeded = { orgId, apiId: 'classic', format: profiles.classic.secret };
    await seedOrganization(storage, { ...seeded, keys: 1, names: [hostileName] });
    await seedOrganization(storage, { ...seeded, keys: 130 });
  });
  await server.createKey({
    api: 'palcards',
    org: orgId,
    name: 'متجر رام الله',
    addresses: ['203.0.113.7', '203.0.113.8', '198.51.100.4'],
  });
  await server.createKey({ api: 'palcards', org: orgId, name: 'خادم الإنتاج', addresses: [] });
}

async function openForm(page: Page, { orgId }: Stage, search: string): Promise<void> {
  await page.goto(`/orgs/${orgId}/keys?create=true&${search}`);
  await page.getByRole('dialog').getByRole('textbox').first().waitFor();
}

/** Creates the key whose form is open. */
async function submit(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').first().fill(name);
  await dialog.locator('button[type=submit]').click();
  await dialog.locator('[data-state]').waitFor();
}

/** Sends the call that the page shows, without a shell. */
async function callAs(page: Page, { miftah }: Stage, header: string, host: string, path: string): Promise<void> {
  const box = page.locator('[data-secret]');
  await box.focus();
  const secret = (await box.textContent()) as string;
  await page.locator('[data-autofocus]').focus();
  await new Promise((resolve, reject) => {
    request(
      {
        host: '127.0.0.1',
        port: miftah.server.publicPort,
        path,
        headers: { host, [header]: header === 'x-api-key' ? secret : `Bearer ${secret}` },
      },
      (reply) => reply.resume().on('end', resolve),
    )
      .on('error', reject)
      .end();
  });
}

export const keysScreens: readonly Screen[] = [
  {
    name: 'keys-empty',
    open: async (page, { orgId }) => {
      await page.goto(`/orgs/${orgId}/keys?api=palpluss`);
      await page.locator('pre').waitFor();
    },
  },
  {
    name: 'keys-list',
    open: async (page, stage) => {
      await seed(stage);
      await page.goto(`/orgs/${stage.orgId}/keys?api=classic`);
      await page.locator('[data-key]').first().waitFor();
    },
  },
  {
    name: 'keys-chosen',
    appearances: ({ theme }) => theme === 'light',
    open: async (page, stage) => {
      await seed(stage);
      await page.goto(`/orgs/${stage.orgId}/keys?api=classic&show=expiring14&sort=expires`);
      await page.locator('[data-key]').first().waitFor();
      await page.locator('[data-key] input[type=checkbox]:enabled').first().check();
      await page.getByRole('region').getByRole('button').last().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'keys-menu',
    appearances: ({ device }) => device === 'desktop',
    open: async (page, stage) => {
      await seed(stage);
      await page.goto(`/orgs/${stage.orgId}/keys?api=classic`);
      await page.locator('[data-key] [aria-haspopup=menu]').first().click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'keys-nothing',
    appearances: ({ device }) => device === 'desktop',
    open: async (page, stage) => {
      await seed(stage);
      await page.goto(`/orgs/${stage.orgId}/keys?api=classic&q=nobody`);
      await page.getByRole('heading', { level: 2 }).waitFor();
    },
  },
  {
    name: 'keys-hostile',
    appearances: ({ theme }) => theme === 'light',
    open: async (page, stage) => {
      await seed(stage);
      await page.goto(`/orgs/${stage.orgId}/keys?api=classic&sort=name`);
      await page.locator('[data-key]').first().waitFor();
    },
  },
  {
    name: 'keys-palcards',
    host: 'cp.palcards.localhost',
    open: async (page, stage) => {
      await seed(stage);
      await page.goto(`/orgs/${stage.orgId}/keys`);
      await page.locator('[data-key]').first().waitFor();
    },
  },
  {
    name: 'keys-create',
    open: async (page, stage) => {
      await openForm(page, stage, 'api=classic');
    },
  },
  {
    name: 'keys-create-more',
    open: async (page, stage, { language }) => {
      const { fields } = wordsOf(language).keys;
      await openForm(page, stage, 'api=classic');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(fields.addresses).fill('203.0.113.0/24, 192.168.1.5, nonsense,');
      await dialog.getByRole('button', { name: fields.more }).click();
      await dialog.getByLabel(fields.endpoints).waitFor();
    },
  },
  {
    name: 'keys-create-palcards',
    host: 'cp.palcards.localhost',
    open: async (page, stage) => {
      await openForm(page, stage, '');
    },
  },
  {
    name: 'keys-create-scopes',
    appearances: ({ theme }) => theme === 'light',
    open: async (page, stage) => {
      await openForm(page, stage, 'api=palm&env=test');
    },
  },
  {
    name: 'keys-reveal',
    host: 'cp.palcards.localhost',
    open: async (page, stage) => {
      await openForm(page, stage, '');
      await submit(page, 'خادم الإنتاج');
    },
  },
  {
    name: 'keys-reveal-used',
    open: async (page, stage) => {
      await openForm(page, stage, 'api=classic');
      await submit(page, 'Production server');
      await callAs(page, stage, 'authorization', 'api.classic.localhost', '/v1/users/usr_123');
      await page.locator('[data-state=used]').waitFor();
    },
  },
  {
    name: 'keys-reveal-refused',
    host: 'cp.palcards.localhost',
    open: async (page, stage) => {
      await openForm(page, stage, '');
      await submit(page, 'Production server');
      await callAs(page, stage, 'x-api-key', 'api.palcards.localhost', '/user/profile');
      await page.locator('[data-state=refused]').waitFor();
    },
  },
  {
    name: 'keys-leave',
    appearances: ({ theme }) => theme === 'light',
    open: async (page, stage) => {
      await openForm(page, stage, 'api=classic');
      await submit(page, 'Production server');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').nth(1).waitFor();
    },
  },
  {
    name: 'keys-lost',
    appearances: ({ theme }) => theme === 'light',
    open: async (page, { miftah, orgId }) => {
      const { id } = await miftah.server.createKey({ api: 'classic', org: orgId, name: 'Production server' });
      await page.goto(`/orgs/${orgId}/keys?api=classic&create=true&made=${id}`);
      await page.getByRole('dialog').getByText(id).waitFor();
    },
  },
  {
    name: 'keys-ended',
    appearances: ({ theme }) => theme === 'light',
    open: async (page, { miftah, orgId }, { language }) => {
      const { id } = await miftah.server.createKey({ api: 'panel', org: orgId, name: 'Old server' });
      await miftah.server.admin('DELETE', `/v1/keys/${id}`);
      await page.goto(`/orgs/${orgId}/keys?api=panel`);
      await page.getByRole('heading', { name: wordsOf(language).keys.ended.title }).waitFor();
    },
  },
];
