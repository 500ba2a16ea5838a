// Screens of alerts: the list, one of a key, its dialogs, and the operator's pages.
import type { Page } from 'playwright-core';
import type { Evidence, Finding } from '../../../src/domain/alert.ts';
import { raiseAlert } from '../../raise-alert.ts';
import { wordsOf } from '../browser.ts';
import type { Screen, Stage } from '../screens.ts';

let made: Promise<string> | undefined;

/** Raises alerts once for all screens. Returns the id of one about a key that was used from new networks. */
function furnish(stage: Stage): Promise<string> {
  made ??= raiseAlerts(stage);
  return made;
}

const evidence = (fields: Partial<Evidence>): Evidence => ({
  ...{ counts: {}, baseline: {}, addresses: [], words: [] },
  ...fields,
});

async function raiseAlerts({ miftah: { server }, orgId }: Stage): Promise<string> {
  const { storage } = server.server.miftah;
  const keyOf = (org: string, name: string) => server.createKey({ api: 'classic', org, name });
  const other = await server.createOrg();
  const [billing, shop] = [await keyOf(orgId, 'Billing worker'), await keyOf(orgId, 'متجر رام الله')];
  const foreign = await keyOf(other, 'Reports');
  const of = (key: { readonly id: string }, orgOf = orgId) =>
    ({ subject: { kind: 'key', id: key.id }, orgId: orgOf, apiId: 'classic' }) as const;
  const ofOperator = { orgId: null, apiId: null } as const satisfies Partial<Finding>;
  await raiseAlert(storage, {
    ...{ rule: 'denied_more', ...of(shop) },
    evidence: evidence({ counts: { denied: 412 }, baseline: { denied: 38 }, words: ['scope_missing'] }),
  });
  await raiseAlert(storage, of(foreign, other));
  await raiseAlert(storage, {
    ...{ rule: 'key_guessing', ...ofOperator, subject: { kind: 'address', id: '198.51.100.23' } },
    evidence: evidence({
      ...{ counts: { denied: 640 }, words: ['classic'] },
      addresses: [{ address: '198.51.100.23', count: 640, refused: 640 }],
    }),
  });
  return raiseAlert(storage, {
    ...{ rule: 'new_network', ...of(billing) },
    evidence: evidence({
      ...{ counts: { allowed: 5200, networks: 2 }, baseline: { networks: 1 } },
      addresses: [
        { address: '198.51.100.77', count: 5180, refused: 12 },
        { address: '2001:db8:77::/64', count: 32, refused: 0 },
      ],
    }),
  });
}

type Words = ReturnType<typeof wordsOf>;

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

export const alertScreens: readonly Screen[] = [
  screen('alerts', async (page, _id, { orgId }, { alerts }) => {
    await page.goto(`/orgs/${orgId}/alerts`);
    await page.getByRole('link', { name: alerts.rules.new_network.found }).waitFor();
  }),
  screen('alerts-one', async (page, id, { orgId }, { alerts }) => {
    await page.goto(`/orgs/${orgId}/alerts/${id}`);
    await page.getByRole('heading', { name: alerts.changes.title }).waitFor();
    await page.getByText(alerts.fixes.rotate.text).waitFor();
  }),
  screen('alerts-mute', async (page, id, { orgId }, { alerts }) => {
    await page.goto(`/orgs/${orgId}/alerts/${id}`);
    await page.getByRole('button', { name: alerts.mute.open, exact: true }).click();
    await page.getByRole('dialog').waitFor();
  }),
  screen('alerts-operator', async (page, _id, _stage, { alerts }) => {
    await page.goto('/operator/alerts');
    await page.getByRole('link', { name: alerts.rules.key_guessing.found }).waitFor();
  }),
  screen('alerts-rules', async (page, _id, _stage, { alerts }) => {
    await page.goto('/operator/alert-rules');
    await page.getByRole('heading', { name: alerts.rules.operator_action.found }).waitFor();
  }),
  screen('alerts-preview', async (page, _id, _stage, { alerts }) => {
    await page.goto('/operator/alert-rules');
    await page.getByRole('button', { name: `${alerts.setRules.enable}: ${alerts.rules.volume_rise.found}` }).click();
    await page.getByRole('dialog').getByRole('textbox').first().waitFor();
  }),
];
