// `miftah gateway snippet`: what it reads, and what it refuses. test/gateways/ runs what it prints.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './cli-process.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-gateway-'));
  await writeFile(
    join(folder, 'miftah.yaml'),
    `decisions: { listen: "unix:/run/miftah/d.sock" }
apis:
  - { id: acme, hosts: [api.acme.test], upstream: "https://shop.internal/base", passHeaders: [x-http-method-override] }
  - { id: split, hosts: [api.split.test], upstream: { live: "http://127.0.0.1:1", test: "http://127.0.0.1:2" } }
  - id: bound
    hosts: { live: [live.test], test: [test.test] }
    upstream: { live: "http://127.0.0.1:1", test: "http://127.0.0.1:2" }
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

const print = (...args: string[]) =>
  runCli(['gateway', 'snippet', ...args, '--config', 'miftah.yaml'], { cwd: folder });

test('it has the hosts, the upstream and the listener of the configuration', async () => {
  const { code, stdout } = await print('nginx', '--api', 'acme');
  expect(code).toBe(0);
  expect(stdout).toContain('server_name api.acme.test;');
  expect(stdout).toContain('server unix:/run/miftah/d.sock;');
  expect(stdout).toContain('proxy_pass https://acme_upstream/base$request_uri;');
  expect(stdout).toContain('proxy_ssl_name shop.internal;');
  // No token is needed, and the header of passHeaders stays.
  expect(stdout).not.toContain('miftah-token');
  expect(stdout).not.toContain('x-http-method-override');
  const other = await print('nginx', '--api', 'acme', '--address', '[::1]:4101');
  expect(other.stdout).toContain('server [::1]:4101;');
  expect(other.stdout).toContain('include /etc/nginx/miftah-token;');
});

test('a listener on every address is reached at the loopback one', async () => {
  const text = 'apis: [{ id: acme, hosts: [api.acme.test], upstream: "http://127.0.0.1:8080" }]\n';
  await writeFile(join(folder, 'any.yaml'), `internal: { listen: 0.0.0.0:4101 }\n${text}`);
  const args = ['gateway', 'snippet', 'nginx', '--config', 'any.yaml', '--api', 'acme'];
  expect((await runCli(args, { cwd: folder })).stdout).toContain('server 127.0.0.1:4101;');
});

test('an environment has its own hosts and upstream', async () => {
  const live = await print('haproxy', '--api', 'bound');
  expect(live.stdout).toMatch(/-m str live\.test }[\s\S]*server upstream 127\.0\.0\.1:1\n/);
  const { stdout } = await print('haproxy', '--api', 'bound', '--env', 'test');
  expect(stdout).toMatch(/-m str test\.test }[\s\S]*server upstream 127\.0\.0\.1:2\n/);
});

test.each([
  [['nginx', '--api', 'split'], 2, 'has an upstream for each environment'],
  [['nginx', '--api', 'acm'], 6, 'no API has the id acm'],
  [['ngnix', '--api', 'acme'], 2, 'nginx'],
  [['nginx', '--api', 'acme', '--address', 'localhost'], 2, 'HOST:PORT'],
  [['nginx', '--api', 'acme', '--address', 'unix:relative'], 2, 'HOST:PORT'],
  [['nginx', '--api', 'acme', '--env', 'prod'], 2, 'Allowed choices are live, test'],
  [['nginx'], 2, '--api'],
  [['traefik', '--api', 'acme'], 2, 'Traefik asks over TCP only'],
] as const)('%j is refused with the fix', async (args, code, message) => {
  const result = await print(...args);
  expect([result.code, result.stdout]).toEqual([code, '']);
  expect(result.stderr).toContain(message);
});
