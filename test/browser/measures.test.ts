// Every page in a real browser: each target can be pressed, axe finds no fault, rows are as high as readers know them,
// units stand below units, ids are whole, bars are as long as their numbers.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { raiseAlert } from '../raise-alert.ts';
import { type Appearance, findViolations, type Visitor, wordsOf } from './browser.ts';
import { callWith, makeKey } from './key-calls.ts';
import { openOwnedConsole } from './owned-console.ts';
import { findRoutes, listPages } from './page-list.ts';
import { addPastUsage } from './past-usage.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();
let keyId: string;
let webhookId: string;
let operatorWebhookId: string;
let alertId: string;
let operatorAlertId: string;

/** For tests that go through many pages on a busy machine. */
const longMs = 300_000;

beforeAll(async () => {
  const { server } = miftah;
  const addresses = ['127.0.0.1', '2001:db8::1', '198.51.100.7'];
  const key = await makeKey(server, orgId, { api: 'classic', name: 'Measured', addresses });
  const other = await makeKey(server, orgId, { api: 'classic', name: 'خادم الإنتاج' });
  keyId = key.id;
  await callWith(server, key.secret);
  await callWith(server, key.secret, { from: '127.0.0.2' });
  await server.admin('POST', `/v1/keys/${key.id}/rotate`, { overlap: '7d' });
  await callWith(server, other.secret);
  const hourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000;
  const past = { orgId, apiId: 'classic', environment: 'live', outcome: 'allowed', hourMs } as const;
  addPastUsage(server, [
    { ...past, keyId: key.id, count: 44_130 },
    { ...past, keyId: other.id, count: 21_045 },
  ]);
  const webhookOf = async (fields: object) => {
    const body = { name: 'Billing', url: 'https://hooks.invalid/', ...fields };
    const { id } = (await server.admin('POST', '/v1/webhooks', body)).body;
    await server.admin('POST', `/v1/webhooks/${id}/test`);
    return String(id);
  };
  webhookId = await webhookOf({ org: orgId, signature: 'ed25519' });
  operatorWebhookId = await webhookOf({});
  const { storage } = server.server.miftah;
  alertId = await raiseAlert(storage, { subject: { kind: 'key', id: keyId }, orgId, apiId: 'classic' });
  const subject = { kind: 'address', id: '198.51.100.23' } as const;
  operatorAlertId = await raiseAlert(storage, { rule: 'key_guessing', subject, orgId: null });
  await server.admin('POST', `/v1/webhooks/${operatorWebhookId}/rotate-secret`, { overlap: '7d' });
  await addMember('dana@example.com', { name: 'Dana', role: 'developer' });
  await owner.post(`/api/orgs/${orgId}/invitations`, { email: 'later@example.com', role: 'viewer' });
  await owner.post('/api/operator/orgs', { name: 'Olive & Thyme', kind: 'standard' });
});

/**
 * The targets of the page that are smaller than `px` in a direction: those that react to a press, and those that the
 * keyboard reaches. The point at half of `px` from the middle must hit the target or its label. A link inside a sentence
 * may be as high as its line (WCAG 2.2, 2.5.8).
 */
async function findSmallTargets(page: Page, px: number): Promise<readonly string[]> {
  return page.evaluate(async (least) => {
    const selector = 'a[href], button, input, select, textarea, [role=menuitem], [role=tab], [tabindex="0"]';
    const small: string[] = [];
    const layer = [...document.querySelectorAll('[role=dialog], [role=menu]')].at(-1) ?? document.body;
    for (const element of layer.querySelectorAll<HTMLElement>(selector)) {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.matches(':disabled')) continue;
      const style = getComputedStyle(element);
      const isInSentence =
        style.display === 'inline' &&
        [...(element.parentElement?.childNodes ?? [])].some((node) => node.nodeType === 3);
      if (isInSentence || style.clipPath !== 'none') continue;
      const labels = 'labels' in element ? [...(element.labels as NodeListOf<HTMLElement>)] : [];
      // A press anywhere in a box with chips is a press on its field.
      const field = element.closest<HTMLElement>('.mantine-TagsInput-input');
      const isField = element.tagName === 'INPUT' && field !== null;
      const parts = [element, ...labels, ...(isField ? [field] : [])];
      // Elements that are drawn by their label, such as the choices of a segmented control.
      const shown = parts.filter((part) => part.getBoundingClientRect().width > 1);
      if (shown.length === 0) continue;
      shown[0]?.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const fits = shown.some((part) => {
        const box = part.getBoundingClientRect();
        const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        const reach = least / 2 - 0.6;
        const hits = (x: number, y: number) => {
          const found = document.elementFromPoint(x, y);
          return parts.some((each) => each.contains(found)) || found?.closest('label')?.contains(element) === true;
        };
        const isWide =
          box.width >= least - 0.5 || (hits(middle.x - reach, middle.y) && hits(middle.x + reach, middle.y));
        const isHigh =
          box.height >= least - 0.5 || (hits(middle.x, middle.y - reach) && hits(middle.x, middle.y + reach));
        return isWide && isHigh;
      });
      const box = (shown[0] as HTMLElement).getBoundingClientRect();
      const name = element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 30) ?? '';
      if (!fits) {
        small.push(
          `${element.tagName.toLowerCase()} ${element.className.toString().split(' ')[0]} “${name}” ${Math.round(box.width)}×${Math.round(box.height)}`,
        );
      }
    }
    return [...new Set(small)];
  }, px);
}

async function settle({ page, settled }: Visitor): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await expect.poll(() => page.locator('main [role=status][aria-label]').count()).toBe(0);
  await settled();
}

/** The faults of each page that has some. */
async function measure(
  visitor: Visitor,
  paths: readonly string[],
  find: (page: Page) => Promise<readonly string[]>,
): Promise<Record<string, readonly string[]>> {
  const faults: Record<string, readonly string[]> = {};
  for (const path of paths) {
    await visitor.page.goto(path);
    await settle(visitor);
    const found = await find(visitor.page);
    if (found.length > 0) faults[path] = found;
  }
  return faults;
}

test('every route has a page here', () => {
  const pages = listPages({ orgId, keyId, webhookId, operatorWebhookId, alertId, operatorAlertId });
  expect(pages.map(({ route }) => route).toSorted()).toEqual(findRoutes().toSorted());
  for (const { route, paths } of pages) {
    const pattern = new RegExp(`^${route.replaceAll(/\$\w+/g, '[^/]+')}$`);
    for (const path of paths) expect(path.split(/[?#]/)[0]).toMatch(pattern);
  }
});

test.each<Partial<Appearance>>([
  { language: 'en', device: 'desktop' },
  { language: 'ar', device: 'phone' },
])(
  'every target of every page can be pressed, with 24 pixels, and 40 on a phone, where axe finds no fault: %o',
  async (appearance) => {
    const isPhone = appearance.device === 'phone';
    const find = async (page: Page) => [
      // It takes longer than the rest, so it looks at one of the two. The other scrolls the page.
      ...(isPhone ? await findViolations(page) : []),
      ...(await findSmallTargets(page, isPhone ? 40 : 24)),
    ];
    await using amal = await miftah.openAs(ownerEmail, appearance);
    await using stranger = await miftah.openAsStranger(appearance);
    const pages = listPages({ orgId, keyId, webhookId, operatorWebhookId, alertId, operatorAlertId });
    const pathsOf = (visitor?: 'stranger') =>
      pages.filter((each) => each.visitor === visitor).flatMap(({ paths }) => paths);
    const faults = {
      ...(await measure(amal, pathsOf(), find)),
      ...(await measure(stranger, pathsOf('stranger'), find)),
    };
    expect(faults).toEqual({});
  },
  longMs,
);

test.each(['en', 'ar'] as const)('a row of the table is 48 pixels high (%s)', async (language) => {
  await using amal = await miftah.openAs(ownerEmail, { language });
  const { page } = amal;
  await page.goto(`/orgs/${orgId}/keys?api=classic`);
  const row = page.locator('tr[data-key]').filter({ hasText: 'خادم الإنتاج' });
  await row.getByText('127.0.0.1').waitFor();
  const { height } = (await row.boundingBox()) as { height: number };
  expect(Math.round(height)).toBeGreaterThanOrEqual(48);
  expect(Math.round(height)).toBeLessThanOrEqual(49);
});

/** For each column of numbers in a table, what it shows and where each number ends on the right. */
function readColumns(page: Page) {
  return page.getByRole('table').evaluateAll((tables) =>
    tables.flatMap((table) => {
      const columns = new Map<number, { texts: string[]; ends: number[] }>();
      for (const row of (table as HTMLTableElement).tBodies[0]?.rows ?? []) {
        for (const cell of row.cells) {
          const text = cell.textContent.trim();
          if (!/^[0-9٠-٩,.٬٫]+$/.test(text)) continue;
          const column = columns.get(cell.cellIndex) ?? { texts: [], ends: [] };
          columns.set(cell.cellIndex, column);
          const range = document.createRange();
          range.selectNodeContents(cell);
          column.texts.push(text);
          column.ends.push(range.getBoundingClientRect().right);
        }
      }
      return [...columns.values()];
    }),
  );
}

test.each([
  { language: 'en', digits: 'latn' },
  { language: 'ar', digits: 'latn' },
  { language: 'ar', digits: 'arab' },
] as const)('units of numbers stand below units: $language, $digits', async ({ language, digits }) => {
  await using amal = await miftah.openAs(ownerEmail, { language });
  const { page } = amal;
  await page.context().addCookies([{ name: 'miftah-numerals', value: digits, url: miftah.origin }]);
  const { usage } = wordsOf(language);
  await page.goto(`/orgs/${orgId}/usage?api=classic`);
  await page.getByRole('button', { name: usage.chart.showTable }).click();
  await page.getByRole('row').filter({ hasText: 'Measured' }).waitFor();
  const columns = (await readColumns(page)).filter(({ texts }) => new Set(texts.map((text) => text.length)).size > 1);
  // The days of the chart, and the keys.
  expect(columns.length).toBeGreaterThanOrEqual(2);
  for (const { texts, ends } of columns) {
    expect(Math.max(...ends) - Math.min(...ends), texts.join(' ')).toBeLessThan(1);
    expect(texts.some((text) => (digits === 'arab' ? /[٠-٩]/ : /[0-9]/).test(text))).toBe(true);
  }
});

test('bars are as long as their numbers, and an id is whole', async () => {
  await using amal = await miftah.openAs(ownerEmail);
  const { page } = amal;
  const { key: words } = wordsOf('en');
  await page.goto(`/orgs/${orgId}/usage?api=classic`);
  const widthOf = async (name: string) => {
    const bar = page.getByRole('row').filter({ hasText: name }).locator('[aria-hidden]').last();
    return ((await bar.boundingBox()) as { width: number }).width;
  };
  await page.getByRole('row').filter({ hasText: 'Measured' }).waitFor();
  const [longer, shorter] = [await widthOf('Measured'), await widthOf('خادم الإنتاج')];
  expect(longer).toBeGreaterThan(40);
  expect(shorter / longer).toBeCloseTo(21_045 / 44_130, 1);

  await page.goto(`/orgs/${orgId}/keys/${keyId}`);
  const id = page.getByLabel(words.facts.label).getByText(keyId);
  await id.waitFor();
  expect(await id.evaluate((element) => element.getClientRects().length)).toBe(1);
  expect(
    await id.evaluate((element) => element.scrollWidth <= (element.parentElement as HTMLElement).clientWidth),
  ).toBe(true);
});
