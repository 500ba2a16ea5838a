// The deletion of an organization, of a person and of one's own account in a real browser, in both languages.
import { expect, test } from 'vitest';
import { ConsoleClient, ownerEmail, password } from '../people/console-client.ts';
import { findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();

/** For tests that go through many pages on a busy machine. */
const longMs = 180_000;

const languages = ['en', 'ar'] as const;

test.each(languages)(
  'an operator types the name of an organization, and it is gone (%s)',
  async (language) => {
    const { operator } = wordsOf(language);
    const name = language === 'ar' ? 'متجر حيفا' : 'Farewell & <b>Co</b>';
    const { body } = await owner.post('/api/operator/orgs', { name, kind: 'standard' });
    await miftah.server.createKey({ api: 'classic', org: body.id });
    await using amal = await miftah.openAs(ownerEmail, { language, theme: language === 'ar' ? 'dark' : 'light' });
    const { page } = amal;
    await page.goto('/operator/orgs');
    const row = page.getByRole('list', { name: operator.orgs.title }).getByRole('listitem').filter({ hasText: name });
    await row.getByRole('button').last().click();
    await page.getByRole('menuitem', { name: operator.delete.open }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(operator.delete.stays).waitFor();
    const confirm = dialog.getByRole('button', { name: operator.delete.confirm, exact: true });
    expect(await confirm.isDisabled()).toBe(true);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('textbox').fill(name.slice(1));
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill(name);
    await confirm.click();
    await row.waitFor({ state: 'detached' });
    expect((await owner.get(`/api/orgs/${body.id}`)).status).toBe(404);
  },
  longMs,
);

test.each(languages)(
  'an operator deletes a person on the members page, and the log shows a deleted person (%s)',
  async (language) => {
    const { members, audit } = wordsOf(language);
    const email = `gone-${language}@example.com`;
    const client = await addMember(email, { name: `Gone ${language}`, role: 'admin' });
    await client.signIn(email, password);
    const key = await client.post(`/api/orgs/${orgId}/keys`, { api: 'classic', name: `Made by ${language}` });
    expect(key.status).toBe(201);
    await using amal = await miftah.openAs(ownerEmail, { language });
    const { page } = amal;
    await page.goto(`/orgs/${orgId}/members`);
    const row = page.getByRole('list', { name: members.title }).getByRole('listitem').filter({ hasText: email });
    await row.getByRole('button').last().click();
    await page.getByRole('menuitem', { name: members.delete.open }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill(email);
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: members.delete.confirm, exact: true }).click();
    await row.waitFor({ state: 'detached' });
    expect((await client.get('/api/session')).status).toBe(401);
    await page.goto(`/orgs/${orgId}/audit?action=key`);
    await page.getByText(audit.actors.deleted.person).first().waitFor();
    expect(await page.getByText(email).count()).toBe(0);
  },
  longMs,
);

test.each(languages)(
  'a person deletes their own account, unless an organization would have no owner (%s)',
  async (language) => {
    const { account, errors } = wordsOf(language);
    const email = `own-${language}@example.com`;
    await addMember(email, { name: 'Own' });
    const lone = `lone-${language}@example.com`;
    const name = language === 'ar' ? 'ورشة نابلس' : 'Lone Workshop';
    const { body } = await owner.post('/api/operator/orgs', { name, kind: 'standard' });
    await addMember(lone, { name: 'Lone' });
    await owner.post(`/api/orgs/${body.id}/members`, { email: lone, role: 'owner' });

    await using refused = await miftah.openAs(lone, { language });
    await refused.page.goto('/account');
    await refused.page.getByRole('button', { name: account.delete.open }).click();
    const first = refused.page.getByRole('dialog');
    await first.getByRole('textbox').fill(lone);
    await first.getByRole('button', { name: account.delete.confirm }).click();
    // The name is isolated from the direction of the text around it, by characters that the words don't have.
    const said = first.getByRole('alert').filter({ hasText: name });
    await said.filter({ hasText: errors.noOwner.split('{{organizations}}').at(-1) as string }).waitFor();

    await using own = await miftah.openAs(email, { language, device: 'phone' });
    const { page } = own;
    await page.goto('/account');
    await page.getByRole('button', { name: account.delete.open }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(account.delete.final).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('textbox').fill(email.toUpperCase());
    await dialog.getByRole('button', { name: account.delete.confirm }).click();
    await page.waitForURL('**/sign-in**');
    await page.getByText(account.delete.done).waitFor();
    expect((await new ConsoleClient(miftah.server).signIn(email, password)).status).toBe(401);
  },
  longMs,
);
