// What a running server applies of a new configuration, and how it names the rest.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { digestConfig, planReload } from './reload.ts';

const apis = `apis:
  - id: one
    profile: classic
    hosts: [one.example]
    upstream: http://127.0.0.1:4200
    policy: { rateLimit: 60/m }
  - { id: two, profile: palm, hosts: [two.example], upstream: http://127.0.0.1:4200 }
`;

function load(text: string, environment: Readonly<Record<string, string>> = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-'));
  try {
    const file = join(folder, 'miftah.yaml');
    writeFileSync(file, text);
    return loadConfig({ file, environment, workingFolder: '/' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('applies APIs, proxies, the console\u2019s address, mail, drain and log, and names each', () => {
  const wanted = load(`public:
  url: https://console.example
  trustedProxies: [10.0.0.0/8]
  forwardedHeader: forwarded
  via: none
  healthPath: /up
  jwksPath: none
  maxBodyBytes: 1000
internal: { names: [miftah] }
drainSeconds: 5
log: { level: error }
mail: { from: a@b.example }
${apis.replace('60/m', '90/m')}`);
  const { config, changed, needRestart } = planReload(load(apis), wanted);
  expect(config).toEqual(wanted);
  expect(needRestart).toEqual([]);
  expect(changed.toSorted()).toEqual([
    ...['apis[one].policy.rateLimit', 'drainSeconds', 'internal.names', 'log.level', 'mail.from'],
    ...['public.forwardedHeader', 'public.healthPath', 'public.jwksPath', 'public.maxBodyBytes'],
    ...['public.trustedProxies', 'public.url', 'public.via'],
  ]);
});

test('names an API that is new, gone or in another place once, and an override of the environment', () => {
  const [first = '', second = ''] = apis.split(/(?=^ {2}- \{)/m);
  const nameOf = (before: string, after: string) => planReload(load(before), load(after)).changed;
  expect(nameOf(first, apis)).toEqual(['apis[two]']);
  expect(nameOf(apis, first)).toEqual(['apis[two]']);
  expect(nameOf(apis, `apis:\n${second}${first.replace('apis:\n', '')}`)).toEqual(['apis']);
  const { changed } = planReload(load(apis), load(apis, { MIFTAH_PUBLIC__URL: 'https://console.example' }));
  expect(changed).toEqual(['public.url']);
});

test('keeps what needs a restart, and names it as the file does', () => {
  const running = load(`${apis}mail: { from: a@b.example }\n`);
  const wanted = load(`public: { listen: "127.0.0.1:1", maxHeaderBytes: 20000, url: https://console.example }
internal: { maxConnections: 2 }
dataDir: /other
coordination: redis://127.0.0.1:1
nodes: 2
onStoreOutage: serve-cached(30)
database: postgres://miftah:s3cret@db/miftah
cache: { keys: 5 }
retention: { usage: 100 }
${apis}`);
  const { config, changed, needRestart } = planReload(running, wanted);
  expect(changed.toSorted()).toEqual(['mail.from', 'public.url']);
  expect(needRestart.toSorted()).toEqual([
    ...['cache.keys', 'coordination', 'dataDir', 'database', 'internal.maxConnections', 'nodes', 'onStoreOutage'],
    ...['public.listen', 'public.maxHeaderBytes', 'retention.usage'],
  ]);
  expect(config).toMatchObject({ cache: running.cache, database: running.database, public: { maxHeaderBytes: 16384 } });
  expect(config.public.url).toBe('https://console.example');
  // They are named at the next reload too, and only they.
  expect(planReload(config, wanted)).toMatchObject({ changed: [], needRestart });
});

test('the digest covers what must be alike on all nodes, whatever the order of the keys', () => {
  const digest = digestConfig(load(apis));
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  const own = `public: { listen: "127.0.0.1:1" }\ndataDir: /other\nsecrets: { sessionSecretFile: /s }\n`;
  expect(digestConfig(load(own + apis))).toBe(digest);
  expect(digestConfig(load(`${apis}database: postgres://miftah:s3cret@db/miftah\n`))).toBe(digest);
  expect(
    digestConfig(
      load(apis.replace('profile: classic\n    hosts: [one.example]', 'hosts: [one.example]\n    profile: classic')),
    ),
  ).toBe(digest);
  for (const other of [
    apis.replace('60/m', '61/m'),
    `${apis}cache: { keys: 5 }\n`,
    `public: { url: https://a.example }\n${apis}`,
  ])
    expect(digestConfig(load(other))).not.toBe(digest);
});

test('a long list of settings is cut', () => {
  const many = Array.from(
    { length: 300 },
    (_, at) => `  - { id: a${at}, profile: palm, hosts: [h${at}.example], upstream: http://127.0.0.1:1 }\n`,
  );
  const { changed } = planReload(load(apis), load(apis + many.join('')));
  expect(changed).toHaveLength(101);
  expect(changed.at(-1)).toBe('and 200 more');
});
