// Denied requests in a real browser: each appears, one click fixes it, the same call passes, and the fix can be undone.
import { expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { findViolations, wordsOf } from './browser.ts';
import { type ApiCall, callApi } from './calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId } = await openOwnedConsole();

const palcards = 'cp.palcards.localhost';

/** Creates a key of PalCards. Returns the call that a server at 127.0.0.2 makes with it. */
async function makeCaller(fields: Record<string, unknown>): Promise<{ id: string; call: ApiCall }> {
  const { id, secret } = await miftah.server.createKey({ org: orgId, api: 'palcards', ...fields });
  return {
    id,
    call: {
      host: 'api.palcards.localhost',
      path: '/user/profile',
      headers: { 'x-api-key': secret },
      from: '127.0.0.2',
    },
  };
}

test.each([
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark' },
] as const)('a refused address appears, one click adds it, and an undo removes it: %o', async (appearance) => {
  const { common, denials } = wordsOf(appearance.language);
  const name = `Production ${appearance.language}`;
  const { id, call } = await makeCaller({ name, addresses: ['127.0.0.1'] });
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?key=${id}`);
  await page.getByRole('heading', { name: denials.empty.filteredTitle }).waitFor();

  expect(await callApi(miftah.server, call)).toBe(401);
  const row = page.getByRole('listitem').filter({ hasText: name });
  // The page shows it without a reload.
  await row.getByText(denials.reasons.address_not_allowed.title).waitFor();
  await row.getByText('127.0.0.2').first().waitFor();
  expect(await findViolations(page)).toEqual([]);

  await row.getByRole('button', { name: '127.0.0.2' }).click();
  const question = page.getByRole('dialog');
  await question.getByText(denials.facts.first).waitFor();
  await question.getByText(name).first().waitFor();
  expect(await findViolations(page)).toEqual([]);
  await question.getByRole('button', { name: denials.fix.add_address.confirm }).click();
  await row.getByText(denials.fix.done).waitFor();
  expect(await callApi(miftah.server, call)).toBe(200);

  await page.getByRole('button', { name: common.actions.undo }).click();
  await row.getByRole('button', { name: '127.0.0.2' }).waitFor();
  expect(await callApi(miftah.server, call)).toBe(401);
  const { body } = await owner.get(`/api/orgs/${orgId}/keys/${id}`);
  expect(body.addresses).toEqual(['127.0.0.1']);
});

test('a fix that changed while it was open is shown again and asks again', async () => {
  const { id, call } = await makeCaller({ name: 'Changing', addresses: ['127.0.0.1'] });
  expect(await callApi(miftah.server, call)).toBe(401);
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?key=${id}`);
  await page.getByRole('button', { name: 'Add 127.0.0.2' }).click();
  const question = page.getByRole('dialog');
  await question.getByText('Changing').first().waitFor();
  const renamed = await owner.call('PATCH', `/api/orgs/${orgId}/keys/${id}`, { body: { name: 'Changed' } });
  expect(renamed.status).toBe(200);
  await question.getByRole('button', { name: 'Add address' }).click();
  await question.getByRole('alert').getByText('This changed since you opened it').waitFor();
  await question.getByText('Changed', { exact: true }).first().waitFor();
  expect(await callApi(miftah.server, call)).toBe(401);
  expect(await findViolations(page)).toEqual([]);
  await question.getByRole('button', { name: 'Add address' }).click();
  await page.getByText('Fixed').waitFor();
  expect(await callApi(miftah.server, call)).toBe(200);
});

test('Enter confirms, Escape goes back, and the focus is never lost', async () => {
  const { id, call } = await makeCaller({ name: 'By keyboard', addresses: ['127.0.0.1'] });
  expect(await callApi(miftah.server, call)).toBe(401);
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?key=${id}`);
  const button = page.getByRole('button', { name: 'Add 127.0.0.2' });
  await button.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => button.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  const confirm = page.getByRole('button', { name: 'Add address' });
  await expect.poll(() => confirm.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByText('Fixed').waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('LI');
  expect(await callApi(miftah.server, call)).toBe(200);
});

test('a key sent to the wrong environment is shown the right address, and nothing to click', async () => {
  const { id, call } = await makeCaller({ name: 'Wrong host', addresses: ['127.0.0.2'] });
  expect(await callApi(miftah.server, { ...call, host: 'api-sandbox.palcards.localhost' })).toBe(401);
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?key=${id}`);
  await page.getByRole('listitem').getByText('Wrong environment').waitFor();
  await page.getByRole('button', { name: 'How to fix' }).click();
  const advice = page.getByRole('dialog');
  await advice.getByText(`http://api.palcards.localhost:${miftah.server.publicPort}/user/profile`).waitFor();
  await advice.getByText('-H "x-api-key: sk_prod_your_key_here"').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('an empty list says that everything is blocked, and the click fills it', async () => {
  const { id, call } = await makeCaller({ name: 'No address', addresses: [] });
  expect(await callApi(miftah.server, call)).toBe(401);
  await using visitor = await miftah.openAs(ownerEmail, { device: 'phone' }, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?key=${id}`);
  await page.getByRole('listitem').getByText('No address is allowed yet').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Add 127.0.0.2' }).click();
  await page.getByRole('button', { name: 'Add address' }).click();
  await page.getByText('127.0.0.2 may now use No address.').waitFor();
  expect(await callApi(miftah.server, call)).toBe(200);
});

test('an endpoint is added by one click, and nothing beside it', async () => {
  const { id, secret } = await miftah.server.createKey({
    org: orgId,
    api: 'classic',
    name: 'One endpoint',
    endpoints: ['GET /v1/users'],
  });
  const call = {
    host: 'api.classic.localhost',
    path: '/v1/users/usr_123?secret=no',
    headers: { authorization: `Bearer ${secret}` },
  };
  expect(await callApi(miftah.server, call)).toBe(403);
  await using visitor = await miftah.openAs(ownerEmail);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?api=classic&key=${id}`);
  await page.getByText('GET /v1/users/usr_123', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Allow this endpoint' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Allow endpoint' }).click();
  await page.getByText('Fixed').waitFor();
  expect(await callApi(miftah.server, call)).toBe(200);
  expect(await callApi(miftah.server, { ...call, path: '/v1/users/usr_124' })).toBe(403);
});

test('filters are in the address and narrow the list', async () => {
  const { id, call } = await makeCaller({ name: 'Two reasons', addresses: ['127.0.0.1'] });
  expect(await callApi(miftah.server, call)).toBe(401);
  expect(await callApi(miftah.server, { ...call, from: '127.0.0.1', host: 'api-sandbox.palcards.localhost' })).toBe(
    401,
  );
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?key=${id}`);
  const rows = page.getByRole('main').getByRole('listitem');
  await expect.poll(() => rows.count()).toBe(2);
  await page.getByRole('combobox', { name: 'Reason' }).selectOption('Wrong environment');
  await page.waitForURL(/reason=environment_mismatch/);
  await expect.poll(() => rows.count()).toBe(1);
  await page.reload();
  await page.getByRole('button', { name: 'How to fix' }).waitFor();
  expect(await rows.count()).toBe(1);
});

test('what arrives while the list is read waits, and is shown when asked for', async () => {
  const { call } = await makeCaller({ name: 'Held one', addresses: ['127.0.0.1'] });
  expect(await callApi(miftah.server, call)).toBe(401);
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/denials?reason=address_not_allowed`);
  const first = page.getByRole('main').getByRole('listitem').first();
  await first.getByText('Held one').waitFor();
  await first.hover();
  expect(await callApi(miftah.server, { ...call, from: '127.0.0.3' })).toBe(401);
  const waiting = page.getByRole('button', { name: 'Show 1 new denied request' });
  await waiting.waitFor();
  await first.getByText('from 127.0.0.2').waitFor();
  await waiting.click();
  await first.getByText('from 127.0.0.3').waitFor();
});
