// Sizes in a real browser: each target can be pressed, rows are as high as readers know them, ids are whole, bars are
// as long as their numbers.
/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ownerEmail } from '../people/console-client.ts';
import { type Appearance, type Visitor, wordsOf } from './browser.ts';
import { callWith, makeKey } from './key-calls.ts';
import { openOwnedConsole } from './owned-console.ts';
import { addPastUsage } from './past-usage.ts';

const { miftah, owner, orgId, addMember } = await openOwnedConsole();
let keyId: string;

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

const pages = (): readonly string[] => [
  `/orgs/${orgId}/keys?api=classic`,
  `/orgs/${orgId}/keys?api=classic&create=true`,
  `/orgs/${orgId}/keys/${keyId}`,
  `/orgs/${orgId}/keys/${keyId}?do=edit`,
  `/orgs/${orgId}/keys/${keyId}?do=rotate`,
  `/orgs/${orgId}/usage?api=classic`,
  `/orgs/${orgId}/usage?api=classic&by=outcome&range=custom&from=2026-11-01&to=2026-11-07`,
  `/orgs/${orgId}/denials?api=classic`,
  `/orgs/${orgId}/audit`,
  `/orgs/${orgId}/members`,
  `/orgs/${orgId}/settings`,
  '/account',
  '/operator/orgs',
  '/operator/orgs?create=true',
  '/operator/apis',
  '/operator/nodes',
  '/operator/proxies',
  '/operator/mail',
  '/operator/denials',
];

const strangersPages = ['/sign-in', '/forgot-password'];

async function settle(page: Page): Promise<void> {
  await page.getByRole('heading').first().waitFor();
  await expect.poll(() => page.locator('main [role=status][aria-label]').count()).toBe(0);
  await page.waitForLoadState('networkidle');
}

async function measure(
  { page }: Visitor,
  paths: readonly string[],
  px: number,
): Promise<Record<string, readonly string[]>> {
  const small: Record<string, readonly string[]> = {};
  for (const path of paths) {
    await page.goto(path);
    await settle(page);
    const found = await findSmallTargets(page, px);
    if (found.length > 0) small[path] = found;
  }
  return small;
}

test.each<Partial<Appearance>>([
  { language: 'en', device: 'desktop' },
  { language: 'ar', device: 'phone' },
])(
  'every target can be pressed, with 24 pixels, and 40 on a phone: %o',
  async (appearance) => {
    const px = appearance.device === 'phone' ? 40 : 24;
    await using amal = await miftah.openAs(ownerEmail, appearance);
    await using stranger = await miftah.openAsStranger(appearance);
    expect({ ...(await measure(amal, pages(), px)), ...(await measure(stranger, strangersPages, px)) }).toEqual({});
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
