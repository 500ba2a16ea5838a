// Every dialog of the console, with the keyboard alone: the focus is inside while it is open, where axe finds no fault,
// and returns to what opened it.
/// <reference lib="dom" />
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ConsoleClient, ownerEmail, password } from '../people/console-client.ts';
import { raiseAlert } from '../raise-alert.ts';
import { type Appearance, addAuthenticator, consoleApis, findViolations, type Visitor, wordsOf } from './browser.ts';
import { callApi } from './calls.ts';
import { type DialogCase, type DialogStage, dialogCases, findDialogs } from './dialog-list.ts';
import { callWith, makeKey } from './key-calls.ts';
import { endSession, openOwnedConsole } from './owned-console.ts';

/** No vendor's keys can be disabled by default. */
const apis = consoleApis.replace('policy:\n', 'policy:\n      disable: true\n');
const { miftah, owner, orgId, addMember } = await openOwnedConsole({ apis });
let stage: DialogStage;

/** For tests that open many dialogs on a busy machine. */
const longMs = 300_000;

beforeAll(async () => {
  const { server } = miftah;
  const used = await makeKey(server, orgId, { api: 'classic', name: 'In use', addresses: ['127.0.0.1'] });
  await callWith(server, used.secret);
  await callWith(server, used.secret, { from: '127.0.0.2' });
  await server.admin('POST', `/v1/keys/${used.id}/rotate`, { overlap: '7d' });
  const palcards = await makeKey(server, orgId, { api: 'palcards', addresses: ['127.0.0.1'] });
  const headers = { 'x-api-key': palcards.secret };
  await callApi(server, { host: 'api-sandbox.palcards.localhost', path: '/user/profile', headers });
  await makeKey(server, orgId, { api: 'palm' });
  const member = 'dana@example.com';
  await addMember(member, { name: 'Dana', role: 'developer' });
  const webhookFields = { org: orgId, name: 'Billing', url: 'https://hooks.invalid/' };
  const webhook = await server.admin('POST', '/v1/webhooks', webhookFields);
  await server.admin('POST', `/v1/webhooks/${webhook.body.id}/rotate-secret`, { overlap: '7d' });
  const invited = 'later@example.com';
  await owner.post(`/api/orgs/${orgId}/invitations`, { email: invited, role: 'viewer' });
  const otherOrg = 'Olive & Thyme';
  await owner.post('/api/operator/orgs', { name: otherOrg, kind: 'standard' });
  await new ConsoleClient(server).signIn(ownerEmail, password);
  stage = {
    orgId,
    classicKey: used.id,
    palcardsKey: palcards.id,
    member,
    webhookId: String(webhook.body.id),
    alertId: await raiseAlert(server.server.miftah.storage, {
      ...{ subject: { kind: 'key', id: used.id }, orgId, apiId: 'classic' },
    }),
    invited,
    otherOrg,
  };
});

test('every dialog of the source has a case', () => {
  // Two open over another dialog, in tests of their own.
  const nested = ['entities/keys/reveal/leave-guard.tsx Modal', 'features/auth/sign-in-dialog.tsx ResponsiveDialog'];
  const covered = [...nested, ...dialogCases.flatMap(({ places }) => places)];
  expect(findDialogs()).toEqual(covered.toSorted());
});

/** Notes where the focus is after each key, so that a test asks once for many keys. */
async function watchFocus(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = globalThis as unknown as { strays?: string[] };
    if (watched.strays !== undefined) return;
    const strays: string[] = [];
    watched.strays = strays;
    const note = () => {
      const active = document.activeElement;
      if (active?.closest('[role=dialog]') == null) strays.push(active?.outerHTML.slice(0, 120) ?? 'nothing');
    };
    addEventListener('keyup', (event) => event.key === 'Tab' && note(), true);
  });
}

const takeStrays = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { strays: string[] }).strays.splice(0));

const isInside = (page: Page) =>
  page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null && document.activeElement !== null);

/** `opener`, `heading` or, where it is wrong, the element that has the focus. */
const focusPlace = (page: Page) =>
  page.evaluate(() => {
    const active = document.activeElement;
    if (active?.hasAttribute('data-opener')) return 'opener';
    return active?.hasAttribute('data-page-heading') ? 'heading' : (active?.outerHTML.slice(0, 120) ?? 'nothing');
  });

/** Lets axe look at the dialog, and walks through it in both directions. */
async function walkInside(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole('dialog').last();
  await dialog.waitFor();
  await expect.poll(() => isInside(page), { message: name }).toBe(true);
  expect(await findViolations(page), name).toEqual([]);
  await watchFocus(page);
  const stops = await dialog.locator('a[href], button, input, select, textarea, [tabindex="0"]').count();
  // More than once around.
  for (let at = 0; at < stops + 2; at++) await page.keyboard.press('Tab');
  for (let at = 0; at < stops + 2; at++) await page.keyboard.press('Shift+Tab');
  expect(await takeStrays(page), name).toEqual([]);
}

/** Presses Enter on a button as soon as it can be pressed. `press` alone does not wait for that. */
async function pressEnter(button: Locator): Promise<void> {
  await expect.poll(() => button.isEnabled()).toBe(true);
  await button.press('Enter');
}

async function expectReturn(page: Page, name: string, place: string = 'opener'): Promise<void> {
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => focusPlace(page), { message: name }).toBe(place);
  await page.evaluate(() => document.querySelector('[data-opener]')?.removeAttribute('data-opener'));
}

async function walkAll(visitor: Visitor, cases: readonly DialogCase[]): Promise<void> {
  const { page } = visitor;
  const words = wordsOf(visitor.appearance.language);
  let shown = '';
  for (const each of cases) {
    const path = each.path(stage);
    if (path !== shown) await page.goto(path);
    shown = path;
    await each.open(page, words, stage);
    await walkInside(page, each.name);
    await page.keyboard.press('Escape');
    await expectReturn(page, each.name, each.returnsTo);
    if (each.returnsTo !== undefined) continue;
    await each.open(page, words, stage);
    const cancel = page.getByRole('dialog').getByRole('button', { name: words.common.actions.cancel, exact: true });
    await page.getByRole('dialog').waitFor();
    // Escape closes the dialog that has the focus.
    await expect.poll(() => isInside(page), { message: each.name }).toBe(true);
    if ((await cancel.count()) === 0) await page.keyboard.press('Escape');
    else await pressEnter(cancel);
    await expectReturn(page, `${each.name}, cancelled`);
  }
}

const onDesktop = dialogCases.filter(({ device }) => device !== 'phone');
const ofAccount = onDesktop.filter((each) => each.path({} as DialogStage) === '/account');

test(
  'focus is inside each dialog while it is open, and then back at what opened it',
  async () => {
    await using amal = await miftah.openAs(ownerEmail);
    await walkAll(
      amal,
      onDesktop.filter((each) => !ofAccount.includes(each)),
    );
  },
  longMs,
);

test(
  'and so on the account page',
  async () => {
    await using amal = await miftah.openAs(ownerEmail);
    const { page } = amal;
    const { account } = wordsOf('en');
    await addAuthenticator(page);
    await page.goto('/account');
    await pressEnter(page.getByRole('button', { name: account.passkeys.open }));
    await page.getByRole('dialog').getByLabel(account.passkeys.name).fill('Mine');
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').filter({ hasText: 'Mine' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(account.passkeys.open);
    await walkAll(amal, ofAccount);
  },
  longMs,
);

test.each<Partial<Appearance>>([
  { language: 'ar', device: 'phone' },
  { language: 'ar', theme: 'dark' },
])(
  'and so from right to left: %o',
  async (appearance) => {
    await using amal = await miftah.openAs(ownerEmail, appearance);
    const { device } = amal.appearance;
    const create = dialogCases.find(({ name }) => name === 'create a key') as DialogCase;
    await walkAll(amal, device === 'phone' ? dialogCases.filter((each) => each.device === 'phone') : [create]);
  },
  longMs,
);

test('the focus stays on the button of a menu whose library arrives', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.addInitScript(() => {
    const held: (() => void)[] = [];
    globalThis.requestIdleCallback = (act) => held.push(() => act({ didTimeout: false, timeRemaining: () => 1 }));
    Object.assign(globalThis, { beIdle: () => held.splice(0).forEach((act) => void act()) });
  });
  await page.goto(`/orgs/${orgId}/keys?api=classic`);
  const menu = page.locator('tr[data-key]').last().getByRole('button');
  await menu.focus();
  expect(await menu.getAttribute('id')).toBeNull();
  // The library gives it an id. A page that is busy asks again whether it is idle.
  const idAfterRest = () => page.evaluate('beIdle()').then(() => menu.getAttribute('id'));
  await expect.poll(idAfterRest).toBeTruthy();
  expect(await menu.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByRole('menu').waitFor();
});

test('a question over a secret returns the focus to the secret, and both to what opened the first', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palm`);
  const opener = page.getByRole('button', { name: keys.create.open }).first();
  await opener.evaluate((element) => element.setAttribute('data-opener', ''));
  await pressEnter(opener);
  await page.getByRole('dialog').getByLabel(keys.fields.name).fill('Guarded');
  await page.keyboard.press('Enter');
  const copy = page.getByRole('button', { name: keys.reveal.copy });
  await expect.poll(() => copy.evaluate((element) => element === document.activeElement)).toBe(true);
  const question = page.getByRole('dialog', { name: keys.leave.title });
  for (const answer of [keys.leave.stay, keys.leave.leave]) {
    await page.keyboard.press('Escape');
    await question.waitFor();
    expect(await isInside(page)).toBe(true);
    expect(await findViolations(page)).toEqual([]);
    await pressEnter(question.getByRole('button', { name: answer }));
    await question.waitFor({ state: 'detached' });
    if (answer === keys.leave.stay) {
      await expect.poll(() => copy.evaluate((element) => element === document.activeElement)).toBe(true);
    }
  }
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // The first key replaces the empty list and its button.
  await expect.poll(() => focusPlace(page)).toMatch(/^(opener|heading)$/);
});

test('sign-in over a form returns the focus to the form', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { auth, keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys?api=palm&create=true`);
  const name = page.getByRole('dialog').getByLabel(keys.fields.name);
  await name.fill('Signed out');
  await endSession(miftah, amal);
  await name.press('Enter');
  const dialog = page.getByRole('dialog', { name: auth.signInAgain.title });
  await dialog.waitFor();
  await walkInside(page, 'sign in again');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => name.evaluate((element) => element === document.activeElement)).toBe(true);
});

test('focus stays inside between the steps of an edit, and goes to the heading when the opener is gone', async () => {
  const addresses = ['127.0.0.1', '127.0.0.2'];
  const { id, secret } = await makeKey(miftah.server, orgId, { api: 'classic', addresses });
  await callWith(miftah.server, secret, { from: '127.0.0.2' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { common, key: words, keys } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/keys/${id}`);
  await pressEnter(page.getByRole('button', { name: words.edit.button, exact: true }));
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(keys.fields.addresses).press('Backspace');
  await pressEnter(dialog.getByRole('button', { name: common.actions.save }));
  const back = dialog.getByRole('button', { name: common.actions.back });
  await expect.poll(() => back.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await dialog.getByLabel(keys.fields.name).waitFor();
  await expect.poll(() => isInside(page)).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(words.edit.button);
  await pressEnter(page.getByRole('button', { name: words.revoke.revoke.button, exact: true }));
  await dialog.getByRole('textbox').fill(secret.slice(-4));
  await pressEnter(dialog.getByRole('button', { name: words.revoke.revoke.button, exact: true }));
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => focusPlace(page)).toBe('heading');
});
