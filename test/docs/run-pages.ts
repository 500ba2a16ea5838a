// The pages whose commands test/docs/commands.test.ts runs, in their order, beside a running server.
import { join } from 'node:path';
import type { TestServer } from '../fixture.ts';

/** What a page has, and what stands in its place in the test. */
export type Replacements = Readonly<Record<string, string>>;

export interface Prepared {
  readonly replacements?: Replacements;
  /** Variables that a reader has set before. */
  readonly env?: Readonly<Record<string, string>>;
  /** Blocks that are not run, by words of each, with what checks them in place of that. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** Files that a reader has made before, by their name. */
  readonly files?: Readonly<Record<string, string>>;
}

type Prepare = (server: TestServer, folder: string) => Promise<Prepared>;

const nothing: Prepare = async () => ({});

async function newKey(server: TestServer, api: string, fields: object = {}) {
  const org = await server.createOrg();
  return { org, ...(await server.createKey({ api, org, ...fields })) };
}

/** A page of a gateway: its configuration is printed into the folder of the test. */
const gateway = (
  places: Readonly<Record<string, string>>,
  { elsewhere = {}, files = {} }: Pick<Prepared, 'elsewhere' | 'files'> = {},
): Prepare => {
  return async (_, folder) => {
    const here = Object.entries(places).map(([from, to]) => [from, join(folder, to)] as const);
    return { replacements: { '--api acme': '--api palm', ...Object.fromEntries(here) }, elsewhere, files };
  };
};

const ownPages: Readonly<Record<string, Prepare>> = {
  'README.md': async (server) => {
    const { org, id, secret } = await newKey(server, 'shop', { addresses: ['203.0.113.7'] });
    return {
      replacements: {
        'npx miftah serve --config miftah.yaml\n': '',
        '--api acme': '--api shop',
        'org_…': org,
        'key_…': id,
        'npx miftah keys verify': `printf %s ${secret} | npx miftah keys verify`,
        // It refuses, as the page says, and ends with 5.
        '/v1/users/7 ': '/v1/users/7 || test $? = 5 ',
        // Not the server of the test, which the configuration describes only in part.
        'npx miftah doctor --config miftah.yaml': 'npx miftah config check --config miftah.yaml',
      },
      elsewhere: {
        'npm start': 'test/cli/journey.test.ts',
        'npx miftah init': 'test/cli/init-runs.test.ts',
        'curl -X GET http://api.classic': 'test/cli/journey.test.ts',
      },
    };
  },
  'docs/how-to/ask-about-usage.md': async (server, folder) => {
    const { org, id } = await newKey(server, 'palm');
    return {
      replacements: {
        org_8xJ2mQv4ZkT1: org,
        key_5Gd1pXw9LmR3: id,
        'usage.csv': join(folder, 'usage.csv'),
        'usage.jsonl': join(folder, 'usage.jsonl'),
      },
    };
  },
  'docs/how-to/back-up-and-restore.md': async (_, folder) => ({
    replacements: { '/mnt/elsewhere': folder },
    elsewhere: { 'systemctl stop miftah': 'test/faults/restore.test.ts' },
  }),
  'docs/how-to/erase.md': async (server, folder) => ({
    replacements: {
      org_8xJ2mQv4ZkT1: `${await server.createOrg()} --yes`,
      // No one has this address: 6 is "not found".
      'people delete amal@example.com': 'people delete badr@example.com --yes || test $? = 6',
      '/mnt/elsewhere': folder,
    },
  }),
  'docs/how-to/gateways/envoy.md': gateway({}, { elsewhere: { 'npm install': 'scripts/check-package.mjs' } }),
  'docs/how-to/gateways/haproxy.md': gateway(
    { '/etc/haproxy': '.', '/etc/default/haproxy': 'haproxy' },
    { files: { haproxy: '' } },
  ),
  'docs/how-to/gateways/nginx.md': gateway({ '/etc/nginx/conf.d': '.', '/etc/nginx': '.' }),
  'docs/how-to/gateways/traefik.md': gateway({}),
  'docs/how-to/write-a-profile.md': async () => ({
    elsewhere: { 'profile try': 'test/cli/profile.test.ts', 'miftah serve': 'test/cli/profile.test.ts' },
  }),
  'docs/how-to/audit.md': async (server, folder) => {
    // A log without entries has nothing to archive.
    await server.createOrg();
    return { replacements: { '/var/lib/miftah': join(server.folder, 'data'), '/mnt/elsewhere': folder } };
  },
  'docs/how-to/bill-by-usage.md': async (server) => ({
    replacements: { org_8xJ2mQv4ZkT1: await server.createOrg() },
  }),
  'docs/how-to/call-from-browsers.md': async (server) => ({
    replacements: {
      'update KEY': `update ${(await newKey(server, 'shop')).id}`,
      'https://api.example.com': 'http://api.shop.localhost:4100',
    },
  }),
  'docs/how-to/import-keys.md': async () => ({
    files: {
      'keys.csv':
        'digest,name,org_name,addresses,rate_limits\n5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5,Web shop,Nablus Cards,203.0.113.7;198.51.100.0/24,60/m\n',
    },
  }),
  'docs/how-to/people.md': async () => ({
    replacements: { 'ORG=org_…': 'ORG=$(miftah orgs list --search "Amal Ltd" --quiet)' },
  }),
  'docs/how-to/restrict-to-known-addresses.md': async (server) => {
    const { id } = await newKey(server, 'shop');
    return {
      replacements: {
        // Nothing was asked with the key: 1 is "nothing learned".
        'keys restrict KEY': `keys restrict ${id} --yes || test $? = 1`,
        KEY: id,
      },
    };
  },
  'docs/how-to/retention.md': nothing,
  'docs/how-to/rotate-keys.md': async (server) => {
    const { id, secret } = await newKey(server, 'classic');
    return {
      files: { 'leaked.txt': `${secret}\n` },
      replacements: {
        'key_…': id,
        'sec_… now': `$(miftah keys secrets ${id} --json | grep -o 'sec_[A-Za-z0-9]*' | tail -n 1) now`,
        // Another old secret: the first has expired by now.
        [`npx miftah keys end-secret ${id} sec_… 7d`]: `npx miftah keys rotate ${id} --overlap 1d --quiet; npx miftah keys end-secret ${id} $(miftah keys secrets ${id} --json | grep -o 'sec_[A-Za-z0-9]*' | sed -n 2p) 7d`,
      },
    };
  },
  'docs/how-to/secrets.md': nothing,
  'docs/how-to/serve-public-paths.md': async () => ({
    replacements: { 'https://api.example.com': 'http://api.shop.localhost:4100' },
  }),
  'docs/how-to/tags-and-metadata.md': async (server) => {
    const { org, id } = await newKey(server, 'classic');
    return { replacements: { org_8xJ2mQv4ZkT1: org, key_3nVb7Lw0QeYp: id } };
  },
  'docs/how-to/tokens.md': async (server) => ({
    env: { TOKEN: server.operatorToken },
    replacements: { TOKEN_ID: "$(miftah tokens list --json | grep -o 'tok_[A-Za-z0-9]*' | head -n 1)" },
  }),
  'docs/how-to/unusual-activity.md': async (server) => {
    const { org, id } = await newKey(server, 'classic');
    const { alerts } = server.server.miftah.storage;
    const hourMs = Date.now() - (Date.now() % 3_600_000);
    const evidence = { counts: { denied: 1 }, baseline: {}, addresses: [], words: [] };
    const about = { subject: { kind: 'key', id }, variant: '', orgId: org, apiId: 'classic', hourMs } as const;
    const finding = { rule: 'live_key_at_test', ...about, evidence, coolDownHours: 24 } as const;
    const place = await alerts.findPlace();
    await alerts.claim('alone', Date.now(), Date.now() + 30_000);
    await alerts.raise({ holder: 'alone', from: place, to: place, nowMs: Date.now() }, [finding]);
    return { replacements: { ALERT: '$(miftah alerts list --quiet | head -n 1)' } };
  },
  'docs/how-to/webhooks.md': async () => ({
    replacements: {
      'https://example.com/webhooks': 'https://hooks.invalid/',
      WEBHOOK: '$(miftah webhooks list --quiet | head -n 1)',
      DELIVERY: '$(miftah webhooks deliveries "$(miftah webhooks list --quiet | head -n 1)" --quiet | head -n 1)',
    },
  }),
  'docs/reference/api.md': nothing,
  'docs/reference/assertion.md': nothing,
};

/** Pages that have a test of their own, with a server of their own. */
const pagesWithTests: Readonly<Record<string, string>> = {
  'docs/tutorial/ten-minutes.md': 'test/docs/tutorial.test.ts',
  'docs/how-to/migrate/digests.md': 'test/docs/migrations.test.ts',
  'docs/how-to/migrate/kong.md': 'test/docs/migrations.test.ts',
  'docs/how-to/migrate/better-auth.md': 'test/docs/migrations.test.ts',
  'docs/how-to/migrate/unkey.md': 'test/docs/migrations.test.ts',
};

export { ownPages, pagesWithTests };
