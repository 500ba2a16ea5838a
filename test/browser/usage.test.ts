// Usage in a real browser: the calls appear, broken down, in a table and in a file.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, findViolations, wordsOf } from './browser.ts';
import { callApi } from './calls.ts';
import { openOwnedConsole } from './owned-console.ts';
import { addPastUsage } from './past-usage.ts';

const { miftah, orgId } = await openOwnedConsole();

const hourMs = 3_600_000;

let key: { id: string; secret: string };

beforeAll(async () => {
  key = await miftah.server.createKey({
    org: orgId,
    api: 'palcards',
    name: '=Formula, "quoted"',
    addresses: ['127.0.0.1'],
  });
  const call = { host: 'api.palcards.localhost', path: '/user/profile', headers: { 'x-api-key': key.secret } };
  for (let at = 0; at < 3; at++) expect(await callApi(miftah.server, call)).toBe(200);
  expect(await callApi(miftah.server, { ...call, from: '127.0.0.2' })).toBe(401);
  const past = Date.now() - 40 * hourMs;
  addPastUsage(miftah.server, [
    {
      orgId,
      keyId: key.id,
      apiId: 'palcards',
      environment: 'live',
      outcome: 'rate_limited',
      hourMs: past - (past % hourMs),
      count: 1_200,
    },
  ]);
});

const palcards = 'cp.palcards.localhost';
const appearances: readonly Partial<Appearance>[] = [
  { language: 'en', theme: 'light' },
  { language: 'ar', theme: 'dark' },
  { language: 'ar', theme: 'light', device: 'phone' },
  { language: 'en', theme: 'dark', device: 'phone' },
];

test.each(appearances)('the requests of seven days are added up, drawn and in a table: %o', async (appearance) => {
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  const { usage } = wordsOf(visitor.appearance.language);
  await page.goto(`/orgs/${orgId}/usage`);
  const total = page.locator('dl > div').first();
  await expect.poll(() => total.locator('dd').first().textContent()).toMatch(/1[,٬]204/);
  await page.getByRole('img').locator('svg').first().waitFor();
  await page.getByRole('button', { name: usage.chart.showTable }).click();
  const chartTable = page.getByRole('table').first();
  await expect.poll(() => chartTable.getByRole('row').count()).toBe(8);
  await page
    .getByRole('row')
    .filter({ hasText: '=Formula' })
    .getByRole('cell', { name: /1[,٬]204/ })
    .waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('24 hours leave out what is older, by outcome, and lead to the denials', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/usage`);
  await page.getByRole('radiogroup', { name: 'Time range' }).getByText('24 hours').click();
  await page.getByRole('radiogroup', { name: 'Breakdown' }).getByText('By outcome', { exact: true }).click();
  await page.waitForURL(/range=24h.*by=outcome|by=outcome.*range=24h/);
  const refused = page.getByRole('row').filter({ hasText: 'The address is not on the list' });
  await refused.getByRole('cell', { name: '25%' }).waitFor();
  await refused.getByRole('link', { name: 'See denied requests' }).click();
  await page.waitForURL(/denials\?.*reason=address_not_allowed/);
  await page.getByRole('button', { name: 'Add 127.0.0.2' }).waitFor();
});

test('replies of the API are counted by status, and what is billed beside all requests', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/usage?range=24h`);
  await page.getByRole('radiogroup', { name: 'Breakdown' }).getByText('By reply').click();
  await page.waitForURL(/by=status/);
  const success = page.getByRole('row').filter({ hasText: 'Success' });
  await success.getByRole('cell', { name: '3', exact: true }).waitFor();
  await success.getByRole('cell', { name: '100%' }).waitFor();
  const billed = page.locator('dl > div').filter({ hasText: 'Billed' });
  expect(await billed.locator('dd').allTextContents()).toEqual(['3', '75% of all']);
  await billed.getByText('Billed').hover();
  await page.getByText('Allowed requests that count towards your bill').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('files hold all of it, and nothing that a spreadsheet would run', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/usage`);
  const save = async (item: string) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: item }).click(),
    ]);
    return { name: saved.suggestedFilename(), text: await readFile(await saved.path(), 'utf8') };
  };
  const csv = await save('By key, CSV');
  expect(csv.name).toMatch(/^usage-key-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
  expect(
    csv.text.startsWith(
      '\ufeffkey_id,key,masked,api,environment,outcome,requests,billed,1xx,2xx,3xx,4xx,5xx,none,unknown\r\n',
    ),
  ).toBe(true);
  expect(csv.text).toContain(`${key.id},"'=Formula, ""quoted""",`);
  expect(csv.text).toContain(',palcards,live,allowed,3,3,0,3,0,0,0,0,0\r\n');
  const json = await save('Over time, JSON lines');
  const lines = json.text.trimEnd().split('\n');
  const sums = lines.map((line) => JSON.parse(line) as { at: string; outcome: string; count: number });
  // Past and present, and an hour may end between the calls.
  expect(new Set(sums.map(({ at }) => at)).size).toBeGreaterThan(1);
  expect(sums.reduce((sum, { count }) => sum + count, 0)).toBe(1_204);
});

test('days of one’s own are chosen in a calendar, and kept in the address', async () => {
  await using visitor = await miftah.openAs(ownerEmail, { language: 'ar' }, palcards);
  const { page } = visitor;
  const { usage } = wordsOf('ar');
  await page.goto(`/orgs/${orgId}/usage?range=custom&from=2020-01-01&to=2020-01-03`);
  await page.getByRole('heading', { name: usage.empty.title }).waitFor();
  await page.getByRole('button', { name: usage.range.dates }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: usage.range.dates }).click();
  await page.getByRole('dialog').getByRole('table').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('the test environment says that it is not billed, and how to make a first request there', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/usage?env=test`);
  await page.getByText('Not billed', { exact: true }).waitFor();
  await page.getByText('-H "x-api-key: sk_sandbox_your_key_here"').waitFor();
  await page.getByText(`http://api-sandbox.palcards.localhost:${miftah.server.publicPort}/user/profile`).waitFor();
});

test.each(appearances.slice(0, 3))('a time before the kept usage says so: %o', async (appearance) => {
  using db = new DatabaseSync(join(miftah.server.folder, 'data', 'miftah.db'), { timeout: 5_000 });
  db.exec(`UPDATE retention SET usage_from = ${Date.UTC(2020, 0, 3)}`);
  await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
  const { page } = visitor;
  const { usage } = wordsOf(visitor.appearance.language);
  const [before = '', after = ''] = usage.keptFrom.split('{{date}}');
  const note = page.getByText(before.trim()).filter({ hasText: after.trim() });
  await page.goto(`/orgs/${orgId}/usage?range=custom&from=2020-01-01&to=2020-01-05&zone=UTC`);
  await note.waitFor();
  expect(await note.textContent()).toMatch(/2020|٢٠٢٠/);
  expect(await findViolations(page)).toEqual([]);
  await page.goto(`/orgs/${orgId}/usage?range=custom&from=2020-01-03&to=2020-01-05&zone=UTC`);
  await page.getByRole('heading', { name: usage.empty.title }).waitFor();
  expect(await note.count()).toBe(0);
  db.exec('UPDATE retention SET usage_from = 0');
});

test('the night of a day in another time zone, by hour, beside the night before, and what changed in it', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  const from = new Date(Date.now() - 41 * hourMs);
  const zone = 'Asia/Riyadh';
  // Riyadh has been three hours ahead of UTC since 1947.
  const local = (ms: number) => new Date(ms + 3 * hourMs).toISOString().slice(0, 13);
  const ends = `from=${local(from.getTime())}:00&to=${local(from.getTime() + 8 * hourMs)}:00`;
  await page.goto(`/orgs/${orgId}/usage?range=custom&${ends}&zone=${zone}&compare=true`);
  const total = page.locator('dl > div').first();
  await expect.poll(() => total.locator('dd').allTextContents()).toEqual(['1,200', 'before: 0']);
  expect(await page.getByRole('combobox', { name: 'Time zone' }).inputValue()).toBe(zone);
  await page.getByText(`Times in ${zone}`).waitFor();
  await page.getByRole('button', { name: 'Show table' }).click();
  await expect.poll(() => page.getByRole('table').first().getByRole('row').count()).toBe(9);
  await page.getByRole('columnheader', { name: 'Change' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'See what changed in this period' }).click();
  await page.waitForURL(/audit\?.*from=.*to=/);
  await page.getByRole('button', { name: /Clear/ }).first().click();
  await page.getByRole('button', { name: /Key created/ }).waitFor();
});

test('filters, order and number of rows are in the address, and each can be removed', async () => {
  await using visitor = await miftah.openAs(ownerEmail, {}, palcards);
  const { page } = visitor;
  await page.goto(`/orgs/${orgId}/usage`);
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption({ label: 'Rate limited' });
  await page.waitForURL(/outcome=limited/);
  const total = page.locator('dl > div').first();
  await expect.poll(() => total.locator('dd').first().textContent()).toBe('1,200');
  await page.getByRole('combobox', { name: 'Rank by' }).selectOption({ label: 'Most refused' });
  await page.getByRole('combobox', { name: 'Rows' }).selectOption({ label: 'Top 10' });
  await page.waitForURL(/rank=refused/);
  await page.waitForURL(/top=10/);
  await page.getByRole('textbox', { name: 'Tag' }).fill('nothing has it');
  await page.keyboard.press('Enter');
  await page.waitForURL(/tag=nothing/);
  await page.getByRole('heading', { name: 'No requests in this period' }).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect.poll(() => total.locator('dd').first().textContent()).toBe('1,204');
});

test.each([appearances[0], appearances[2]])(
  'the operator sees the usage of all organizations and opens one: %o',
  async (appearance) => {
    await using visitor = await miftah.openAs(ownerEmail, appearance, palcards);
    const { page } = visitor;
    const { usage } = wordsOf(visitor.appearance.language);
    await page.goto('/operator/usage?compare=true');
    await page.getByRole('heading', { name: usage.operator.title, level: 1 }).waitFor();
    const row = page.getByRole('row').filter({ hasText: orgId });
    await row.getByRole('link').click();
    await page.waitForURL(new RegExp(`org=${orgId}`));
    await page.getByRole('row').filter({ hasText: '=Formula' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
  },
);
