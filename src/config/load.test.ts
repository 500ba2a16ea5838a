// What configurations come to, and what is said of those that can't be used.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type Config, originsOf } from './config.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigSources, loadConfig } from './load.ts';

type MoreSources = Partial<Omit<ConfigSources, 'file' | 'config'>>;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-config-'));
  file = join(folder, 'miftah.yaml');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string, more: MoreSources = {}): Config {
  writeFileSync(file, text);
  return loadConfig({ file, environment: {}, workingFolder: '/srv', ...more });
}

/** The message of the refusal, with the file's folder cut off. */
function complaint(text: string, more: MoreSources = {}): string {
  try {
    load(text, more);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.replaceAll(`${folder}/`, '');
  }
  throw new Error('the configuration was accepted');
}

/** A file with one API; `more` goes into it as further lines. */
function withApi(more: string, profile = 'classic'): string {
  const lines = ['apis:', '  - id: a', `    profile: ${profile}`];
  if (!/^hosts:/m.test(more)) lines.push('    hosts: [a.example.com]');
  if (!/^upstream:/m.test(more)) lines.push('    upstream: http://127.0.0.1:4200');
  return [...lines, ...more.split('\n').map((line) => `    ${line}`)].join('\n');
}

function firstApi(text: string) {
  const [api] = load(text).apis;
  if (api === undefined) throw new Error('no API');
  return api;
}

describe('a configuration', () => {
  test('is complete when the file says no more than its APIs', () => {
    const { written, ...config } = load(withApi(''));
    expect(Object.keys(written)).toEqual(['apis']);
    expect({ ...config, apis: [], profiles: config.profiles.map(({ id }) => id) }).toEqual({
      public: {
        listen: { host: '127.0.0.1', port: 4100 },
        url: undefined,
        trustedProxies: [],
        forwardedHeader: 'x-forwarded-for',
        healthPath: undefined,
        jwksPath: undefined,
        via: 'miftah',
        maxHeaderBytes: 16_384,
        keepAliveSeconds: 65,
        replyStallSeconds: 60,
        upstreamConnections: 256,
        maxTunnels: 4096,
        tunnelIdleSeconds: 600,
        maxConnections: 20_000,
      },
      internal: { listen: { host: '127.0.0.1', port: 4101 }, names: [], metrics: 'open', maxConnections: 20_000 },
      decisions: { listen: undefined, grpc: undefined },
      dataDir: '/srv/miftah-data',
      secrets: {},
      database: { kind: 'sqlite', file: '/srv/miftah-data/miftah.db' },
      coordination: { kind: 'none' },
      drainSeconds: 0,
      finishSeconds: 10,
      serveCachedSeconds: 0,
      webhooks: { allow: [] },
      mail: { from: 'Miftah <miftah@localhost>', smtp: undefined },
      log: { level: 'info' },
      accessLog: undefined,
      tracing: false,
      cache: { keys: 500_000 },
      retention: {
        usageDays: 'unset',
        addressDays: 90,
        denialDays: 30,
        auditDays: undefined,
        removesUnarchivedAudit: false,
        mailDays: 30,
      },
      audit: { export: [] },
      consoles: new Map(),
      apis: [],
      profiles: ['classic'],
    });
  });

  test('keeps records for a number of days, or forever', () => {
    const retention = (text: string) => load(`retention: { ${text} }\n${withApi('')}`).retention;
    expect(retention('')).toEqual(load(withApi('')).retention);
    expect(retention('audit: 90, auditUnarchived: remove')).toMatchObject({
      auditDays: 90,
      removesUnarchivedAudit: true,
    });
    expect(retention('audit: 400')).toMatchObject({ auditDays: 400, removesUnarchivedAudit: false });
    expect(retention('usage: forever, denials: 1')).toMatchObject({ usageDays: undefined, denialDays: 1 });
    expect(retention('usage: 31, denials: forever')).toMatchObject({ usageDays: 31, denialDays: undefined });
    expect(retention('mail: 8')).toMatchObject({ mailDays: 8 });
    expect(retention('mail: forever')).toMatchObject({ mailDays: undefined });
  });

  test('sends mail by STARTTLS on 587 or TLS on 465, with the password from a file', () => {
    const smtp = (text: string) =>
      load(`mail: { smtp: { host: smtp.example.com, ${text} } }\n${withApi('')}`).mail.smtp;
    const server = { host: 'smtp.example.com', port: 587, secure: false };
    expect(smtp('user: me, passwordFile: secrets/smtp')).toEqual({
      ...server,
      user: 'me',
      passwordFile: '/srv/secrets/smtp',
    });
    expect(smtp('secure: true')).toMatchObject({ secure: true, port: 465, user: undefined });
  });

  test('takes secrets from files and variables, the secret itself first', () => {
    const text = `secrets: { operatorTokenFile: /file/token, signingKeyFile: keys/signing.json }\n${withApi('')}`;
    const environment = {
      MIFTAH_OPERATOR_TOKEN_FILE: '/environment/token',
      MIFTAH_SESSION_SECRET_FILE: '/environment/session',
      MIFTAH_SESSION_SECRET: 'itself',
    };
    expect(load(text, { environment }).secrets).toEqual({
      operatorToken: { file: '/environment/token' },
      sessionSecret: { text: 'itself', place: 'MIFTAH_SESSION_SECRET' },
      signingKey: { file: '/srv/keys/signing.json' },
    });
  });

  test('takes flags over the environment over the file', () => {
    const text = `public: { listen: 127.0.0.1:1, maxBodyBytes: 5 }\ndataDir: /file\nlog: { level: silent }\n${withApi('')}`;
    const environment = {
      MIFTAH_PUBLIC__LISTEN: '127.0.0.1:2',
      MIFTAH_INTERNAL__LISTEN: '[::1]:0',
      MIFTAH_PUBLIC__TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      MIFTAH_CACHE__KEYS: '7',
      MIFTAH_LOG__LEVEL: 'error',
      MIFTAH_DATA: '/environment',
    };
    const config = load(text, { environment, flags: { public: 'localhost:3' } });
    expect(config.public.listen).toEqual({ host: 'localhost', port: 3 });
    expect(config.apis[0]?.limits.maxBodyBytes).toBe(5);
    expect(config.public.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
    expect(config.internal.listen).toEqual({ host: '::1', port: 0 });
    expect(config.cache.keys).toBe(7);
    expect(config.log.level).toBe('error');
    expect(config.dataDir).toBe('/environment');
    expect(config.database).toEqual({ kind: 'sqlite', file: '/environment/miftah.db' });
    expect(load(text, { environment, flags: { data: 'flag' } }).dataDir).toBe('/srv/flag');
    expect(load(text).public.listen.port).toBe(1);
  });

  test('limits the requests of each API in time and size', () => {
    const limits = {
      connectSeconds: 3,
      firstByteSeconds: 30,
      idleSeconds: 60,
      uploadIdleSeconds: 30,
      minUploadBytesPerSecond: 1_024,
      maxBodyBytes: 104_857_600,
      maxReplyHeaderBytes: 16_384,
    };
    expect(firstApi(withApi('')).limits).toEqual(limits);
    const own = withApi(
      'upstreamTimeouts: { firstByteSeconds: 300, idleSeconds: 3600 }\nuploadIdleSeconds: 90\nmaxReplyHeaderBytes: 65536',
    );
    const changes = { firstByteSeconds: 300, idleSeconds: 3_600, uploadIdleSeconds: 90, maxReplyHeaderBytes: 65_536 };
    expect(firstApi(own).limits).toEqual({ ...limits, ...changes });
    const shared = 'public: { maxBodyBytes: 5 }\n';
    expect(firstApi(shared + own).limits.maxBodyBytes).toBe(5);
    expect(firstApi(`${shared}${withApi('maxBodyBytes: 7\nminUploadBytesPerSecond: 0')}`).limits).toMatchObject({
      maxBodyBytes: 7,
      minUploadBytesPerSecond: 0,
    });
  });

  test('counts limits in the process, or in Redis where it is named', () => {
    expect(load(withApi('')).coordination).toEqual({ kind: 'none' });
    expect(load(`coordination: redis://r1/2\nnodes: 3\n${withApi('')}`).coordination).toEqual({
      kind: 'redis',
      servers: {
        kind: 'single',
        hosts: [{ host: 'r1', port: 6379 }],
        master: undefined,
        tls: false,
        user: undefined,
        password: undefined,
        database: 2,
      },
      nodes: 3,
      onOutage: 'local-share',
    });
    const closed = `nodes: 2\nonLimiterOutage: closed\n${withApi('')}`;
    const environment = { MIFTAH_COORDINATION: 'redis+cluster://c1,c2' };
    expect(load(closed, { environment }).coordination).toMatchObject({
      servers: { kind: 'cluster' },
      onOutage: 'closed',
    });
    expect(load(closed, { environment }).drainSeconds).toBe(5);
  });

  test.each([
    ['refuse', 0],
    ['serve-cached(30)', 30],
    ['serve-cached(86400)', 86_400],
  ])('while the database is out: %s', (onStoreOutage, serveCachedSeconds) => {
    expect(load(`onStoreOutage: ${onStoreOutage}\n${withApi('')}`)).toMatchObject({ serveCachedSeconds });
    const environment = { MIFTAH_ON_STORE_OUTAGE: onStoreOutage };
    expect(load(withApi(''), { environment })).toMatchObject({ serveCachedSeconds });
  });

  test('takes a connection string unchanged, also from a file of its own', () => {
    const url = 'postgres://me:p%40w@a:5432,b:5432/miftah?sslmode=verify-full';
    expect(load(`database: ${url}\n${withApi('')}`).database).toEqual({ kind: 'postgres', url });
    const folder = mkdtempSync(join(tmpdir(), 'miftah-test-'));
    const file = join(folder, 'database-url');
    writeFileSync(file, `${url}\n`);
    expect(load(withApi(''), { environment: { MIFTAH_DATABASE_FILE: file } }).database).toEqual({
      kind: 'postgres',
      url,
    });
    rmSync(folder, { recursive: true });
    expect(() => load(withApi(''), { environment: { MIFTAH_DATABASE_FILE: file } })).toThrow(
      `MIFTAH_DATABASE_FILE: ${file} cannot be read (ENOENT)`,
    );
  });

  test('leaves out what an empty variable says', () => {
    expect(load(withApi(''), { environment: { MIFTAH_DATA: '' } }).dataDir).toBe('/srv/miftah-data');
  });

  test('binds hosts to environments; a host under both, or in a plain list, serves both', () => {
    const bound = firstApi(
      withApi('hosts: { live: [API.example.com, both.test, api.example.com], test: [t.test, both.test] }'),
    );
    expect([...bound.hosts]).toEqual([
      ['api.example.com', 'live'],
      ['both.test', undefined],
      ['t.test', 'test'],
    ]);
    expect([...firstApi(withApi('hosts: [a.test, b.test]')).hosts]).toEqual([
      ['a.test', undefined],
      ['b.test', undefined],
    ]);
  });

  test('has an upstream for each environment', () => {
    const place = { basePath: '', host: undefined, tls: undefined, paths: [] };
    const both = { ...place, origin: 'http://[::1]:4200' };
    expect(firstApi(withApi('upstream: http://[::1]:4200/')).upstream).toEqual({ live: both, test: both });
    const live = { ...place, origin: 'https://a.test' };
    expect(firstApi(withApi('upstream: { live: https://a.test }', 'panel')).upstream).toEqual({ live, test: live });
    expect(firstApi(withApi('upstream: { url: http://a.test/b/, host: upstream }')).upstream?.test).toEqual({
      ...place,
      origin: 'http://a.test',
      basePath: '/b',
      host: 'a.test',
    });
    const each = withApi(
      [
        'upstream:',
        '  live:',
        '    url: https://a.test:8443/base',
        '    host: API.internal',
        '    tls: { ca: tls/ca.pem, cert: /etc/me.pem, key: me.key, serverName: a.internal }',
        '    paths: { /v1/x: http://x.test/y, /v1: { url: http://z.test, host: upstream } }',
        '  test: http://b.test',
      ].join('\n'),
    );
    expect(firstApi(each).upstream).toEqual({
      live: {
        origin: 'https://a.test:8443',
        basePath: '/base',
        host: 'api.internal',
        tls: { ca: '/srv/tls/ca.pem', cert: '/etc/me.pem', key: '/srv/me.key', serverName: 'a.internal' },
        paths: [
          { prefix: '/v1/x', origin: 'http://x.test', basePath: '/y', host: undefined, tls: undefined },
          { prefix: '/v1', origin: 'http://z.test', basePath: '', host: 'z.test', tls: undefined },
        ],
      },
      test: { ...place, origin: 'http://b.test' },
    });
    expect(originsOf(firstApi(each))).toEqual([
      'https://a.test:8443',
      'http://x.test',
      'http://z.test',
      'http://b.test',
    ]);
  });

  test('refuses paths with two readings where the upstream depends on the path', () => {
    const strictOf = (upstream: string) => firstApi(withApi(`upstream: ${upstream}`)).profile.policy.hasStrictPaths;
    const routed = '{ url: http://a.test, paths: { /v1: http://b.test } }';
    expect(strictOf('http://a.test')).toBe(false);
    expect(strictOf(routed)).toBe(true);
    expect(strictOf(`{ live: http://a.test, test: ${routed} }`)).toBe(true);
  });

  test('overrides the policy of a profile and leaves the rest of it', () => {
    const { profile } = firstApi(
      withApi(
        [
          'policy:',
          '  rateLimit: [60/m, 1000/h]',
          '  addresses: { whenEmpty: any, required: true }',
          '  name: { max: 20 }',
          '  orgKind: any',
          '  rotate: true',
          '  referrers: true',
          '  endpoints: true',
          '  expiry: true',
          '  defaultExpiryDays: 90',
          '  maxExpiryDays: 365',
          '  rotateAfterDays: 30',
          '  disable: true',
          '  keysMay: [list, revoke]',
          '  maxKeysPerOrg: 20',
          '  countRefusals: true',
          '  scopes: { "POST /v1/payments": payments:write }',
          '  strictPaths: true',
          '  defaultScope: read',
          '  billing: { replies: [2xx, upstream_failed], test: true }',
          '  usage: { weights: { "POST /v1/payments": 5 } }',
        ].join('\n'),
        'palcards',
      ),
    );
    expect(profile.id).toBe('palcards');
    expect(profile.policy).toEqual({
      addresses: { mode: 'exact_ipv4', whenEmpty: 'any' },
      hasReferrers: true,
      hasEndpoints: true,
      hasExpiry: true,
      expiry: { defaultDays: 90, maxDays: 365 },
      name: { min: 3, max: 20 },
      orgKind: undefined,
      keyIds: 'prefixed',
      canRotate: true,
      canDisable: true,
      selfService: { list: true, create: false, rotate: false, revoke: true },
      maxKeysPerOrg: 20,
      requiresAddresses: true,
      limitWindows: 'fixed',
      rateLimits: [
        { limit: 60, windowSeconds: 60 },
        { limit: 1000, windowSeconds: 3600 },
      ],
      countsRefusals: true,
      templates: [],
      memberMetadata: [],
      forwardedMetadata: [],
      scopeRules: [
        {
          endpoint: { method: 'POST', folded: { literal: '/v1/payments', rest: [] } },
          pattern: 'POST /v1/payments',
          scope: 'payments:write',
        },
      ],
      hasStrictPaths: true,
      rotateAfterDays: 30,
      defaultScope: 'read',
      billing: { ends: ['2xx', 'upstream_failed'], billsHeadAndOptions: false, billsTest: true },
      weightRules: [
        {
          endpoint: { method: 'POST', folded: { literal: '/v1/payments', rest: [] } },
          pattern: 'POST /v1/payments',
          units: 5,
        },
      ],
    });
  });

  test('has a health path where it says one', () => {
    expect(load(`public: { healthPath: /-/health }\n${withApi('')}`).public.healthPath).toBe('/-/health');
    for (const path of ['/', 'health', '/a/../b', '/a?b'])
      expect(complaint(`public: { healthPath: ${path} }\n${withApi('')}`), path).toBe(
        `miftah.yaml:1: public.healthPath: ${JSON.stringify(path)} must be a path such as /-/health, without a query`,
      );
  });

  test('has the public keys of assertions at a path, or nowhere', () => {
    const config = (path: string) => `public: { jwksPath: ${path} }\n${withApi('')}`;
    for (const path of ['/keys.json', 'none']) expect(load(config(path)).public.jwksPath).toBe(path);
    for (const path of ['/', 'keys.json', '/a/../b', '/a?b'])
      expect(complaint(config(path)), path).toBe(
        `miftah.yaml:1: public.jwksPath: ${JSON.stringify(path)} must be a path such as /.well-known/miftah/jwks.json, without a query, or none`,
      );
    expect(complaint(`public: { healthPath: /up, jwksPath: /up }\n${withApi('')}`)).toBe(
      'miftah.yaml:1: public.jwksPath: is public.healthPath: choose another path',
    );
  });

  test('knows the internal listener by the names that it says', () => {
    expect(load(withApi('')).internal.names).toEqual([]);
    expect(load(`internal: { names: [Miftah, miftah.default.svc] }\n${withApi('')}`).internal.names).toEqual([
      'miftah',
      'miftah.default.svc',
    ]);
    const environment = { MIFTAH_INTERNAL__NAMES: 'miftah, miftah.default.svc' };
    expect(load(withApi(''), { environment }).internal.names).toEqual(['miftah', 'miftah.default.svc']);
  });

  test('has a listener for decisions, on an address or on a file', () => {
    const listenOf = (listen: string) => load(`decisions: { listen: "${listen}" }\n${withApi('')}`).decisions.listen;
    expect(listenOf('[::1]:4102')).toEqual({ host: '::1', port: 4102 });
    expect(listenOf('unix:/run/miftah/d.sock')).toEqual({ file: '/run/miftah/d.sock' });
    expect(listenOf('unix:d.sock')).toEqual({ file: '/srv/d.sock' });
    const environment = { MIFTAH_DECISIONS__LISTEN: 'unix:/run/d.sock' };
    expect(load(withApi(''), { environment }).decisions.listen).toEqual({ file: '/run/d.sock' });
    const { grpc } = load(`decisions: { grpc: "unix:g.sock" }\n${withApi('')}`).decisions;
    expect(grpc).toEqual({ file: '/srv/g.sock' });
    const ofEnvironment = load(withApi(''), { environment: { MIFTAH_DECISIONS__GRPC: '127.0.0.1:4103' } });
    expect(ofEnvironment.decisions).toEqual({ listen: undefined, grpc: { host: '127.0.0.1', port: 4103 } });
  });

  test('turns limits off, and address lists', () => {
    expect(firstApi(withApi('policy: { rateLimit: off }', 'palpluss')).profile.policy.rateLimits).toEqual([]);
    const { addresses } = firstApi(withApi('policy: { addresses: { mode: none } }', 'palcards')).profile.policy;
    expect(addresses).toEqual({ mode: 'none', whenEmpty: 'any' });
  });

  test('reads templates in their canonical form, in one language or in two', () => {
    const text = `policy: { templates: [
      { id: b, name: { en: Reader, ar: قارئ }, description: For all, addresses: ["::ffff:192.0.2.1", 10.1.2.3/8],
        referrers: [HTTPS://Example.com], endpoints: [GET /a], scopes: ["*"], rateLimits: [60/1m, 10/s], expiresInDays: 9 },
      { id: a, name: Plain }] }`;
    const [first, second] = firstApi(withApi(text)).profile.policy.templates;
    expect(first).toEqual({
      id: 'b',
      name: { en: 'Reader', ar: 'قارئ' },
      description: { en: 'For all', ar: 'For all' },
      addresses: ['192.0.2.1', '10.0.0.0/8'],
      referrers: ['https://example.com'],
      endpoints: ['GET /a'],
      scopes: ['*'],
      rateLimits: [
        { limit: 60, windowSeconds: 60 },
        { limit: 10, windowSeconds: 1 },
      ],
      expiresInDays: 9,
    });
    expect(second).toEqual({ id: 'a', name: { en: 'Plain', ar: 'Plain' } });
    expect(firstApi(withApi('')).profile.policy.templates).toEqual([]);
  });

  test('names the metadata that members may set, and that the upstream gets', () => {
    const metadataOf = (text: string) => {
      const { memberMetadata, forwardedMetadata } = firstApi(withApi(text)).profile.policy;
      return [memberMetadata, forwardedMetadata];
    };
    expect(metadataOf('')).toEqual([[], []]);
    expect(metadataOf('policy: { memberMetadata: [team], forwardMetadata: [plan, a_b] }')).toEqual([
      ['team'],
      ['plan', 'a_b'],
    ]);
  });

  test('names the scopes that members may give, none of them where the list is empty', () => {
    const scopesOf = (text: string) => firstApi(withApi(text)).profile.policy.memberScopes;
    expect(scopesOf('')).toBeUndefined();
    expect(scopesOf('policy: { memberScopes: [users:read, "*"] }')).toEqual(['users:read', '*']);
    expect(scopesOf('policy: { memberScopes: [] }')).toEqual([]);
  });

  test('keeps the window that a profile’s headers promise', () => {
    const { policy } = firstApi(withApi('policy: { rateLimit: 90/m }', 'palpluss')).profile;
    expect(policy).toMatchObject({ rateLimits: [{ limit: 90, windowSeconds: 60 }], rateLimitWindowSeconds: 60 });
  });

  test("makes a profile one's own by prefix and header", () => {
    const { profile } = firstApi(withApi('secretPrefix: { live: acme_ }\nheader: X-Acme-Key', 'palcards'));
    expect(profile.secret).toEqual({ prefixes: { live: 'acme_', test: 'sk_sandbox_' }, length: 80 });
    expect(profile.source).toEqual({ kind: 'header', header: 'x-acme-key' });
  });

  test('bounds connections as it says, for each listener', () => {
    const config = load(`public: { maxConnections: 7 }\n${withApi('')}`, {
      environment: { MIFTAH_INTERNAL__MAX_CONNECTIONS: '9' },
    });
    expect([config.public.maxConnections, config.internal.maxConnections]).toEqual([7, 9]);
  });

  test('passes the headers that it names, in any case, and none by default', () => {
    expect(firstApi(withApi('')).passHeaders).toEqual([]);
    const { passHeaders } = firstApi(
      withApi('passHeaders: [X-HTTP-Method-Override, true-client-ip, x-middleware-rewrite]'),
    );
    expect(passHeaders).toEqual(['x-http-method-override', 'true-client-ip', 'x-middleware-rewrite']);
  });

  test('needs no key where it says so, for the methods that it names', () => {
    expect(firstApi(withApi('')).publicPaths).toEqual([]);
    expect(firstApi(withApi('publicPaths: [GET /health, "* /docs/**"]')).publicPaths).toEqual([
      { method: 'GET', literal: '/health', rest: [] },
      { method: '*', literal: '/docs/', rest: ['**'] },
    ]);
  });

  test('lets pages call that it names, as browsers write their origins, and none by default', () => {
    expect(firstApi(withApi('')).cors).toBeUndefined();
    expect(
      firstApi(withApi('cors: { origins: [HTTPS://App.example.com:443/, "https://*.bücher.example"] }')).cors,
    ).toEqual({
      origins: [
        { kind: 'exact', origin: 'https://app.example.com' },
        { kind: 'below', start: 'https://', end: '.xn--bcher-kva.example' },
      ],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      headers: undefined,
      exposeHeaders: [],
      hasCredentials: false,
      maxAgeSeconds: 600,
      allowsPrivateNetwork: false,
    });
    const all = `origins: [http://localhost:3000], methods: [GET], headers: [X-Trace], exposeHeaders: [ETag],
      credentials: true, maxAgeSeconds: 0, privateNetwork: true`;
    expect(firstApi(withApi(`cors: { ${all} }`)).cors).toMatchObject({
      methods: ['GET'],
      headers: ['x-trace'],
      exposeHeaders: ['etag'],
      hasCredentials: true,
      maxAgeSeconds: 0,
      allowsPrivateNetwork: true,
    });
    for (const origins of ['any', 'referrers'])
      expect(firstApi(withApi(`cors: { origins: ${origins} }`)).cors).toMatchObject({ origins });
  });
});

test('the IETF rate headers are sent where the profile or the file says so', () => {
  const sends = (more: string, profile: string) =>
    firstApi(withApi(more, profile)).profile.dialect.sendsRateLimitFields;
  expect([sends('', 'classic'), sends('', 'palm')]).toEqual([true, false]);
  expect([sends('rateLimitFields: false', 'classic'), sends('rateLimitFields: true', 'palm')]).toEqual([false, true]);
});

test('rotateAfterDays: 0 ends the reminder of a profile', () => {
  expect(firstApi(withApi('')).profile.policy.rotateAfterDays).toBe(90);
  expect(firstApi(withApi('policy: { rotateAfterDays: 0 }')).profile.policy.rotateAfterDays).toBeUndefined();
});

test('support sets the links of the console and of refused requests', () => {
  const { console: shown, dialect } = firstApi(
    withApi('support: { docs: "https://docs.example.com/مفاتيح?a=b%20c", contact: help@example.com }'),
  ).profile;
  const docs = 'https://docs.example.com/%D9%85%D9%81%D8%A7%D8%AA%D9%8A%D8%AD?a=b%20c';
  expect([shown.docsUrl, shown.supportUrl]).toEqual([docs, 'mailto:help@example.com']);
  expect(dialect.help).toEqual({ docs, contact: 'mailto:help@example.com' });
  expect(firstApi(withApi('support: { contact: "https://example.com" }')).profile.dialect.help).toEqual({
    docs: undefined,
    contact: 'https://example.com/',
  });
  expect(firstApi(withApi('')).profile.dialect.help).toBeUndefined();
});

test.each([
  [
    'docs: javascript:alert(1)',
    'support.docs: "javascript:alert(1)" must be a URL such as https://docs.example.com/api-keys',
  ],
  [
    'docs: "https://a.example/><b"',
    'support.docs: "https://a.example/><b" must be a URL such as https://docs.example.com/api-keys',
  ],
  ['docs: "https://me:pw@a.example"', 'support.docs: '],
  [
    'contact: "help@"',
    'support.contact: "help@" must be an e-mail address or a URL such as https://example.com/support',
  ],
  ['contact: "a@b.example?bcc=c@d.example"', 'support.contact: '],
])('support refuses %s', (line, message) => {
  expect(() => load(withApi(`support: { ${line} }`))).toThrow(`apis[0].${message}`);
});

test('limits count in fixed windows unless the policy says otherwise', () => {
  const windowsOf = (more: string, profile: string) => firstApi(withApi(more, profile)).profile.policy.limitWindows;
  for (const profile of ['palcards', 'palpluss', 'panel', 'classic', 'palm'])
    expect([windowsOf('', profile), windowsOf('policy: { limitWindows: sliding }', profile)]).toEqual([
      'fixed',
      'sliding',
    ]);
});

describe('a variable in the file', () => {
  const [host, port] = [`$${'{HOST}'}`, `$${'{PORT}'}`];
  const escaped = `$${host}`;
  const environment = { HOST: 'shop.internal', PORT: '4300', BYTES: '1024', DOLLARS: host };

  test('is replaced by its value', () => {
    const lines = `upstream: "http://${host}:${port}"\nhosts: ["api.${host}"]`;
    const { apis } = load(`public:\n  maxBodyBytes: \${BYTES}\n${withApi(lines)}`, { environment });
    expect(apis[0]?.upstream?.live.origin).toBe('http://shop.internal:4300');
    expect([...(apis[0]?.hosts.keys() ?? [])]).toEqual(['api.shop.internal']);
    expect(apis[0]?.limits.maxBodyBytes).toBe(1024);
  });

  test.each([
    [escaped, host],
    ['a-$-b', 'a-$-b'],
    [`x${escaped}${port}`, `x${host}4300`],
    // A value is not read again.
    [`$${'{DOLLARS}'}`, host],
  ])('%s reads %s', (text, read) => {
    expect(load(`dataDir: ${text}\n${withApi('')}`, { environment }).dataDir).toBe(`/srv/${read}`);
  });

  test('stays a text where the file has it in quotes', () => {
    expect(complaint(`public: { maxBodyBytes: "\${BYTES}" }\n${withApi('')}`, { environment })).toContain(
      'public.maxBodyBytes: "1024" must be a whole number',
    );
    expect(load(`dataDir: "${port}"\n${withApi('')}`, { environment }).dataDir).toBe('/srv/4300');
  });
});

describe('a configuration that can not be used', () => {
  test.each([
    ['{HOSTNAME_OF_API}', '{HOSTNAME_OF_API} is not set: set this variable in the environment'],
    ['{EMPTY}', '{EMPTY} is not set: set this variable in the environment'],
    ['{a b}', '{…} names no variable: use letters, digits and _'],
    ['{HOST:-x}', '{…} names no variable: use letters, digits and _'],
    ['{ss', '{ss has no closing brace'],
  ])('because of the variable in $%s', (text, message) => {
    expect(complaint(`dataDir: "a$${text}"\n${withApi('')}`, { environment: { EMPTY: '' } })).toBe(
      `miftah.yaml:1: $${message}; write $\${ for the text \${`,
    );
  });

  const rows: readonly [name: string, text: string, message: string][] = [
    ['an empty file', '', 'miftah.yaml:1: apis: must be a list of APIs'],
    [
      'no mapping',
      '- 1',
      'miftah.yaml:1: must be a mapping with $schema, public, internal, decisions, dataDir, secrets, database, coordination, nodes, onLimiterOutage, drainSeconds, finishSeconds, onStoreOutage, webhooks, mail, log, accessLog, tracing, cache, countries, retention, audit, profiles, consoles, apis',
    ],
    [
      'bad YAML',
      'apis:\n  - [',
      'miftah.yaml:2: is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a key twice', 'apis: []\napis: []', 'miftah.yaml:2: is not YAML: Map keys must be unique'],
    ['no APIs', 'apis: []', 'miftah.yaml:1: apis: is empty: list at least one API'],
    [
      'a slip in a section',
      `pubic: {}\n${withApi('')}`,
      'miftah.yaml:1: "pubic" is not known here: did you mean public?',
    ],
    [
      'a slip in an API',
      withApi('upstreams: x'),
      'miftah.yaml:6: apis[0]: "upstreams" is not known here: did you mean upstream?',
    ],
    [
      'a slip in a policy',
      withApi('policy:\n  rateLimits: 60/m'),
      'miftah.yaml:7: apis[0].policy: "rateLimits" is not known here: did you mean rateLimit?',
    ],
    [
      'a key of nothing',
      withApi('zzzzzzzzzzzz: 1'),
      'miftah.yaml:6: apis[0]: "zzzzzzzzzzzz" is not known here: use one of id, profile, product, hosts, console, upstream, upstreamTimeouts, uploadIdleSeconds, minUploadBytesPerSecond, maxBodyBytes, maxReplyHeaderBytes, passHeaders, cors, publicPaths, policy, rateLimitFields, support, secretPrefix, importedKeys, header',
    ],
    [
      'an unknown profile',
      withApi('', 'palplus'),
      'miftah.yaml:3: apis[0].profile: "palplus" is not known: did you mean palpluss?',
    ],
    ...['10/s', '[60/m, 1000/h]', '60/2m'].map((limit): [string, string, string] => [
      `a window that the headers do not promise: ${limit}`,
      withApi(`policy: { rateLimit: ${limit} }`, 'palpluss'),
      'miftah.yaml:6: apis[0].policy.rateLimit: limits of this profile must use the window of 60/m, which its headers declare',
    ]),
    [
      'metadata in capitals',
      withApi('policy: { memberMetadata: [Plan] }'),
      'miftah.yaml:6: apis[0].policy.memberMetadata[0]: "Plan" must be a name such as plan or customer_id (lower-case letters, digits, _ and -, at most 40 characters)',
    ],
    [
      'metadata that would share a header',
      withApi('policy: { forwardMetadata: [a_b, plan, a-b] }'),
      'miftah.yaml:6: apis[0].policy.forwardMetadata[2]: a-b and a_b have one header, X-Miftah-Meta-A-B: keep one',
    ],
    [
      'a scope that no member could give',
      withApi('policy: { memberScopes: [Users] }'),
      'miftah.yaml:6: apis[0].policy.memberScopes[0]: "Users" must be a scope such as payments:write, or *',
    ],
    [
      'an address without port',
      `public: { listen: 4100 }\n${withApi('')}`,
      'miftah.yaml:1: public.listen: "4100" must be HOST:PORT, such as 127.0.0.1:4100',
    ],
    [
      'a port too high',
      `internal: { listen: 127.0.0.1:65536 }\n${withApi('')}`,
      'miftah.yaml:1: internal.listen: "127.0.0.1:65536" must be HOST:PORT, such as 127.0.0.1:4101',
    ],
    [
      'a listener for decisions that is neither an address nor a file',
      `decisions: { listen: "/run/d.sock" }\n${withApi('')}`,
      'miftah.yaml:1: decisions.listen: "/run/d.sock" must be HOST:PORT, such as 127.0.0.1:4102, or unix:FILE, such as unix:/run/miftah/decisions.sock',
    ],
    [
      'a bad proxy',
      `public: { trustedProxies: [10.0.0.0/8, lb] }\n${withApi('')}`,
      'miftah.yaml:1: public.trustedProxies[1]: "lb" must be an address or a range such as 10.0.0.0/8',
    ],
    [
      'a strange database',
      `database: mysql://me:pw@db/miftah\n${withApi('')}`,
      'miftah.yaml:1: database: "mysql://…@db/miftah" must be sqlite:FILE, such as sqlite:./miftah-data/miftah.db, or postgres://USER@HOST:PORT/DATABASE',
    ],
    [
      'a strange coordination, without its password',
      `coordination: redis//:pw@x\n${withApi('')}`,
      'miftah.yaml:1: coordination: must be none, redis://HOST:PORT, redis+sentinel://HOST:PORT,HOST:PORT/MASTER or redis+cluster://HOST:PORT,HOST:PORT',
    ],
    [
      'Redis without a number of nodes',
      `coordination: redis://x\n${withApi('')}`,
      'miftah.yaml:1: nodes: is missing: set the maximum number of nodes, which decides the share of each limit that a node gets',
    ],
    [
      'a strange policy of outages',
      `onLimiterOutage: open\n${withApi('')}`,
      'miftah.yaml:1: onLimiterOutage: "open" is not known: use one of local-share, closed',
    ],
    [
      'a strange level of the log',
      `log: { level: loud }\n${withApi('')}`,
      'miftah.yaml:1: log.level: "loud" is not known: use one of info, warn, error, silent',
    ],
    [
      'an access log without a place',
      `accessLog: { allowedShare: 1 }\n${withApi('')}`,
      'miftah.yaml:1: accessLog.output: is missing: set stdout or a file such as /var/log/miftah/access.log',
    ],
    [
      'a share in percent',
      `accessLog: { output: stdout, allowedShare: 5 }\n${withApi('')}`,
      'miftah.yaml:1: accessLog.allowedShare: "5" must be a number from 0 to 1, such as 0.05',
    ],
    [
      'tracing that is not true or false',
      `tracing: stdout\n${withApi('')}`,
      'miftah.yaml:1: tracing: "stdout" must be true or false',
    ],
    ...['serve-cached', 'serve-cached(0)', 'serve-cached(86401)', 'serve-cached(1.5)'].map(
      (value): [string, string, string] => [
        `an outage of the database answered by ${value}`,
        `onStoreOutage: ${value}\n${withApi('')}`,
        `miftah.yaml:1: onStoreOutage: "${value}" must be refuse or serve-cached(SECONDS), such as serve-cached(30), of 1 to 86400 seconds`,
      ],
    ),
    [
      'a small cache',
      `cache: { keys: 0 }\n${withApi('')}`,
      'miftah.yaml:1: cache.keys: "0" must be a whole number from 1 to 100000000',
    ],
    [
      'usage for less than a month',
      `retention: { usage: 30 }\n${withApi('')}`,
      'miftah.yaml:1: retention.usage: "30" must be a whole number of days from 31 to 36500, or forever',
    ],
    [
      'usage for a word',
      `retention: { usage: always }\n${withApi('')}`,
      'miftah.yaml:1: retention.usage: "always" must be a whole number of days from 31 to 36500, or forever',
    ],
    [
      'denials for a part of a day',
      `retention: { denials: 0.5 }\n${withApi('')}`,
      'miftah.yaml:1: retention.denials: "0.5" must be a whole number of days from 1 to 36500, or forever',
    ],
    [
      'a kind of records that cannot be set',
      `retention: { revocations: 30 }\n${withApi('')}`,
      'miftah.yaml:1: retention: "revocations" is not known here: use one of usage, audit, auditUnarchived, mail, addresses, denials',
    ],
    [
      'the audit log for less than three months',
      `retention: { audit: 89 }\n${withApi('')}`,
      'miftah.yaml:1: retention.audit: "89" must be a whole number of days from 90 to 36500, or forever',
    ],
    [
      'a removal of audit entries without a number of days',
      `retention: { auditUnarchived: remove }\n${withApi('')}`,
      'miftah.yaml:1: retention.auditUnarchived: removes nothing while retention.audit is forever: set a number of days',
    ],
    [
      'mails for less than their links work',
      `retention: { mail: 7 }\n${withApi('')}`,
      'miftah.yaml:1: retention.mail: "7" must be a whole number of days from 8 to 36500, or forever',
    ],
    [
      'a sender that is none',
      `mail: { from: "Miftah <miftah" }\n${withApi('')}`,
      'miftah.yaml:1: mail.from: "Miftah <miftah" must be a sender such as Miftah <miftah@example.com>',
    ],
    [
      'a mail user without a password',
      `mail: { smtp: { host: smtp.example.com, user: miftah } }\n${withApi('')}`,
      'miftah.yaml:1: mail.smtp.passwordFile: is missing: set the file that holds the password of the user',
    ],
    [
      'a console on the host of an API',
      `public: { url: "https://a.example.com:8443" }\n${withApi('')}`,
      'miftah.yaml:1: public.url: is the host of an API: give the console its own host',
    ],
    [
      'no host',
      withApi('hosts: {}'),
      'miftah.yaml:5: apis[0].hosts: has no host: add at least one, such as api.example.com',
    ],
    [
      'a host with port',
      withApi('hosts: ["a.test:80"]'),
      'miftah.yaml:5: apis[0].hosts[0]: "a.test:80" must be a host name such as api.example.com, without scheme and port',
    ],
    [
      'hosts of no form',
      withApi('hosts: 5'),
      'miftah.yaml:5: apis[0].hosts: must be a list of host names, or must be a mapping with live, test',
    ],
    [
      'a host of an absent environment',
      withApi('hosts: { live: [a.test], test: [b.test] }', 'panel'),
      'miftah.yaml:5: apis[0].hosts.test: this profile has no test environment: remove it',
    ],
    [
      'an upstream with a query',
      withApi('upstream: "http://127.0.0.1:4200/v1?a=b"'),
      'miftah.yaml:5: apis[0].upstream: "http://127.0.0.1:4200/v1?a=b" must be a URL such as http://127.0.0.1:4200 or https://orders.internal/base, without a query',
    ],
    [
      'an upstream with dots in its path',
      withApi('upstream: http://127.0.0.1:4200/v1/../admin'),
      'miftah.yaml:5: apis[0].upstream: "http://127.0.0.1:4200/v1/../admin" must be a URL such as http://127.0.0.1:4200 or https://orders.internal/base, without a query',
    ],
    [
      'an upstream with a password',
      withApi('upstream: http://me:pw@a.test'),
      'miftah.yaml:5: apis[0].upstream: "http://…@a.test" must be a URL such as http://127.0.0.1:4200 or https://orders.internal/base, without a query',
    ],
    [
      'an upstream for live alone',
      withApi('upstream: { live: http://a.test }'),
      'miftah.yaml:5: apis[0].upstream.test: is missing: this profile has test keys; set the upstream for them, or one upstream for both',
    ],
    [
      'an upstream for test alone',
      withApi('upstream: { test: http://a.test }'),
      'miftah.yaml:5: apis[0].upstream.live: is missing: set the URL of the upstream, or live and test',
    ],
    [
      'an upstream without a URL',
      withApi('upstream: { host: upstream }'),
      'miftah.yaml:5: apis[0].upstream.url: is missing: set the URL of the upstream, or live and test',
    ],
    [
      'one Host for two environments',
      withApi('upstream: { live: http://a.test, test: http://b.test, host: upstream }'),
      'miftah.yaml:5: apis[0].upstream.host: stands beside live: set it under live, and under test where there is one',
    ],
    [
      'a slip in an upstream',
      withApi('upstream: { live: { url: http://a.test, hots: upstream }, test: http://b.test }'),
      'miftah.yaml:5: apis[0].upstream.live: "hots" is not known here: did you mean host?',
    ],
    [
      'a Host that is none',
      withApi('upstream: { url: http://a.test, host: "http://b.test" }'),
      'miftah.yaml:5: apis[0].upstream.host: "http://b.test" must be preserve, upstream or a host such as api.internal:8443',
    ],
    [
      'TLS without https',
      withApi('upstream: { url: http://a.test, tls: { ca: ca.pem } }'),
      'miftah.yaml:5: apis[0].upstream.tls: is for https upstreams: remove it, or correct url',
    ],
    [
      'a certificate without its key',
      withApi('upstream: { url: https://a.test, tls: { cert: a.pem } }'),
      'miftah.yaml:5: apis[0].upstream.tls.key: is missing: set the file with the private key of cert',
    ],
    [
      'a prefix that ends in a slash',
      withApi('upstream: { url: http://a.test, paths: { /v1/: http://b.test } }'),
      'miftah.yaml:5: apis[0].upstream.paths./v1/: "/v1/" must be the beginning of a path such as /v1/payments, without a slash at its end',
    ],
    [
      'loose paths beside upstreams by path',
      withApi('upstream: { url: http://a.test, paths: { /v1: http://b.test } }\npolicy: { strictPaths: false }'),
      'miftah.yaml:6: apis[0].policy.strictPaths: must be true where upstream has paths: remove it',
    ],
    [
      'a time of no number',
      withApi('upstreamTimeouts: { firstByteSeconds: 30s }'),
      'miftah.yaml:6: apis[0].upstreamTimeouts.firstByteSeconds: "30s" must be a whole number from 1 to 86400',
    ],
    [
      'a header of proxies that means something else',
      `public: { forwardedHeader: x-forwarded-host }\n${withApi('')}`,
      'miftah.yaml:1: public.forwardedHeader: "x-forwarded-host" must be x-forwarded-for, forwarded or a header with one address, such as x-real-ip',
    ],
    [
      'a header of proxies that carries keys',
      `public: { forwardedHeader: X-API-Key }\n${withApi('', 'palcards')}`,
      'miftah.yaml:1: public.forwardedHeader: carries the keys of a: choose another header, such as x-real-ip',
    ],
    [
      'a name in Via with a space',
      `public: { via: "my proxy" }\n${withApi('')}`,
      'miftah.yaml:1: public.via: "my proxy" must be a name such as miftah, or none',
    ],
    [
      'a bad limit',
      withApi('policy: { rateLimit: 60 }'),
      'miftah.yaml:6: apis[0].policy.rateLimit: "60" must be off or a limit such as 60/m, 10/s, 1000/h or 100/30s, or must be a list of limits',
    ],
    [
      'a status in place of its class',
      withApi('policy: { billing: { replies: [200] } }'),
      'miftah.yaml:6: apis[0].policy.billing.replies[0]: must be one of 1xx, 2xx, 3xx, 4xx, 5xx, unknown, client_left, upstream_failed',
    ],
    [
      'a reply that no policy can bill',
      withApi('policy: { billing: { replies: [2xx, none] } }'),
      'miftah.yaml:6: apis[0].policy.billing.replies[1]: "none" is not known: use one of 1xx, 2xx, 3xx, 4xx, 5xx, unknown, client_left, upstream_failed',
    ],
    [
      'a misspelt setting of billing',
      withApi('policy: { billing: { head: true } }'),
      'miftah.yaml:6: apis[0].policy.billing: "head" is not known here: use one of replies, headAndOptions, test',
    ],
    [
      'off beside a limit',
      withApi('policy: { rateLimit: [off, 60/m] }'),
      'miftah.yaml:6: apis[0].policy.rateLimit: off is mixed with limits: use only off, or remove it',
    ],
    [
      'one window twice',
      withApi('policy: { rateLimit: [60/m, 5/m] }'),
      'miftah.yaml:6: apis[0].policy.rateLimit: two limits for the same window: keep one of them',
    ],
    [
      'countRefusals without a limit',
      withApi('policy: { countRefusals: true }'),
      'miftah.yaml:6: apis[0].policy.countRefusals: there is no rate limit to count refused requests against: set rateLimit, such as 60/m',
    ],
    [
      'names of no length',
      withApi('policy: { expiry: true, defaultExpiryDays: 9, maxExpiryDays: 8 }'),
      'miftah.yaml:6: apis[0].policy.defaultExpiryDays: 9 is greater than maxExpiryDays 8',
    ],
    [
      'expiry days of keys that do not expire',
      withApi('policy: { expiry: false, maxExpiryDays: 8 }'),
      'miftah.yaml:6: apis[0].policy.expiry: keys of this profile do not expire: add expiry: true',
    ],
    [
      'a name that nothing fits',
      withApi('policy: { name: { min: 9, max: 8 } }'),
      'miftah.yaml:6: apis[0].policy.name: min 9 is above max 8',
    ],
    [
      'a list that is none and blocks',
      withApi('policy: { addresses: { mode: none, whenEmpty: block } }'),
      'miftah.yaml:6: apis[0].policy.addresses.whenEmpty: keys of this profile have no address list: set mode too',
    ],
    [
      'a bad endpoint',
      withApi('policy: { scopes: { "get /a": a } }'),
      'miftah.yaml:6: apis[0].policy.scopes.get /a: "get /a" must be an endpoint such as GET /v1/users/*',
    ],
    [
      'a bad scope',
      withApi('policy: { defaultScope: "*" }'),
      'miftah.yaml:6: apis[0].policy.defaultScope: "*" must be a scope such as payments:write (lower case, digits and : . _ / -)',
    ],
    [
      'a scope in capitals',
      withApi('policy: { scopes: { "GET /a": "*" } }'),
      'miftah.yaml:6: apis[0].policy.scopes.GET /a: "*" must be a scope such as payments:write (lower case, digits and : . _ / -)',
    ],
    [
      'a bad prefix',
      withApi('secretPrefix: { live: SK }'),
      'miftah.yaml:6: apis[0].secretPrefix: secret prefix SK is part of ordinary words: end it in _ - or ., or use at least 4 characters',
    ],
    [
      'prefixes that begin alike',
      withApi('secretPrefix: { live: sk_, test: sk_test_ }'),
      'miftah.yaml:6: apis[0].secretPrefix: one prefix starts with the other, so a secret would not show its environment: use two different prefixes',
    ],
    [
      'a header for a Bearer profile',
      withApi('header: x-key'),
      'miftah.yaml:6: apis[0].header: profile classic takes keys in Authorization: Bearer KEY; remove header',
    ],
    [
      'a header with another meaning',
      withApi('header: Cookie', 'palcards'),
      'miftah.yaml:6: apis[0].header: cookie already has a meaning: choose another name, such as x-api-key',
    ],
    [
      'a passed header of ours',
      withApi('passHeaders: [x-method-override, x-miftah-org]'),
      'miftah.yaml:6: apis[0].passHeaders[1]: x-miftah-org is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip',
    ],
    [
      'a passed header that frames',
      withApi('passHeaders: [x-method-override, content-length]'),
      'miftah.yaml:6: apis[0].passHeaders[1]: content-length is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip',
    ],
    [
      'a passed header of one connection',
      withApi('passHeaders: [x-method-override, transfer-encoding]'),
      'miftah.yaml:6: apis[0].passHeaders[1]: transfer-encoding is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip',
    ],
    [
      'a passed header of proxies',
      withApi('passHeaders: [x-method-override, x-forwarded-for]'),
      'miftah.yaml:6: apis[0].passHeaders[1]: x-forwarded-for is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip',
    ],
    [
      'a passed header that only we set',
      withApi('passHeaders: [x-method-override, x-real-ip]'),
      'miftah.yaml:6: apis[0].passHeaders[1]: x-real-ip is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip',
    ],
    [
      'a passed header that passes anyway',
      withApi('passHeaders: [x-method-override, x-custom]'),
      'miftah.yaml:6: apis[0].passHeaders[1]: x-custom is a header that Miftah always keeps or always removes: list only headers such as x-http-method-override, x-original-url or true-client-ip',
    ],
    [
      'a passed header that carries the keys',
      withApi('header: x-original-url\npassHeaders: [x-original-url]', 'palcards'),
      'miftah.yaml:7: apis[0].passHeaders[0]: x-original-url carries the keys of this API, so Miftah always removes it: remove it from the list',
    ],
    [
      'pages of no origin',
      withApi('cors: { origins: [] }'),
      'miftah.yaml:6: apis[0].cors.origins: is empty: list at least one origin, or remove cors',
    ],
    [
      'the origin of every sandboxed page',
      withApi('cors: { origins: ["null"] }'),
      'miftah.yaml:6: apis[0].cors.origins[0]: "null" must be an origin such as https://app.example.com or https://*.example.com, without a path',
    ],
    [
      'a public path without a method',
      withApi('publicPaths: [/health]'),
      'miftah.yaml:6: apis[0].publicPaths[0]: "/health" must be a method and a path such as GET /health or GET /docs/**',
    ],
    [
      'a public path with two readings',
      withApi('publicPaths: [GET /docs/../v1]'),
      'miftah.yaml:6: apis[0].publicPaths[0]: "GET /docs/../v1" must be a method and a path such as GET /health or GET /docs/**',
    ],
    [
      'an origin that is no list',
      withApi('cors: { origins: https://app.example.com }'),
      'miftah.yaml:6: apis[0].cors.origins: "https://app.example.com" must be any, referrers, or a list of origins such as [https://app.example.com]',
    ],
    [
      'cookies from every page',
      withApi('cors: { origins: any, credentials: true }'),
      'miftah.yaml:6: apis[0].cors.credentials: needs a list of origins, not any: list the origins, or remove credentials',
    ],
    [
      'a private network for every page',
      withApi('cors: { origins: referrers, privateNetwork: true }'),
      'miftah.yaml:6: apis[0].cors.privateNetwork: needs a list of origins, not referrers: list the origins, or remove privateNetwork',
    ],
    [
      'the referrers of keys that have none',
      withApi('cors: { origins: referrers }', 'palm'),
      'miftah.yaml:6: apis[0].cors.origins: keys of profile palm have no referrers: list the origins, or add referrers: true to policy',
    ],
    [
      'an id twice',
      `${withApi('')}\n${withApi('hosts: [b.test]').slice(6)}`,
      'miftah.yaml:7: apis[1].id: a is used twice: give each API its own id',
    ],
    [
      'a host of two APIs',
      `${withApi('')}\n${withApi('').slice(6).replace('id: a', 'id: b')}`,
      'miftah.yaml:9: apis[1].hosts: a.example.com already belongs to a: a host can serve only one API',
    ],
    [
      'a console on the API',
      withApi('console: [a.example.com]'),
      'miftah.yaml:6: apis[0].console: a.example.com is a host of both the API and its console: use two names',
    ],
  ];
  test.each([
    ['an id twice', 'a, name: A }, { id: a, name: B', '[1].id: a is used twice: give each template its own id'],
    ['a scope that members may not give', 'a, name: A, scopes: [b]', '[0].scopes[0]: members may not give b, and'],
    ['endpoints that are none', 'a, name: A, endpoints: [GET]', '[0].endpoints[0]: "GET" must be an endpoint such'],
    ['a range that is none', 'a, name: A, addresses: [10.0.0.0/40]', '[0].addresses[0]: "10.0.0.0/40" is not a range'],
    ['two limits of one window', 'a, name: A, rateLimits: [1/m, 2/m]', '[0].rateLimits: two limits for the same'],
    [
      'a life that is too long',
      'a, name: A, expiresInDays: 31',
      '[0].expiresInDays: 31 is greater than maxExpiryDays 30',
    ],
    ['a name in one language', 'a, name: { en: A }', '[0].name'],
    ['a name that is too long', `a, name: ${'x'.repeat(61)}`, '[0].name: '],
    ['an unknown field', 'a, name: A, scope: [a]', '[0]: "scope" is not known here: did you mean scopes?'],
  ])('is refused: a template with %s', (_, template, message) => {
    const text = withApi(`policy: { memberScopes: [a], maxExpiryDays: 30, templates: [{ id: ${template} }] }`);
    expect(complaint(text)).toContain(`miftah.yaml:6: apis[0].policy.templates${message}`);
  });

  test('is refused: a template with fields that keys do not have', () => {
    const fields = 'endpoints: [GET /a], referrers: [a.test], addresses: [192.0.2.1], expiresInDays: 1';
    const text = withApi(
      `policy: { addresses: { mode: none }, templates: [{ id: a, name: A, ${fields} }] }`,
      'palcards',
    );
    for (const field of ['endpoints: keys', 'referrers: keys', 'addresses[0]: keys', 'expiresInDays: keys'])
      expect(complaint(text)).toContain(`apis[0].policy.templates[0].${field} of this API`);
  });

  test.each(rows)('is refused: %s', (_, text, message) => {
    expect(complaint(text)).toBe(message);
  });

  test('is refused with every problem at once, each where it was written', () => {
    const environment = { MIFTAH_CACHE__KEYS: 'many' };
    expect(complaint('apis: 3', { environment, flags: { public: ':80' } }).split('\n')).toEqual([
      '--public: public.listen: ":80" must be HOST:PORT, such as 127.0.0.1:4100',
      'MIFTAH_CACHE__KEYS: cache.keys: "many" must be a whole number from 1 to 100000000',
      'miftah.yaml:1: apis: must be a list of APIs',
    ]);
  });

  test('is refused for a variable with a slip in it', () => {
    expect(complaint(withApi(''), { environment: { MIFTAH_PUBLIC__LISTN: 'x' } })).toBe(
      'MIFTAH_PUBLIC__LISTN: is not a setting: did you mean MIFTAH_PUBLIC__LISTEN?',
    );
  });

  test('is refused when its file is absent or a folder', () => {
    expect(() => loadConfig({ file: join(folder, 'absent.yaml'), environment: {} })).toThrow(
      `${folder}/absent.yaml: no such file: set your configuration file with --config FILE`,
    );
    expect(() => loadConfig({ file: folder, environment: {} })).toThrow(
      `${folder}: is a folder: use the YAML file in it`,
    );
  });

  const value = fc.letrec<{ readonly tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('60/m', 'off', 'classic', 'a.test', 'http://a.test', 'sqlite:x', '127.0.0.1:0', '__proto__'),
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(
        fc.oneof(
          fc.constantFrom('id', 'profile', 'hosts', 'live', 'test', 'console', 'upstream', 'policy', 'secretPrefix'),
          fc.constantFrom('rateLimit', 'scopes', 'name', 'min', 'max', 'addresses', 'mode', 'whenEmpty', 'header'),
          fc.constantFrom('public', 'internal', 'listen', 'apis', 'trustedProxies', 'database', 'cache', 'keys'),
          fc.string(),
        ),
        tie('tree'),
        { maxKeys: 4 },
      ),
    ),
  })).tree;

  test('is refused with a ConfigError and nothing else, whatever the values are', () => {
    fc.assert(
      fc.property(
        value,
        value,
        fc.dictionary(fc.constantFrom('hosts', 'upstream', 'policy', 'id'), value),
        (a, b, more) => {
          const text = stringify({ public: a, database: b, apis: [{ profile: 'palcards', ...more }, a] });
          try {
            load(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
            expect((error as ConfigError).problems.length).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is shown without a password that stands in the wrong place, in any setting', () => {
    const passwords = ['hunter2', 'a@hunter2', 'a/hunter2@b', 'a b@hunter2', 'a#hunter2?', 'a:hunter2@'];
    const settings: readonly ((url: string) => string)[] = [
      (url) => `database: ${JSON.stringify(`mysql://${url}`)}\n${withApi('')}`,
      (url) => `database: ${JSON.stringify(`host=db password='${url}'`)}\n${withApi('')}`,
      (url) => `coordination: ${JSON.stringify(`rediss://${url}`)}\nnodes: 2\n${withApi('')}`,
      (url) => `public: { url: ${JSON.stringify(`https://${url}`)} }\n${withApi('')}`,
      (url) => `public: { listen: ${JSON.stringify(url)}, trustedProxies: [${JSON.stringify(url)}] }\n${withApi('')}`,
      (url) => `mail: { smtp: { host: ${JSON.stringify(`smtp://${url}`)} } }\n${withApi('')}`,
      (url) => `${JSON.stringify(`postgres://${url}`)}: x\n${withApi('')}`,
      (url) => withApi(`upstream: ${JSON.stringify(`http://${url}`)}`),
      (url) => withApi(`hosts: [${JSON.stringify(`https://${url}`)}]`),
    ];
    for (const password of passwords) {
      for (const setting of settings) {
        expect(complaint(setting(`me:${password}@db:x/y`)), password).not.toContain('hunter2');
      }
    }
  });

  test('does not repeat it in a warning of the parser', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
    try {
      expect(() => load('? { password: hunter2 }\n: x\n? [a]\n: !secret hunter2')).toThrow(ConfigError);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
    }
  });

  test('is refused with a ConfigError and nothing else, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(() => load(text)).toThrow(ConfigError);
      }),
      { numRuns: 300 },
    );
  });
});
