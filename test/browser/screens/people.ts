// Screens of members, settings, the account's dialogs and the operator's pages, with some people and organizations.
import { request } from 'node:http';
import type { Page } from 'playwright-core';
import { ConsoleClient, ownerEmail, password, tokenInMail } from '../../people/console-client.ts';
import { type Appearance, wordsOf } from '../browser.ts';
import type { Screen, Stage } from '../screens.ts';

let furnished: Promise<void> | undefined;

/**
 * Adds once for all screens: two members, two open invitations, some organizations, and denied requests without a known
 * key.
 */
function furnish(stage: Stage): Promise<void> {
  furnished ??= makePeople(stage);
  return furnished;
}

async function makePeople({ miftah: { server }, orgId }: Stage): Promise<void> {
  const owner = new ConsoleClient(server);
  await owner.signIn(ownerEmail, password);
  const invitations = `/api/orgs/${orgId}/invitations`;
  const people = [
    { email: 'badr@example.com', role: 'developer', name: 'بدر الدين الحسيني' },
    { email: 'chloe.fontaine-delacroix@accounting.example.com', role: 'viewer', name: 'Chloé Fontaine-Delacroix' },
  ];
  for (const { email, role, name } of people) {
    await owner.post(invitations, { email, role });
    const token = await tokenInMail(server, email, 'accept-invitation');
    await new ConsoleClient(server).post('/api/invitations/accept', { token, name, password });
  }
  await owner.post(invitations, { email: 'dana@example.com', role: 'admin' });
  await owner.post(invitations, { email: 'a.very.long.address.of.somebody@subsidiary.example.com', role: 'viewer' });
  const names = [
    'متجر رام الله',
    'Olive & Thyme Ltd',
    'Suspended Traders',
    'شركة الشحن السريع للخدمات الرقمية المتكاملة',
  ];
  for (const [at, name] of names.entries()) {
    const kind = at % 2 === 0 ? 'dealer' : 'standard';
    const { body } = await owner.post('/api/operator/orgs', { name, kind });
    if (at === 2) await owner.post(`/api/operator/orgs/${body.id}/suspend`);
  }
  const strangers = [
    { host: 'api.palcards.localhost', headers: { 'x-api-key': 'sk_prod_mistyped' } },
    { host: 'api.classic.localhost', headers: {} },
    { host: 'api.palm.localhost', headers: { authorization: 'Bearer abc' } },
  ];
  for (const { host, headers } of strangers) {
    await new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: server.publicPort,
        path: '/user/profile',
        headers: { host, ...headers },
      });
      sent.on('response', (reply) => reply.resume().on('end', resolve)).on('error', reject);
      sent.end();
    });
  }
}

/** Grows the window so that the whole page is in one picture. */
async function showAll(page: Page): Promise<void> {
  const size = page.viewportSize();
  const height = await page.evaluate('document.documentElement.scrollHeight');
  if (size !== null) await page.setViewportSize({ width: size.width, height: Math.max(size.height, Number(height)) });
}

async function openAt(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('main [role=status][aria-label]').first().waitFor({ state: 'detached' });
}

function screen(name: string, open: (page: Page, stage: Stage, appearance: Appearance) => Promise<void>): Screen {
  return {
    name,
    async open(page, stage, appearance) {
      await furnish(stage);
      await open(page, stage, appearance);
    },
  };
}

export const peopleScreens: readonly Screen[] = [
  screen('members', (page, { orgId }) => openAt(page, `/orgs/${orgId}/members`)),
  screen('members-invite', async (page, { orgId }, { language }) => {
    const { members } = wordsOf(language);
    await openAt(page, `/orgs/${orgId}/members`);
    await page.getByRole('button', { name: members.invite.open, exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('[aria-invalid=true]').waitFor();
  }),
  screen('members-remove', async (page, { orgId }, { language }) => {
    const { members } = wordsOf(language);
    await openAt(page, `/orgs/${orgId}/members`);
    await page.getByRole('list').getByRole('button').nth(1).click();
    await page.getByRole('menuitem', { name: members.remove.open }).click();
    await page.getByRole('dialog').waitFor();
  }),
  screen('settings', (page, { orgId }) => openAt(page, `/orgs/${orgId}/settings`)),
  screen('account-all', async (page) => {
    await openAt(page, '/account');
    await showAll(page);
  }),
  screen('account-two-factor', async (page, _stage, { language }) => {
    const { account } = wordsOf(language);
    await openAt(page, '/account');
    await page.getByRole('button', { name: account.twoFactor.enable, exact: true }).click();
    await page.getByLabel(account.password.current).fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('img', { name: account.twoFactor.qrLabel }).waitFor();
  }),
  screen('account-passkey', async (page, _stage, { language }) => {
    const { account } = wordsOf(language);
    await openAt(page, '/account');
    await page.getByRole('button', { name: account.passkeys.open }).click();
    await page.getByRole('dialog').waitFor();
  }),
  screen('operator-orgs', (page) => openAt(page, '/operator/orgs')),
  screen('operator-create', async (page) => {
    await openAt(page, '/operator/orgs?create=true');
    await page.getByRole('dialog').waitFor();
  }),
  screen('operator-suspend', async (page, _stage, { language }) => {
    await openAt(page, '/operator/orgs?status=active');
    await page.getByRole('list').getByRole('button').last().click();
    await page.getByRole('menuitem', { name: wordsOf(language).operator.suspend.open }).click();
    await page.getByRole('dialog').waitFor();
  }),
  screen('operator-delete', async (page, _stage, { language }) => {
    await openAt(page, '/operator/orgs?status=active');
    await page.getByRole('list').getByRole('button').last().click();
    await page.getByRole('menuitem', { name: wordsOf(language).operator.delete.open }).click();
    await page.getByRole('dialog').waitFor();
  }),
  screen('members-delete', async (page, { orgId }, { language }) => {
    await openAt(page, `/orgs/${orgId}/members`);
    await page.getByRole('list').getByRole('button').nth(1).click();
    await page.getByRole('menuitem', { name: wordsOf(language).members.delete.open }).click();
    await page.getByRole('dialog').waitFor();
  }),
  screen('operator-apis', async (page) => {
    await openAt(page, '/operator/apis');
    await showAll(page);
  }),
  screen('operator-nodes', (page) => openAt(page, '/operator/nodes')),
  screen('operator-proxies', (page) => openAt(page, '/operator/proxies')),
  screen('operator-mail', (page) => openAt(page, '/operator/mail')),
  screen('operator-mail-refused', async (page, _stage, { language }) => {
    const server = { host: 'smtp.example.com', port: 587, secure: false, user: 'miftah' };
    await page.route('**/api/operator/mail', (route) =>
      route.fulfill({ json: { from: 'Miftah <miftah@example.com>', server } }),
    );
    await page.route('**/api/operator/mail-test', (route) =>
      route.fulfill({
        json: { to: ownerEmail, outcome: 'sign_in_refused', answer: '535 5.7.8 Error: authentication failed' },
      }),
    );
    await openAt(page, '/operator/mail');
    await page.getByRole('button', { name: wordsOf(language).server.mail.test }).click();
    await page.getByText(wordsOf(language).server.mail.outcomes.sign_in_refused.title).waitFor();
  }),
  screen('operator-denials', (page) => openAt(page, '/operator/denials')),
];
