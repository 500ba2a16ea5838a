// Words on pages in a real browser: no name of a field, one word for one idea, the chosen digits everywhere.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Visitor, wordsOf } from './browser.ts';
import { callApi } from './calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, owner, orgId } = await openOwnedConsole();

const palcards = 'cp.palcards.localhost';
const languages = ['en', 'ar'] as const;

let rotated: string;
let sandbox: string;

beforeAll(async () => {
  const keys = `/api/orgs/${orgId}/keys`;
  const made = await owner.post(keys, { api: 'palm', name: 'Rotated' });
  expect(made.status).toBe(201);
  rotated = made.body.key?.id ?? made.body.id;
  const old = made.body.secret as string;
  expect((await owner.post(`${keys}/${rotated}/rotate`, { overlap: '24h' })).status).toBe(200);
  const { body: secrets } = await owner.get(`${keys}/${rotated}/secrets`);
  const ending = secrets.data.find(({ endsAt }: { endsAt: string | null }) => endsAt !== null).id;
  const end = (endsIn: string) => owner.call('PATCH', `${keys}/${rotated}/secrets/${ending}`, { body: { endsIn } });
  for (const endsIn of ['until_ended', 'now']) expect((await end(endsIn)).status).toBe(200);
  const call = { host: 'api.palm.localhost', path: '/v1/users', headers: { authorization: `Bearer ${old}` } };
  expect(await callApi(miftah.server, call)).toBe(401);
  const addresses = ['127.0.0.1'];
  const test = await owner.post(keys, { api: 'palcards', name: 'Trial shop', environment: 'test', addresses });
  expect(test.status).toBe(201);
  sandbox = test.body.key?.id ?? test.body.id;
  const wrongHost = { host: 'api.palcards.localhost', path: '/user/profile' };
  await callApi(miftah.server, { ...wrongHost, headers: { 'x-api-key': test.body.secret } });
  await owner.post(`/api/orgs/${orgId}/invitations`, { email: 'badr@example.com', role: 'viewer' });
  await owner.call('PATCH', `/api/operator/orgs/${orgId}`, { body: { name: 'Cards', kind: 'dealer' } });
  for (const change of ['suspend', 'resume']) await owner.post(`/api/operator/orgs/${orgId}/${change}`);
});

/** What the page says in its own words: without values, which are isolated from left to right. */
async function ownWords({ page, settled }: Visitor): Promise<string> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await settled();
  return page.getByRole('main').evaluate((main) => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const isValue = node.parentElement?.closest(
        'style, select, bdi, code, pre, time, [translate="no"], main [dir="ltr"]:not([role="img"])',
      );
      if (isValue === null) texts.push(node.nodeValue ?? '');
    }
    // Values within sentences are isolated.
    return texts.join(' ').replaceAll(/[\u2066-\u2068][^\u2069]*\u2069/g, '');
  });
}

async function openEntries(page: Page): Promise<void> {
  const openers = page.getByRole('main').locator('li button[aria-expanded=false]');
  while ((await openers.count()) > 0) await openers.first().click();
}

test.each(languages)('no page shows the name of a field (%s)', async (language) => {
  const { denials, audit, key } = wordsOf(language);
  await using visitor = await miftah.openAs(ownerEmail, { language });
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/audit?api=palm`);
  await page.getByText(audit.actions.key.overlap_changed).first().waitFor();
  await openEntries(page);
  const log = await ownWords(visitor);
  expect(log).toContain(audit.fields.earlierSecretsEndAt);
  expect(log).toContain(audit.statuses.suspended);
  const texts = [log];
  for (const path of ['keys', `keys/${rotated}`, 'usage', 'denials', 'members', 'settings']) {
    await page.goto(`/orgs/${orgId}/${path}?api=palm`);
    texts.push(await ownWords(visitor));
  }
  for (const text of texts) expect(text.match(/\b[a-z]+[A-Z]\w*|\b[a-z]+_[a-z]\w*/g)).toBeNull();
  // The key works, so it is not called expired, and its creator is not called the operator.
  const denied = texts[4] ?? '';
  expect(denied).toContain(denials.rotated.title);
  expect(denied).not.toContain(denials.reasons.key_expired.title);
  expect(texts[2]).not.toContain(key.facts.byOperator);
});

test.each(languages)('a vendor’s console has the vendor’s words for its environments alone (%s)', async (language) => {
  await using visitor = await miftah.openAs(ownerEmail, { language }, palcards);
  const { page } = visitor;
  const others = language === 'en' ? /\b([Ll]ive|[Tt]est)\b/ : /الاختبار|الحقيقي|بيئة التجربة/;
  const own = language === 'en' ? 'Sandbox' : 'البيئة التجريبية';
  await page.goto(`/orgs/${orgId}/audit`);
  await page.getByText(wordsOf(language).audit.actions.key.created).first().waitFor();
  await openEntries(page);
  const log = await ownWords(visitor);
  expect(log).toContain(own);
  const texts = [log];
  for (const path of ['keys', `keys/${sandbox}`, 'usage?by=environment', 'denials']) {
    await page.goto(`/orgs/${orgId}/${path}${path.includes('?') ? '&' : '?'}env=test`);
    texts.push(await ownWords(visitor));
  }
  for (const text of texts) expect(text).not.toMatch(others);
});

test('Arabic digits are everywhere where they are chosen', async () => {
  await using visitor = await miftah.openAs(ownerEmail, { language: 'ar', device: 'phone' }, palcards);
  const { page } = visitor;
  const { url } = { url: miftah.origin.replace('localhost', palcards) };
  await page.context().addCookies([{ name: 'miftah-numerals', value: 'arab', url }]);
  for (const path of ['keys', `keys/${sandbox}`, 'usage', 'denials', 'audit', 'members', 'settings']) {
    await page.goto(`/orgs/${orgId}/${path}?env=test`);
    if (path === 'audit') {
      await page.getByRole('main').getByRole('listitem').first().waitFor();
      await openEntries(page);
    }
    expect((await ownWords(visitor)).match(/[^\n]{0,30}[0-9][^\n]{0,30}/g), path).toBeNull();
  }
});

test('in Arabic, Cancel and Revoke are two words', () => {
  const { keys, key, common } = wordsOf('ar');
  const revoking = JSON.stringify([keys.menu.revoke, key.revoke, keys.status.revoked]);
  expect(common.actions.cancel).toBe('إلغاء');
  expect(revoking).not.toMatch(/إلغاء|ملغ/);
});
