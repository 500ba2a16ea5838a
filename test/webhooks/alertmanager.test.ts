// Events become alerts. `npm test` checks what is posted, and `npm run test:alerts` asks a real Alertmanager.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oneDayMs } from '../../src/domain/durations.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';

const kinds = process.env.MIFTAH_ALERTS === 'all' ? (['recorded', 'real'] as const) : (['recorded'] as const);

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

interface Alerts {
  readonly url: string;
  list(): Promise<readonly Alert[]>;
  close(): Promise<void>;
}

/** Takes alerts at the path of Alertmanager, and nothing elsewhere. */
async function openRecorder(): Promise<Alerts> {
  const alerts: Alert[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    const isAlert = req.method === 'POST' && req.url === '/api/v2/alerts';
    if (isAlert) alerts.push(...(JSON.parse(body) as Alert[]));
    expect(Object.keys(req.headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
    res.writeHead(isAlert ? 200 : 404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    list: async () => alerts,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An Alertmanager in a folder and on ports of its own. */
async function startAlertmanager(): Promise<Alerts> {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-alertmanager-'));
  const port = await freePort();
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const url = `http://127.0.0.1:${port}`;
  const child: ChildProcess = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const answers = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(answers, { timeout: 30_000 }).toBe(true);
  return {
    url,
    list: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as Alert[],
    async close() {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

let aheadMs = 0;
const nowMs = () => Date.now() + aheadMs;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ extra: 'webhooks: { allow: [127.0.0.1] }', clock: { nowMs } });
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(kinds)('a key that expires, a suspension and a test are alerts: %s', async (kind) => {
  const alertmanager = kind === 'real' ? await startAlertmanager() : await openRecorder();
  const org = await server.createOrg();
  const { body: webhook } = await server.admin('POST', '/v1/webhooks', {
    ...{ org, name: 'alerts', url: alertmanager.url, format: 'alertmanager' },
  });
  expect(webhook).toMatchObject({ format: 'alertmanager', signature: 'none', secret: null });
  expect(String(webhook.url)).toMatch(/:\d+\/api\/v2\/alerts$/);
  const expiresAt = new Date(nowMs() + 7 * oneDayMs + 60_000).toISOString();
  const { id } = await server.createKey({ api: 'classic', org, expiresAt });
  await server.admin('POST', `/v1/orgs/${org}/suspend`);
  await server.admin('POST', `/v1/webhooks/${webhook.id}/test`);
  const find = async (name: string) =>
    (await alertmanager.list()).find(({ labels }) => labels.alertname === name && labels.organization === org);
  const poll = (name: string) => expect.poll(() => find(name), { timeout: 30_000 });
  await poll('MiftahOrganizationSuspended').toMatchObject({ labels: { severity: 'warning', id: org } });
  await poll('MiftahWebhookTest').toBeDefined();
  aheadMs += 3 * 60_000;
  await poll('MiftahKeyExpiring').toMatchObject({
    labels: { source: 'miftah', event: 'key.expiring', id, days: '7', api: 'classic', environment: 'live' },
    annotations: { summary: 'A key expires soon', name: 'test key', expiresAt },
  });
  const expiring = await find('MiftahKeyExpiring');
  expect(Date.parse(expiring?.endsAt ?? '')).toBeGreaterThan(Date.parse(expiring?.startsAt ?? ''));
  // Nothing that is no alert came.
  expect((await alertmanager.list()).map(({ labels }) => labels.event)).not.toContain('key.created');
  await alertmanager.close();
});

test('what an Alertmanager can not take is refused with the field', async () => {
  const post = async (fields: object) => {
    const { body } = await server.admin('POST', '/v1/webhooks', {
      name: 'a',
      url: 'https://hooks.invalid/',
      ...fields,
    });
    return [body.code, body.field];
  };
  expect(await post({ format: 'alertmanager', types: ['key.created'] })).toEqual(['invalid_input', 'types[0]']);
  expect(await post({ format: 'alertmanager', signature: 'hmac' })).toEqual(['invalid_input', 'signature']);
  expect(await post({ format: 'nagios' })).toEqual(['invalid_input', 'format']);
  const { body } = await server.admin('POST', '/v1/webhooks', {
    ...{ name: 'a', url: 'https://hooks.invalid/am/', format: 'alertmanager', types: ['key.expiring'] },
  });
  expect(body).toMatchObject({ url: 'https://hooks.invalid/am/api/v2/alerts', types: ['key.expiring'] });
  const rotated = await server.admin('POST', `/v1/webhooks/${body.id}/rotate-secret`, {});
  expect([rotated.status, rotated.body.code]).toEqual([409, 'webhook_unsigned']);
  const changed = await server.admin('PATCH', `/v1/webhooks/${body.id}`, { url: 'https://hooks.invalid/other' });
  expect(changed.body.url).toBe('https://hooks.invalid/other/api/v2/alerts');
});
