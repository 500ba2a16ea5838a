// Members, invitations and settings in a real browser: invite, accept, see what a role allows, change the role, leave.
/// <reference lib="dom" />
import { expect, test } from 'vitest';
import { ConsoleClient, ownerEmail, password, tokenInMail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();

/** For tests that go through many pages on a busy machine. */
const longMs = 180_000;

const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
  { language: 'ar', theme: 'light' },
  { language: 'en', theme: 'dark', device: 'phone' },
];

test.each(appearances)('members, the invitation and settings are accessible: %o', async (appearance) => {
  await using amal = await miftah.openAs(ownerEmail, appearance);
  const { page } = amal;
  const { members, settings, auth } = wordsOf(amal.appearance.language);
  await page.goto(`/orgs/${orgId}/members`);
  await page.getByRole('list', { name: members.title }).getByText(ownerEmail).waitFor();
  await page.getByRole('heading', { name: members.invitations.title }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: members.invite.open, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(auth.fields.email).fill('no address');
  await page.keyboard.press('Enter');
  await dialog.getByText(auth.faults.email).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('email');
  expect(await findViolations(page)).toEqual([]);
  await page.goto(`/orgs/${orgId}/settings`);
  await page.getByRole('heading', { name: settings.danger.leave }).waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test.each(['en', 'ar'] as const)(
  'an invited viewer joins, reads, and sees who can do the rest (%s)',
  async (language) => {
    const email = `viewer-${language}@example.com`;
    const { members, auth, common, settings } = wordsOf(language);
    await using amal = await miftah.openAs(ownerEmail, { language });
    await amal.page.goto(`/orgs/${orgId}/members`);
    await amal.page.getByRole('heading', { level: 1 }).waitFor();
    await amal.page.keyboard.press('c');
    const dialog = amal.page.getByRole('dialog');
    await dialog.getByLabel(auth.fields.email).fill(email);
    await dialog.getByRole('radio', { name: common.roles.viewer }).check();
    await amal.page.keyboard.press('Enter');
    // Without a mail server, the sender gets the link, once.
    await amal.page.getByRole('heading', { name: members.link.title }).waitFor();
    const link = await dialog.getByRole('region', { name: members.link.label }).textContent();
    expect(await findViolations(amal.page)).toEqual([]);
    await dialog.getByRole('button', { name: common.actions.close, exact: true }).last().click();
    await dialog.waitFor({ state: 'detached' });
    const invitations = amal.page.getByRole('list', { name: members.invitations.title });
    await invitations.getByText(email).waitFor();

    const token = await tokenInMail(miftah.server, email, 'accept-invitation');
    await using badr = await miftah.openAsStranger({ language });
    const { page } = badr;
    // The operator invites to the customer's own console.
    expect(link).toBe(
      `${miftah.origin.replace('localhost', 'cp.palcards.localhost')}/accept-invitation#token=${token}`,
    );
    // In a tab that has an older link open.
    await page.goto('/accept-invitation#token=older');
    await page.getByText(wordsOf(language).errors.codes.invitation_invalid).waitFor();
    await page.goto(`/accept-invitation#token=${encodeURIComponent(token)}`);
    for (const fact of ['Amal', 'Dealers', common.roles.viewer, email]) {
      await page.getByRole('main').getByText(fact).first().waitFor();
    }
    expect(await findViolations(page)).toEqual([]);
    await page.getByLabel(auth.fields.name).fill('Badr');
    await page.getByLabel(auth.fields.newPassword).fill(password);
    await page.getByRole('button', { name: auth.invitation.submit }).click();
    await page.getByRole('banner').getByText('Dealers').waitFor();

    await page.getByRole('link', { name: common.nav.members }).click();
    await page.getByRole('list', { name: members.title }).getByText(email).waitFor();
    const inviting = page.getByRole('button', { name: members.invite.open, exact: true });
    expect(await inviting.getAttribute('aria-disabled')).toBe('true');
    await inviting.hover();
    await page.getByRole('tooltip').getByText('Amal').waitFor();
    expect(await page.getByRole('heading', { name: members.invitations.title }).count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('link', { name: common.nav.settings }).click();
    await page.getByRole('button', { name: common.actions.save }).hover();
    await page.getByRole('tooltip').getByText('Amal').waitFor();

    // A person without an organization gets an empty page.
    await page.getByRole('button', { name: settings.danger.leaveOpen }).click();
    await page.getByRole('dialog').getByRole('button', { name: members.leave.confirm, exact: true }).click();
    await page.getByRole('heading', { name: common.shell.noOrganization.title }).waitFor();
    await page.goto(`/orgs/${orgId}/members`);
    await page.getByRole('heading', { name: common.states.notFound }).waitFor();
  },
  longMs,
);

test('a role is changed and changed back; a member is removed, the keys stay', async () => {
  const email = 'dana@example.com';
  await addMember(email, { name: 'Dana', role: 'developer' });
  const key = await miftah.server.createKey({ api: 'classic', org: orgId, name: 'lasting' });
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/members`);
  const row = page.getByRole('listitem').filter({ hasText: email });
  const open = (item: string) =>
    row
      .getByRole('button')
      .click()
      .then(() => page.getByRole('menuitem', { name: item }).click());
  await open('Change role…');
  await page.getByRole('radio', { name: 'Viewer' }).check();
  await page.getByRole('button', { name: 'Change role' }).click();
  await row.getByText('Viewer').waitFor();
  await page.getByText('Dana is now Viewer.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Change undone.').waitFor();
  await row.getByText('Developer').waitFor();

  await open('Remove…');
  await page.getByRole('dialog').getByText('they belong to the organization').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await row.waitFor({ state: 'detached' });
  expect((await owner.get(`/api/orgs/${orgId}/keys/${key.id}`)).body.status).toBe('active');
});

test('the only owner can neither leave nor step down, and sees why', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/settings`);
  await page.getByRole('button', { name: 'Leave…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Leave', exact: true }).click();
  await dialog.getByRole('alert').getByText('needs an owner').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
});

test('an admin is not offered what is an owner’s', async () => {
  await addMember('admin@example.com', { name: 'Adel', role: 'admin' });
  await using adel = await miftah.openAs('admin@example.com');
  const { page } = adel;
  await page.goto(`/orgs/${orgId}/members`);
  const ofOwner = page.getByRole('listitem').filter({ hasText: ownerEmail }).getByRole('button');
  expect(await ofOwner.getAttribute('aria-disabled')).toBe('true');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  expect(await page.getByRole('radio', { name: 'Owner' }).isDisabled()).toBe(true);
  expect(await page.getByRole('radio', { name: 'Admin' }).isDisabled()).toBe(false);
});

test('an invitation is sent again, which voids the older link, and canceled', async () => {
  const email = 'later@example.com';
  await owner.post(`/api/orgs/${orgId}/invitations`, { email, role: 'viewer' });
  const older = await tokenInMail(miftah.server, email, 'accept-invitation');
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/members`);
  const row = page.getByRole('listitem').filter({ hasText: email });
  await row.getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Send again' }).click();
  // Without a mail server, the page shows the new link.
  const dialog = page.getByRole('dialog');
  const link = await dialog.getByRole('region', { name: 'Invitation link' }).textContent();
  expect(link).not.toContain(older);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect.poll(() => tokenInMail(miftah.server, email, 'accept-invitation')).not.toBe(older);
  await row.getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Cancel invitation' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel invitation', exact: true }).click();
  await row.waitFor({ state: 'detached' });
  const token = await tokenInMail(miftah.server, email, 'accept-invitation');
  const reply = await new ConsoleClient(miftah.server).post('/api/invitations/accept', { token, name: 'L', password });
  expect(reply.body.code).toBe('invitation_invalid');
});

test('an organization is renamed everywhere at once, and back', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/settings`);
  const field = page.getByLabel('Organization name');
  await field.fill('');
  await page.keyboard.press('Enter');
  await page.getByText('Required').waitFor();
  await field.fill('بيت المفاتيح');
  await page.keyboard.press('Enter');
  await page.getByRole('banner').getByText('بيت المفاتيح').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('banner').getByText('Dealers').waitFor();
  await expect.poll(() => field.inputValue()).toBe('Dealers');
});
