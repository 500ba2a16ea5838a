// What a running server follows of a new configuration, and what it names.
import { expect, test } from 'vitest';
import { type Config, logLevels } from './config.ts';
import { planReload } from './reload.ts';

const running = {
  public: {
    listen: { host: '127.0.0.1', port: 4100 },
    url: undefined,
    trustedProxies: [],
    forwardedHeader: 'x-forwarded-for',
    via: 'miftah',
    healthPath: undefined,
    maxHeaderBytes: 1,
  },
  internal: { listen: { host: '127.0.0.1', port: 4101 }, names: [], maxConnections: 1 },
  dataDir: '/data',
  database: { kind: 'sqlite', file: '/data/miftah.db' },
  coordination: { kind: 'none' },
  serveCachedSeconds: 0,
  drainSeconds: 0,
  log: { level: logLevels[0] },
  apis: [],
} as unknown as Config;

test('follows APIs, proxies, the console\u2019s address, mail, drain and log', () => {
  const wanted = {
    ...running,
    public: {
      ...running.public,
      url: 'https://console.example',
      trustedProxies: ['10.0.0.0/8'],
      forwardedHeader: 'forwarded',
      via: undefined,
      healthPath: '/up',
    },
    internal: { ...running.internal, names: ['miftah'] },
    drainSeconds: 5,
    log: { level: 'error' },
    mail: { from: 'a@b.example', smtp: undefined },
    apis: [{ id: 'a' }],
  } as unknown as Config;
  const planned = planReload({ ...running, mail: { from: 'x@y.example', smtp: undefined } }, wanted);
  expect(planned).toEqual({ config: wanted, kept: [] });
});

test('keeps what needs a restart, and names it as the file does', () => {
  const wanted = {
    ...running,
    public: { ...running.public, listen: { host: '127.0.0.1', port: 1 }, maxHeaderBytes: 2 },
    internal: { ...running.internal, maxConnections: 2 },
    dataDir: '/other',
    database: { kind: 'sqlite', file: '/other/miftah.db' },
    coordination: { kind: 'redis', servers: {}, nodes: 2, onOutage: 'closed' },
    serveCachedSeconds: 30,
  } as unknown as Config;
  const { config, kept } = planReload(running, wanted);
  expect(config).toEqual(running);
  expect(kept.toSorted()).toEqual([
    'coordination, nodes or onLimiterOutage',
    'dataDir',
    'database',
    'internal.maxConnections',
    'onStoreOutage',
    'public.listen',
    'public.maxHeaderBytes',
  ]);
});
