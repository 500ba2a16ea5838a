// What a cold load costs in a real browser: requests, bytes of JavaScript, and time on a slow connection. Prints its
// figures.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { wordsOf } from './browser.ts';
import { callApi } from './calls.ts';
import { openOwnedConsole } from './owned-console.ts';

const { miftah, orgId } = await openOwnedConsole();

/** In bytes as sent: compressed, with the heads of the replies. */
const kilobyte = 1_024;
const mostRequests = 40;
const mostPaintMs = 3_000;

beforeAll(async () => {
  const key = await miftah.server.createKey({ org: orgId, api: 'palcards', name: 'Shop', addresses: ['127.0.0.1'] });
  const call = { host: 'api.palcards.localhost', path: '/user/profile', headers: { 'x-api-key': key.secret } };
  expect(await callApi(miftah.server, call)).toBe(200);
});

/** The files that the page has asked for until `untilMs`. Default: until now. */
async function readLoads(page: Page, untilMs = Number.POSITIVE_INFINITY) {
  const text = await page.evaluate(`JSON.stringify(performance.getEntriesByType('resource'))`);
  const entries = (JSON.parse(text as string) as PerformanceResourceTiming[]).filter(
    ({ startTime }) => startTime < untilMs,
  );
  const scripts = entries.filter(({ name }) => name.endsWith('.js'));
  const sum = (of: 'transferSize' | 'decodedBodySize') => scripts.reduce((total, each) => total + each[of], 0);
  // The page itself is one more.
  return {
    requests: entries.length + 1,
    scripts: scripts.length,
    sent: sum('transferSize'),
    decoded: sum('decodedBodySize'),
  };
}

/** Notes in the page when `content`, an expression, is true for the first time. */
async function noteContent(page: Page, content: string): Promise<void> {
  await page.addInitScript(
    `new MutationObserver(() => { if (${content}) window.contentAtMs ??= performance.now(); })` +
      '.observe(document, { childList: true, subtree: true, characterData: true });',
  );
}

const keysContent = `document.querySelector('tbody')?.textContent.includes('Shop')`;
const usageContent = `document.querySelector('rect[data-outcome]') !== null`;

test.each([
  { name: 'keys', content: keysContent, most: 208 * kilobyte, language: 'en' },
  { name: 'keys', content: keysContent, most: 208 * kilobyte, language: 'ar' },
  { name: 'usage', content: usageContent, most: 240 * kilobyte, language: 'en' },
  { name: 'usage', content: usageContent, most: 240 * kilobyte, language: 'ar' },
] as const)('$name in $language: few requests, and little JavaScript until its content', async (each) => {
  await using visitor = await miftah.openAs(ownerEmail, { language: each.language });
  const { page } = visitor;
  await noteContent(page, each.content);
  await page.goto(`/orgs/${orgId}/${each.name}`);
  await expect.poll(() => page.evaluate('window.contentAtMs')).toBeGreaterThan(0);
  const toContent = await readLoads(page, (await page.evaluate('window.contentAtMs')) as number);
  // What is loaded when the page is idle.
  const loaded = () =>
    page.evaluate(`performance.getEntriesByType('resource').map(({ name }) => name).join(' ')`) as Promise<string>;
  for (const file of ['toasts-library', 'palette', 'layers-library']) await expect.poll(loaded).toContain(file);
  await page.waitForLoadState('networkidle');
  const inAll = await readLoads(page);
  process.stdout.write(
    `${each.name} ${each.language}: ${toContent.sent} bytes of JavaScript to content (${toContent.decoded} decoded) ` +
      `in ${toContent.scripts} files; in all ${inAll.requests} requests and ${inAll.sent} bytes of JavaScript\n`,
  );
  expect(toContent.sent).toBeGreaterThan(100 * kilobyte);
  expect(toContent.sent).toBeLessThanOrEqual(each.most);
  expect(inAll.scripts).toBeGreaterThan(toContent.scripts);
  expect(inAll.requests).toBeLessThan(mostRequests);
});

test.each(['/sign-in', '/orgs/ORG/keys'])('the skeleton of %s is painted within 3 s at 400 kbit/s', async (path) => {
  await using visitor = await miftah.openAs(ownerEmail, { language: 'ar', theme: 'dark', device: 'phone' });
  const { page } = visitor;
  const devtools = await page.context().newCDPSession(page);
  const bytesPerSecond = 400_000 / 8;
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await page.goto(path.replace('ORG', orgId), { waitUntil: 'commit' });
  const paint = page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
  const paintedMs = (await (await paint).jsonValue()) as number;
  process.stdout.write(`${path}: first contentful paint after ${Math.round(paintedMs)} ms\n`);
  expect(paintedMs).toBeLessThan(mostPaintMs);
  // What was painted is the skeleton, not the page.
  await page.locator('#skeleton').getByText(wordsOf('ar').common.states.loading).waitFor();
  expect(await page.locator('#root').textContent()).toBe('');
});

test.each([
  { language: 'en', theme: 'light', file: 'first-*.js', path: '/sign-in#token=kept' },
  { language: 'ar', theme: 'dark', file: 'first-*.js', path: '/orgs/ORG/keys' },
  { language: 'en', theme: 'dark', file: 'words-of-every-page-*.js', path: '/sign-in' },
  { language: 'ar', theme: 'light', file: 'style-*.css', path: '/sign-in' },
] as const)('without $file the page says so, and reloads when asked: %o', async ({ file, path, ...appearance }) => {
  const { common } = wordsOf(appearance.language);
  await using visitor = await miftah.openAs(ownerEmail, appearance);
  const { page } = visitor;
  visitor.forgive(/net::ERR_FAILED|^$/);
  await page.route(`**/assets/${file}`, (route) => route.abort());
  await page.goto(path.replace('ORG', orgId));
  const note = page.getByRole('alert').filter({ hasText: common.states.loadFault });
  await note.waitFor();
  await page.unroute(`**/assets/${file}`);
  await note.getByRole('button', { name: common.states.reload }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('#skeleton').waitFor({ state: 'detached' });
  expect(page.url()).toContain(path.replace('ORG', orgId));
});
