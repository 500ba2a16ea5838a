// Screens of usage, denied requests and the audit log, after a month of work.
import type { Environment } from '../../../src/domain/api-key.ts';
import { callApi } from '../calls.ts';
import { addPastUsage, type PastUsage } from '../past-usage.ts';
import type { Screen, Stage } from '../screens.ts';

const hourMs = 3_600_000;
const palcards = 'cp.palcards.localhost';

let worked: Promise<void> | undefined;

/**
 * Adds once for all screens: keys, a month of requests with nights and weekends, and several kinds of denied requests,
 * fixed and not.
 */
function work(stage: Stage): Promise<void> {
  worked ??= workForMonth(stage);
  return worked;
}

async function workForMonth({ miftah: { server }, orgId }: Stage): Promise<void> {
  const make = (name: string, fields: Record<string, unknown>) => server.createKey({ org: orgId, name, ...fields });
  const shop = await make('Production server', { api: 'palcards', addresses: ['127.0.0.1', '203.0.113.7'] });
  const app = await make('تطبيق الجوال', { api: 'palcards', addresses: [] });
  const reports = await make('Nightly reports', { api: 'palcards', addresses: ['127.0.0.1'] });
  const nowMs = Date.now();
  const thisHour = nowMs - (nowMs % hourMs);
  const past: PastUsage[] = [];
  for (let hour = 1; hour < 30 * 24; hour++) {
    const hourStart = thisHour - hour * hourMs;
    const at = new Date(hourStart);
    const busy = Math.round(
      (2 + Math.sin(((at.getUTCHours() - 6) / 24) * 2 * Math.PI)) * (at.getUTCDay() === 5 ? 14 : 40),
    );
    const add = (keyId: string, outcome: string, count: number, environment: Environment = 'live') => {
      if (count === 0) return;
      const [wrong, broken] = [Math.floor(count / 12), Math.floor(count / 70)];
      const parts = {
        billed: count - broken,
        statuses: { '2xx': count - wrong - broken, '4xx': wrong, '5xx': broken },
      };
      past.push({
        ...{ orgId, keyId, apiId: 'palcards', environment, outcome, hourMs: hourStart, count },
        ...(outcome === 'allowed' && parts),
        ...(outcome === 'upstream_failed' && { statuses: { none: count } }),
      });
    };
    add(shop.id, 'allowed', busy + ((hour * 7) % 23));
    add(app.id, 'allowed', Math.round(busy / 3));
    add(reports.id, 'allowed', at.getUTCHours() === 2 ? 90 : 0);
    add(shop.id, 'address_not_allowed', hour % 11 === 0 ? 9 + (hour % 13) : 0);
    add(reports.id, 'rate_limited', at.getUTCHours() === 2 ? 12 : 0);
    add(app.id, 'upstream_failed', hour % 97 === 0 ? 4 : 0);
  }
  addPastUsage(server, past);

  const call = (secret: string, host: string, from: string, path = '/user/profile') =>
    callApi(server, { host, path, from, headers: { 'x-api-key': secret } });
  const live = 'api.palcards.localhost';
  const gone = await make('Old server', { api: 'palcards', addresses: ['127.0.0.1'] });
  await server.admin('DELETE', `/v1/keys/${gone.id}`);
  await call(gone.secret, live, '127.0.0.1');
  await call(shop.secret, 'api-sandbox.palcards.localhost', '127.0.0.1');
  await call(app.secret, live, '127.0.0.5', '/orders');
  for (let at = 0; at < 12; at++) await call(shop.secret, live, '127.0.0.9', '/products/list?page=2');
  await call(reports.secret, live, '127.0.0.6');
  const update = { addresses: ['127.0.0.1', '127.0.0.6'] };
  await server.admin('PATCH', `/v1/keys/${reports.id}`, update);
}

export const watchScreens: readonly Screen[] = [
  {
    name: 'usage',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/usage?range=30d`);
      await page.locator('rect[data-outcome]').first().waitFor();
      await page.getByRole('table').first().waitFor();
    },
  },
  {
    name: 'usage-day',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/usage?range=24h&by=outcome`);
      await page.locator('rect[data-outcome]').first().waitFor();
      await page.locator('button[aria-expanded=false][aria-controls]').last().click();
      await page.getByRole('table').last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'usage-replies',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/usage?range=30d&by=status`);
      await page.getByRole('table').last().scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'usage-compared',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/usage?compare=true&top=10&step=hour&zone=Asia/Riyadh`);
      await page.getByRole('table').last().getByRole('row').nth(1).waitFor();
    },
  },
  {
    name: 'usage-night',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      const local = (days: number) => new Date(Date.now() - days * 24 * hourMs).toISOString().slice(0, 10);
      const ends = `from=${local(5)}T22:00&to=${local(4)}T06:00`;
      await page.goto(`/orgs/${stage.orgId}/usage?range=custom&${ends}&outcome=refused`);
      await page.getByRole('table').last().getByRole('row').nth(1).waitFor();
    },
  },
  {
    name: 'operator-usage',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto('/operator/usage?compare=true&range=30d');
      await page.getByRole('table').last().getByRole('row').nth(1).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'overview',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/overview`);
      await page.locator('dd[data-measure]').first().waitFor();
    },
  },
  {
    name: 'overview-empty',
    host: palcards,
    open: async (page, { orgId }) => {
      await page.goto(`/orgs/${orgId}/overview?env=test`);
      await page.getByRole('main').getByRole('heading', { level: 2 }).first().waitFor();
    },
  },
  {
    name: 'operator-overview',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto('/operator/overview');
      await page.locator('dd[data-measure]').first().waitFor();
    },
  },
  {
    name: 'usage-empty',
    host: palcards,
    open: async (page, { orgId }) => {
      await page.goto(`/orgs/${orgId}/usage?env=test`);
      await page.getByRole('main').locator('pre').waitFor();
    },
  },
  {
    name: 'denials',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/denials`);
      await page.getByText('127.0.0.9').first().waitFor();
    },
  },
  {
    name: 'denials-confirm',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/denials`);
      await page.getByRole('button', { name: '127.0.0.9' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'denials-advice',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/denials?reason=environment_mismatch`);
      await page.getByRole('main').getByRole('listitem').getByRole('button').click();
      await page.getByRole('dialog').locator('pre').waitFor();
    },
  },
  {
    name: 'denials-empty',
    host: palcards,
    open: async (page, { orgId }) => {
      await page.goto(`/orgs/${orgId}/denials?env=test`);
      await page.getByRole('main').getByRole('heading', { level: 2 }).waitFor();
    },
  },
  {
    name: 'audit',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/audit`);
      await page.getByText('Nightly reports').first().waitFor();
    },
  },
  {
    name: 'audit-open',
    host: palcards,
    open: async (page, stage) => {
      await work(stage);
      await page.goto(`/orgs/${stage.orgId}/audit?action=key`);
      await page.getByRole('main').locator('button[aria-expanded=false][aria-controls]').first().click();
      await page.getByRole('main').getByRole('table').waitFor();
    },
  },
];
