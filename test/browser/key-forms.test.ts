// What happens around the forms of keys, in a real browser: a reload over a secret, a key of the other environment, the
// end of the last key and of several keys in use, a click beside a form.
/// <reference lib="dom" />
import { expect, test } from 'vitest';
import { fiveApis } from '../fixture.ts';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { callWith, makeKey } from './key-calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const templates = `
    policy:
      memberMetadata: [team]
      templates:
        - { id: reader, name: { en: Read only, ar: قراءة فقط }, description: { en: For dashboards., ar: للوحات المتابعة. },
            endpoints: [GET /v1/**], rateLimits: [60/m], expiresInDays: 45 }
        - { id: writer, name: { en: Read and write, ar: قراءة وكتابة }, expiresInDays: 30 }`;
const apis = fiveApis.replace('profile: classic', `profile: classic${templates}`);
const { miftah, owner, orgId, addMember } = await openOwnedConsole({ apis });

const appearances: readonly Partial<Appearance>[] = [{ language: 'en' }, { language: 'ar', device: 'phone' }];

test.each(appearances)(
  'a reload over a new secret says which key exists, and offers to end it: %o',
  async (appearance) => {
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { page } = amal;
    const { key: words, keys } = wordsOf(amal.appearance.language);
    const name = `Orphan ${amal.appearance.language}`;
    // A reload is confirmed: it asks, because the secret was not copied.
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
    await page.getByRole('dialog').getByLabel(keys.fields.name).fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: keys.reveal.copy }).waitFor();
    await page.reload();
    const dialog = page.getByRole('dialog', { name: keys.lost.title });
    await dialog.getByText(name).waitFor();
    const { body } = await owner.get(`/api/orgs/${orgId}/keys?api=palm&q=${encodeURIComponent(name)}`);
    const [{ id }] = body.data as [{ id: string }];
    await dialog.getByText(id).waitFor();
    await dialog.getByText(keys.fields.environment).waitFor();
    await dialog.getByText(/Production|الإنتاج/).waitFor();
    expect(await dialog.getByRole('textbox').count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('link', { name: keys.menu.revoke }).click();
    await page.waitForURL(/do=revoke/);
    const question = page.getByRole('dialog');
    await question.getByRole('button', { name: words.revoke.revoke.button, exact: true }).click();
    await page.getByText(keys.status.revoked.revoke, { exact: true }).waitFor();
    expect((await owner.get(`/api/orgs/${orgId}/keys/${id}`)).body.status).toBe('revoked');
  },
);

test('a reload over a rotated secret leads to another rotation, and the key can be kept', async () => {
  const { id } = await makeKey(miftah.server, orgId, { api: 'palm', name: 'Twice' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { key: words, keys } = wordsOf('en');
  page.on('dialog', (dialog) => void dialog.accept());
  await page.goto(`/orgs/${orgId}/keys/${id}?do=rotate`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: words.rotate.submit }).click();
  await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
  await page.reload();
  await dialog.getByText(keys.lost.rotateOr.revoke).waitFor();
  await dialog.getByRole('link', { name: keys.menu.rotate }).click();
  await dialog.getByRole('button', { name: words.rotate.submit }).click();
  await dialog.getByRole('button', { name: keys.reveal.copy }).waitFor();
  await page.reload();
  await dialog.getByRole('button', { name: keys.lost.keep }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(page.url()).not.toContain('made');
});

test('the list follows a key that is made for the other environment', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palpluss&q=nothing&create=true`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('For tests');
  await dialog.getByText('Test', { exact: true }).click();
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'For tests' }).waitFor();
  expect(new URL(page.url()).searchParams.get('env')).toBe('test');
  expect(new URL(page.url()).searchParams.get('api')).toBe('palpluss');
});

test.each(appearances)('after the last key is ended, filters and history stay: %o', async (appearance) => {
  const { id } = await miftah.server.createKey({ org: orgId, api: 'panel', name: 'The last' });
  await owner.call('DELETE', `/api/orgs/${orgId}/keys/${id}`);
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { keys } = wordsOf(amal.appearance.language);
  await page.goto(`/orgs/${orgId}/keys?api=panel`);
  await page.getByRole('heading', { name: keys.ended.title }).waitFor();
  await page.getByRole('combobox', { name: keys.list.show }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: keys.ended.show.delete }).click();
  await page.getByRole('link', { name: 'The last' }).first().waitFor();
});

test.each(appearances)('several keys in use are revoked after as much typing as one: %o', async (appearance) => {
  const { language = 'en' } = appearance;
  const used = await makeKey(miftah.server, orgId, { api: 'classic', name: `Busy ${language}` });
  await makeKey(miftah.server, orgId, { api: 'classic', name: `Spare ${language}` });
  expect(await callWith(miftah.server, used.secret)).toBe(200);
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { keys } = wordsOf(language);
  await page.goto(`/orgs/${orgId}/keys?api=classic&q=${language}`);
  for (const name of [`Busy ${language}`, `Spare ${language}`]) {
    await page.getByRole('checkbox', { name }).check();
  }
  const region = page.getByRole('region', { name: keys.bulk.label });
  await expect.poll(() => region.getByRole('button').count()).toBe(2);
  // The list shows the last use a moment after the request.
  await page.getByRole('main').getByText('127.0.0.1').first().waitFor();
  await region.getByRole('button').last().click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button').last();
  await dialog.getByRole('textbox').fill('wrong');
  expect(await confirm.isDisabled()).toBe(true);
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('textbox').fill(used.tail);
  await confirm.click();
  await dialog.waitFor({ state: 'detached' });
  expect(await callWith(miftah.server, used.secret)).toBe(401);
});

test('a click beside a form with something typed keeps it; an empty one closes', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  const dialog = page.getByRole('dialog');
  const beside = () => page.mouse.click(5, 400);
  await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
  await dialog.getByLabel(keys.fields.name).fill('Long work');
  await beside();
  expect(await dialog.getByLabel(keys.fields.name).inputValue()).toBe('Long work');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
  await dialog.getByLabel(keys.fields.name).waitFor();
  await beside();
  await dialog.waitFor({ state: 'detached' });
});

test('the switches of API and environment stand only where something depends on them', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { common, members, settings, usage } = wordsOf('en');
  const switches = page.getByRole('banner').getByRole('radiogroup', { name: common.shell.environment });
  const apis = page.getByRole('button', { name: new RegExp(common.shell.switchApi) });
  const count = async () => [await switches.count(), await apis.count()];
  await page.goto(`/orgs/${orgId}/usage?api=palm&env=test`);
  await page.getByRole('heading', { level: 1, name: usage.title }).waitFor();
  expect(await count()).toEqual([1, 1]);
  for (const [link, title] of [
    [common.nav.members, members.title],
    [common.nav.settings, settings.title],
  ] as const) {
    await page.getByRole('navigation').getByRole('link', { name: link }).click();
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    expect(await count()).toEqual([0, 0]);
  }
  // The choice is kept for the pages that have it.
  await page.getByRole('navigation').getByRole('link', { name: common.nav.usage, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: usage.title }).waitFor();
  expect(await count()).toEqual([1, 1]);
  expect(page.url()).toMatch(/api=palm.*env=test|env=test.*api=palm/);
});

test.each(appearances)('a new key begins with a template, and says more of itself: %o', async (appearance) => {
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { language } = amal.appearance;
  const { keys, key: words, common } = wordsOf(language);
  const [tag, externalId] = [`eu-${language}`, `svc-${language}`];
  await page.goto(`/orgs/${orgId}/keys?api=classic&create=true`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('Dashboard');
  const template = dialog.getByLabel(keys.template.label);
  await template.selectOption(language === 'ar' ? 'قراءة فقط' : 'Read only');
  await dialog.getByText(language === 'ar' ? 'للوحات المتابعة.' : 'For dashboards.').waitFor();
  await dialog.getByText('GET /v1/**', { exact: true }).waitFor();
  for (const [label, text] of [
    [keys.fields.tags, tag],
    [keys.fields.metadata, 'plan=gold, half'],
    [keys.fields.metadata, 'team=a'],
  ] as const) {
    const field = dialog.getByLabel(label, { exact: true });
    await field.fill(text);
    await field.press('Enter');
  }
  await dialog.getByLabel(keys.fields.externalId).fill(externalId);
  expect(await findViolations(page)).toEqual([]);
  await dialog.locator('button[type=submit]').click();
  await dialog.getByRole('button', { name: keys.reveal.copy }).click();
  await dialog.getByRole('button', { name: keys.reveal.done, exact: true }).click();

  const { body } = await owner.get(`/api/orgs/${orgId}/keys?api=classic&tag=${tag}`);
  expect(body.data).toMatchObject([
    {
      ...{ name: 'Dashboard', endpoints: ['GET /v1/**'], rateLimits: ['60/m'], tags: [tag], externalId },
      metadata: { plan: 'gold, half', team: 'a' },
    },
  ]);
  const [{ id, createdAt, expiresAt }] = body.data;
  const days = (Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000;
  expect([days > 44, days <= 45]).toEqual([true, true]);
  await page.getByLabel(keys.list.search).fill(tag);
  await page.getByText(tag, { exact: true }).waitFor();
  await page.waitForURL(/q=/);

  await page.goto(`/orgs/${orgId}/keys/${id}?do=edit`);
  const edit = page.getByRole('dialog');
  await edit.getByText('plan=gold, half', { exact: true }).waitFor();
  await edit.getByLabel(keys.fields.metadata, { exact: true }).fill('team=b');
  await edit.getByLabel(keys.fields.metadata, { exact: true }).press('Enter');
  await edit.getByRole('button', { name: common.actions.save }).click();
  await edit.waitFor({ state: 'detached' });
  expect((await owner.get(`/api/orgs/${orgId}/keys/${id}`)).body.metadata).toEqual({ plan: 'gold, half', team: 'b' });
  await page.getByRole('heading', { name: words.settings.title }).scrollIntoViewIfNeeded();
  await page.getByText('team=b', { exact: true }).waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('a member sets the metadata that the API names, and no external id', async () => {
  await addMember('dev@example.com', { role: 'developer' });
  await using dev = await miftah.openAs('dev@example.com');
  const { page } = dev;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=classic&create=true`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.name).fill('Mine');
  await dialog.getByRole('button', { name: keys.fields.more }).click();
  const metadata = dialog.getByLabel(keys.fields.metadata, { exact: true });
  await dialog.getByText('Names: team.').waitFor();
  expect(await dialog.getByLabel(keys.fields.externalId).count()).toBe(0);
  await metadata.fill('plan=gold');
  await metadata.press('Enter');
  await dialog.locator('button[type=submit]').click();
  await dialog.getByText(/members may set only this metadata: team/).waitFor();
  await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
  await dialog.getByRole('button', { name: keys.fields.more }).click();
  await dialog.getByLabel(keys.fields.tags, { exact: true }).waitFor();
  expect(await dialog.getByLabel(keys.fields.metadata, { exact: true }).count()).toBe(0);
});
