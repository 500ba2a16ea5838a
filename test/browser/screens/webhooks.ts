// Screens of webhooks: the list, the dialogs, the secret, and the page of one.
import type { Page } from 'playwright-core';
import { wordsOf } from '../browser.ts';
import type { Screen, Stage } from '../screens.ts';

let made: Promise<string> | undefined;

/** Makes webhooks once for all screens. Returns the id of one with deliveries that failed. */
function furnish(stage: Stage): Promise<string> {
  made ??= makeWebhooks(stage);
  return made;
}

async function makeWebhooks({ miftah: { server }, orgId }: Stage): Promise<string> {
  const create = async (body: object) => String((await server.admin('POST', '/v1/webhooks', body)).body.id);
  const fields = { org: orgId, url: 'https://hooks.invalid/miftah' };
  const off = await create({ ...fields, name: 'بوابة الفوترة', types: ['key.revoked', 'key.expired'] });
  await server.admin('PATCH', `/v1/webhooks/${off}`, { disabled: true });
  await create({ ...fields, name: 'Alerts', format: 'alertmanager' });
  const id = await create({ ...fields, name: 'Billing', signature: 'ed25519' });
  await server.admin('POST', `/v1/webhooks/${id}/rotate-secret`, { overlap: '7d' });
  for (let count = 0; count < 3; count++) await server.admin('POST', `/v1/webhooks/${id}/test`);
  await create({ name: 'All events', url: 'https://hooks.invalid/all' });
  const failed = async () => {
    const { body } = await server.admin('GET', `/v1/webhooks/${id}/deliveries?status=failed`);
    return (body.data as readonly unknown[]).length === 3;
  };
  while (!(await failed()));
  return id;
}

function screen(name: string, open: (page: Page, id: string, stage: Stage, words: Words) => Promise<void>): Screen {
  return {
    name,
    async open(page, stage, { language }) {
      const id = await furnish(stage);
      await open(page, id, stage, wordsOf(language));
      const size = page.viewportSize();
      const height = await page.evaluate('document.documentElement.scrollHeight');
      if (size !== null)
        await page.setViewportSize({ width: size.width, height: Math.max(size.height, Number(height)) });
    },
  };
}

type Words = ReturnType<typeof wordsOf>;

export const webhookScreens: readonly Screen[] = [
  screen('webhooks', async (page, _id, { orgId }) => {
    await page.goto(`/orgs/${orgId}/webhooks`);
    await page.getByRole('list').getByText('Billing').waitFor();
  }),
  screen('webhooks-create', async (page, _id, { orgId }, { webhooks }) => {
    await page.goto(`/orgs/${orgId}/webhooks`);
    await page.getByRole('button', { name: webhooks.create.open }).click();
    await page.getByRole('radio', { name: webhooks.types.some }).check();
  }),
  screen('webhooks-secret', async (page, _id, _stage, { webhooks }) => {
    await page.goto('/operator/webhooks');
    await page.getByRole('button', { name: webhooks.create.open }).click();
    await page.getByLabel(webhooks.fields.name, { exact: true }).fill('Warehouse');
    await page.getByLabel(webhooks.fields.url, { exact: true }).fill('https://hooks.invalid/');
    await page.keyboard.press('Enter');
    await page.locator('[data-secret]').waitFor();
  }),
  screen('webhooks-one', async (page, id, { orgId }, { webhooks }) => {
    await page.goto(`/orgs/${orgId}/webhooks/${id}`);
    await page.getByRole('button', { name: webhooks.attempts.open }).first().click();
    await page.getByRole('list', { name: webhooks.attempts.open }).getByRole('listitem').first().waitFor();
  }),
  screen('webhooks-rotate', async (page, id, { orgId }, { webhooks }) => {
    await page.goto(`/orgs/${orgId}/webhooks/${id}`);
    await page.getByRole('button', { name: webhooks.rotate.open }).click();
    await page.getByRole('dialog').waitFor();
  }),
];
