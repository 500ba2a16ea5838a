// Other ways to sign in: a second factor, a passkey, an invitation. Also an operator who opens another organization.
/// <reference lib="dom" />
import { expect, test } from 'vitest';
import { totpOf } from '../people/authenticator.ts';
import { ownerEmail, password, tokenInMail } from '../people/console-client.ts';
import { addAuthenticator, findViolations } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();

test('a code of the app, or a backup code, completes a sign-in', async () => {
  const email = 'two@example.com';
  const client = await addMember(email);
  await client.signIn(email, password);
  const { body } = await client.post('/api/auth/two-factor/enable', { password });
  await client.post('/api/auth/two-factor/verify-totp', { code: totpOf(body.totpURI, Date.now()) });

  await using visitor = await miftah.openAsStranger();
  const { page } = visitor;
  const giveSecond = async (field: string, code: string) => {
    await page.getByLabel(field).fill(code);
    await page.keyboard.press('Enter');
  };
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await giveSecond('Code', '123 45');
  await page.getByText('Enter six digits').waitFor();
  await giveSecond('Code', '000000');
  await page.getByRole('alert').getByText('Incorrect code.').waitFor();
  // A code works once, and the next period's code works already.
  await giveSecond('Code', totpOf(body.totpURI, Date.now() + 30_000));
  await page.waitForURL('**/orgs/**');

  await page.context().clearCookies();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Use a backup code' }).click();
  await giveSecond('Backup code', body.backupCodes[0]);
  await page.waitForURL('**/orgs/**');
});

test('a passkey signs in without a password, and a cancelled one does not', async () => {
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  const { devtools, authenticatorId } = await addAuthenticator(page);
  await page.goto('/account');
  const status = await page.evaluate(async () => {
    const options = await (await fetch('/api/auth/passkey/generate-register-options')).json();
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
    const body = JSON.stringify({ response: made.toJSON() });
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/api/auth/passkey/verify-registration', { method: 'POST', headers, body })).status;
  });
  expect(status).toBe(200);

  await page.context().clearCookies();
  await page.goto('/sign-in');
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('alert').waitFor();
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.waitForURL('**/orgs/**');
});

test('an invitation makes an account, signed in at once; the link is spent then', async () => {
  const email = 'badr@example.com';
  await owner.post(`/api/orgs/${orgId}/invitations`, { email, role: 'developer' });
  const link = `/accept-invitation#token=${encodeURIComponent(await tokenInMail(miftah.server, email, 'accept-invitation'))}`;
  await using visitor = await miftah.openAsStranger();
  const { page } = visitor;
  await page.goto(link);
  await page.getByLabel('Your name').fill('Badr');
  expect(page.url()).not.toContain('token');
  await page.getByLabel('New password').fill(password);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForURL(`**/orgs/${orgId}/**`);
  await page.getByText('You are now a member of Dealers.').waitFor();
  await page.getByRole('banner').getByText('Dealers').waitFor();

  await page.context().clearCookies();
  await page.goto(link);
  await page.getByText('was used, cancelled or has expired').waitFor();
  expect(await page.getByRole('button', { name: 'Join' }).count()).toBe(0);
});

test('an operator opens an organization of others; for strangers it does not exist', async () => {
  const foreign = await miftah.server.createOrg('standard');
  await addMember('viewer@example.com');
  {
    await using visitor = await miftah.openAs(ownerEmail);
    await visitor.page.goto(`/orgs/${foreign}`);
    await visitor.page.getByRole('banner').getByText('Test').waitFor();
  }
  await using visitor = await miftah.openAs('viewer@example.com');
  await visitor.page.goto(`/orgs/${foreign}`);
  await visitor.page.getByRole('heading', { name: 'Page not found' }).waitFor();
});
