// The overviews in a real browser: an empty organization, one with work to do, and the operator's page.
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { openOwnedConsole } from './owned-console.ts';
import { addPastUsage } from './past-usage.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();

const palcards = 'cp.palcards.localhost';
const hourMs = 3_600_000;
const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark', device: 'phone' },
];

/** An organization with keys that need attention. */
let org: string;

beforeAll(async () => {
  const { id } = (await owner.post('/api/operator/orgs', { name: 'Acme', kind: 'dealer' })).body;
  const make = (body: object) => owner.post(`/api/orgs/${id}/keys`, { api: 'palcards', addresses: [], ...body });
  await make({ name: 'Blocked' });
  const busy = (await make({ name: 'Busy', addresses: ['192.0.2.1'] })).body;
  const hour = Date.now() - (Date.now() % hourMs);
  const row = { orgId: id, keyId: busy.id, apiId: 'palcards', environment: 'live', hourMs: hour } as const;
  addPastUsage(miftah.server, [
    { ...row, outcome: 'allowed', count: 30, statuses: { '2xx': 25, '5xx': 5 } },
    { ...row, outcome: 'upstream_failed', count: 10, statuses: { none: 10 } },
    { ...row, outcome: 'rate_limited', count: 20 },
  ]);
  org = id;
});

test.each(appearances)('the first page of a new organization says what to do first: %o', async (appearance) => {
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  const { overview } = wordsOf(visitor.appearance.language);
  await page.goto(`/orgs/${orgId}`);
  await page.waitForURL(`**/orgs/${orgId}/overview**`);
  await page.getByRole('heading', { name: overview.first.keyTitle }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: overview.first.createKey }).click();
  await page.getByRole('dialog').waitFor();
});

test.each(appearances)('numbers, and keys that need attention with the way to their fix: %o', async (appearance) => {
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  const { overview, audit } = wordsOf(visitor.appearance.language);
  await page.goto(`/orgs/${org}/overview`);
  await page.getByRole('heading', { name: overview.attention.title }).waitFor();
  const today = page.getByRole('region', { name: overview.periods.label }).locator('dd[data-measure]');
  expect((await today.allTextContents()).slice(0, 3)).toEqual(
    visitor.appearance.language === 'en' ? ['60', '15', '20'] : expect.arrayContaining([expect.any(String)]),
  );
  await page.getByRole('listitem').filter({ hasText: audit.actions.key.created }).first().waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'Blocked' }).first().click();
  await page.waitForURL(/do=edit/);
  await page.getByRole('dialog').waitFor();
});

test.each(appearances)(
  'the operator sees customers, trouble and changes of all organizations: %o',
  async (appearance) => {
    await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
    const { page } = visitor;
    const { overview } = wordsOf(visitor.appearance.language);
    await page.goto('/operator/overview');
    await page.getByRole('heading', { name: overview.customers.title }).waitFor();
    await page.getByText(overview.trouble.kinds.errors).waitFor();
    await page.getByText(overview.trouble.upstreams).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('row').filter({ hasText: 'Acme' }).getByRole('link').click();
    await page.waitForURL(new RegExp(`operator/usage.*org=${org}`));
  },
);

test('top customers of the month are one click away', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto('/operator/overview');
  await page.getByRole('link', { name: 'See all' }).click();
  await page.waitForURL(/range=month/);
  await page.getByRole('row').filter({ hasText: 'Acme' }).waitFor();
});

test('a viewer sees the numbers and no change of the audit log', async () => {
  await addMember('viewer@example.com', { role: 'viewer' });
  await using visitor = await miftah.openAs('viewer@example.com', {}, palcards);
  const { page } = visitor;
  await page.goto('/');
  await page.getByText('This organization has no key yet').waitFor();
  expect(await page.getByText('Recent changes').count()).toBe(0);
  await page.goto('/operator/overview');
  await page.getByRole('heading', { name: 'Page not found' }).waitFor();
});
