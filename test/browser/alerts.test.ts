// Alerts in a real browser: find one, look at its evidence, restrict and rotate its key, mute it; preview a rule.
import { expect, test } from 'vitest';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { ownerEmail } from '../people/console-client.ts';
import { raiseAlert } from '../raise-alert.ts';
import { findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';
import { addPastUsage } from './past-usage.ts';
import { seedOrganization } from './seed.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();
const { server } = miftah;
const { storage } = server.server.miftah;

/** For tests that go through many pages on a busy machine. */
const longMs = 180_000;
const hourMs = 3_600_000;

/** A key that was used from one address, and an alert about a stranger who uses it. */
async function raiseStranger(name: string, known: string): Promise<{ readonly key: string; readonly alert: string }> {
  const { id } = await server.createKey({ api: 'classic', org: orgId, name });
  const atMs = Date.now() - (Date.now() % hourMs) - 26 * hourMs;
  addPastUsage(server, [
    {
      orgId,
      keyId: id,
      apiId: 'classic',
      environment: 'live',
      outcome: 'allowed',
      hourMs: atMs,
      count: 9,
      from: known,
    },
  ]);
  const alert = await raiseAlert(storage, {
    ...{ rule: 'new_network', subject: { kind: 'key', id }, orgId, apiId: 'classic' },
    evidence: {
      ...{ counts: { allowed: 5200, networks: 1 }, baseline: { networks: 1 }, words: [] },
      addresses: [{ address: '198.51.100.77', count: 5200, refused: 12 }],
    },
  });
  return { key: id, alert };
}

test.each(['en', 'ar'] as const)(
  'an owner finds an alert, restricts the key and mutes it: %s',
  { timeout: longMs },
  async (language) => {
    const name = `Billing ${language}`;
    const known = language === 'en' ? '203.0.113.7' : '203.0.113.8';
    const { key, alert } = await raiseStranger(name, known);
    await using amal = await miftah.openAs(ownerEmail, { language, ...(language === 'ar' && { device: 'phone' }) });
    const { page } = amal;
    const { alerts, common, key: keyWords } = wordsOf(language);
    const button = (label: string) => page.getByRole('button', { name: label, exact: true });
    const dialog = page.getByRole('dialog');

    await page.goto(`/orgs/${orgId}/alerts`);
    await page.getByRole('combobox', { name: alerts.filters.rule }).selectOption('new_network');
    const row = page.getByRole('listitem').filter({ hasText: name });
    await row.getByRole('link', { name: alerts.rules.new_network.found }).waitFor();
    expect(new URL(page.url()).search).toBe('?rule=new_network');
    expect(await page.getByRole('main').textContent()).not.toContain('new_network');
    expect(await findViolations(page)).toEqual([]);
    await row.getByRole('link', { name: alerts.rules.new_network.found }).click();

    await page.getByRole('heading', { level: 1, name: alerts.rules.new_network.found }).waitFor();
    await page.getByRole('cell', { name: '5,200' }).waitFor();
    await page.getByText(known).first().waitFor();
    await page.getByText(alerts.changes.none).waitFor();
    expect(await findViolations(page)).toEqual([]);
    const denials = await page.getByRole('link', { name: alerts.look.denials }).getAttribute('href');
    expect(denials).toMatch(new RegExp(`/denials\\?.*key=${key}.*from=.*to=`));

    await button(alerts.fixes.restrict.open).click();
    await dialog.getByText(known).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await button(common.actions.save).click();
    // No one knows who else uses the key, so the impact is shown first.
    const impact = page.getByRole('dialog', { name: keyWords.edit.titles.impact });
    const save = new RegExp(`^(${common.actions.save}|${keyWords.edit.saveAnyway})$`);
    await impact.getByRole('button', { name: save }).click();
    await page.getByText(alerts.fixes.restrict.done).waitFor();
    await page.getByRole('list', { name: alerts.changes.title }).getByRole('listitem').first().waitFor();
    const { body } = await owner.call('GET', `/api/orgs/${orgId}/keys/${key}`);
    expect([body.addresses, body.addressCheck]).toEqual([[known], 'enforce']);

    await button(alerts.mute.open).click();
    await dialog.getByRole('radio', { name: alerts.mute.choices['24h'] }).check();
    await dialog.getByRole('button', { name: alerts.mute.confirm, exact: true }).click();
    await button(alerts.mute.end).waitFor();
    await button(alerts.acknowledge.open).click();
    await button(alerts.acknowledge.open).waitFor({ state: 'detached' });
    await button(alerts.mute.end).click();
    await button(alerts.mute.open).waitFor();
    const shown = await owner.call('GET', `/api/orgs/${orgId}/alerts/${alert}`);
    expect(shown.body).toMatchObject({ acknowledgedAt: expect.any(String), mutedUntil: null });
  },
);

test('the new secret of a rotation is shown once, on the page of the alert', { timeout: longMs }, async () => {
  const { alert } = await raiseStranger('Shop', '203.0.113.9');
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { alerts, key, keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/alerts/${alert}`);
  await page.getByRole('button', { name: alerts.fixes.rotate.open, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: key.rotate.submit }).click();
  await page.locator('[data-secret]').waitFor();
  await page.reload();
  await page.getByRole('dialog', { name: keys.lost.title }).waitFor();
  expect(await page.locator('[data-secret]').count()).toBe(0);
});

test('the operator previews a rule, changes its numbers and enables it', { timeout: longMs }, async () => {
  const { body } = await owner.call('GET', '/api/operator/alert-rules');
  expect(body.data.find(({ id }: { id: string }) => id === 'denied_more')).toMatchObject({ on: false });
  const format = profiles.classic.secret;
  const [key] = await seedOrganization(storage, { orgId, apiId: 'classic', format, keys: 1, names: ['Refused'] });
  const atMs = Date.now() - (Date.now() % hourMs) - 30 * hourMs;
  const refused = {
    orgId,
    keyId: String(key?.id),
    apiId: 'classic',
    environment: 'live',
    outcome: 'scope_missing',
  } as const;
  addPastUsage(server, [{ ...refused, hourMs: atMs, count: 400 }]);
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { alerts, common } = wordsOf('en');
  const { found } = alerts.rules.denied_more;
  const dialog = page.getByRole('dialog', { name: found });
  await page.goto('/operator/alerts');
  await page.getByRole('link', { name: alerts.rulesLink }).click();
  await page.getByRole('button', { name: `${alerts.setRules.enable}: ${found}` }).click();
  await dialog.getByRole('textbox', { name: /Fewest requests/ }).fill('3');
  await dialog.getByRole('button', { name: alerts.setRules.preview }).click();
  await dialog.getByText('Enter a whole number from 5').waitFor();
  await dialog.getByRole('textbox', { name: /Fewest requests/ }).fill('20');
  await dialog.getByRole('button', { name: alerts.setRules.preview }).click();
  await dialog.getByText('1 alert in the last 30 days').waitFor();
  await dialog.getByRole('list', { name: alerts.setRules.latest }).getByText('Refused').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: common.actions.back }).click();
  await dialog.getByRole('button', { name: alerts.setRules.preview }).click();
  await dialog.getByRole('button', { name: alerts.setRules.confirmEnable }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `${alerts.setRules.disable}: ${found}` }).waitFor();
  const after = await owner.call('GET', '/api/operator/alert-rules');
  expect(after.body.data.find((each: { id: string }) => each.id === 'denied_more')).toMatchObject({
    on: true,
    settings: expect.arrayContaining([expect.objectContaining({ name: 'atLeast', value: 20 })]),
  });
});

test('an alert about an address belongs to the operator, and a developer sees no alerts', {
  timeout: longMs,
}, async () => {
  const subject = { kind: 'address', id: '198.51.100.23' } as const;
  const alert = await raiseAlert(storage, {
    ...{ rule: 'key_guessing', subject, orgId: null },
    evidence: { counts: { denied: 640 }, baseline: {}, addresses: [], words: ['classic'] },
  });
  const { alerts, common } = wordsOf('en');
  await using amal = await miftah.openAs(ownerEmail);
  await amal.page.goto('/operator/alerts');
  await amal.page.getByRole('link', { name: alerts.rules.key_guessing.found }).click();
  await amal.page.getByText('Classic API').waitFor();
  expect(new URL(amal.page.url()).pathname).toBe(`/operator/alerts/${alert}`);
  await addMember('badr@example.com', { role: 'developer' });
  await using badr = await miftah.openAs('badr@example.com');
  await badr.page.goto(`/orgs/${orgId}/alerts`);
  await badr.page.getByRole('heading', { name: alerts.noRight.title }).waitFor();
  expect(await badr.page.getByRole('link', { name: common.nav.alerts }).count()).toBe(0);
});
