// GET /api/config: each host's own document, in the vendor's words, for anyone.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConsoleApi } from '../../console/src/api/config.ts';
import { snippetKinds, writeSnippet } from '../../console/src/entities/keys/reveal/snippets.ts';
import { profiles } from '../../src/config/bundled-profiles.ts';
import { configOfOwn, ownApis } from '../carriers/carrier-contract.ts';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { ConsoleClient, makeOwner } from '../people/console-client.ts';
import { requestText, sendRaw } from '../raw-http.ts';

let server: TestServer;

beforeAll(async () => {
  const apis = fiveApis.replace('    upstream', '    console: [cp.palcards.localhost]\n    upstream');
  server = await startTestServer({ apis });
});
afterAll(() => server[Symbol.asyncDispose]());

async function readConfig(host: string) {
  const { status, headers, body } = await new ConsoleClient(server, host).get('/api/config');
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  return body;
}

describe('GET /api/config', () => {
  test('names the product of each API, also where two have one profile', async () => {
    const rest = 'upstream: UPSTREAM';
    await using other = await startTestServer({
      apis: `
  - { id: orders, hosts: [orders.localhost], console: [cp.orders.localhost], ${rest} }
  - { id: stock, product: { en: Stock, ar: المخزون }, hosts: [stock.localhost], console: [cp.stock.localhost], ${rest} }
`,
    });
    const read = async (host: string) => (await new ConsoleClient(other, host).get('/api/config')).body;
    expect((await read('cp.orders.localhost')).product).toEqual({ en: 'orders', ar: 'orders' });
    expect((await read('cp.stock.localhost')).product).toEqual({ en: 'Stock', ar: 'المخزون' });
    const { apis } = await read('localhost');
    expect(apis.map(({ name }: { name: { en: string } }) => name.en)).toEqual(['orders', 'Stock']);
  });

  test('says whether requests of test keys are billed', async () => {
    const billing = '    policy: { billing: { test: true } }\n';
    await using other = await startTestServer({
      apis: fiveApis.replace('  - id: classic', `${billing}  - id: classic`),
    });
    const { body } = await new ConsoleClient(other, 'localhost').get('/api/config');
    const billed = body.apis.map(({ id, billsTest }: { id: string; billsTest: boolean }) => [id, billsTest]);
    const none = { palcards: false, palpluss: false, classic: false, palm: false };
    expect(Object.fromEntries(billed)).toEqual({ ...none, panel: true });
  });

  test('on one API’s console shows only that API, in its vendor’s name, language and words', async () => {
    const { product, locale, apis } = await readConfig('cp.palcards.localhost');
    expect(product.en).toBe('PalCards');
    expect(locale).toEqual({ default: 'ar', languages: ['en', 'ar'] });
    expect(apis).toHaveLength(1);
    expect(apis[0]).toMatchObject({
      id: 'palcards',
      environments: ['live', 'test'],
      baseUrls: {
        live: `http://api.palcards.localhost:${server.publicPort}`,
        test: `http://api-sandbox.palcards.localhost:${server.publicPort}`,
      },
      scheme: { kind: 'header', header: 'x-api-key', format: '{key}', curl: '-H "x-api-key: {key}"' },
      keyFormat: {
        prefixes: { live: 'sk_prod_', test: 'sk_sandbox_' },
        length: 80,
        alphabet: 'base62',
        mask: { start: 4, mark: '…', end: 4 },
      },
      fields: {
        name: { min: 3, max: 200, required: true },
        addresses: { offered: true, mode: 'exact4', required: false, emptyMeans: 'deny', max: 500, separator: 'comma' },
        expiry: { offered: false },
        referrers: { offered: false },
      },
      actions: { rotate: false, disable: false, revokeWord: 'delete' },
      orgKind: 'dealer',
      sample: { method: 'GET', path: '/user/profile' },
    });
    // The vendor's Arabic labels, word for word.
    expect(apis[0].words.ar).toMatchObject({
      navLabel: 'مفاتيح API',
      createKey: 'إنشاء مفتاح جديد',
      nameLabel: 'اسم المفتاح',
      addressesLabel: 'قائمة IP المسموحة',
      addressesEmpty: 'جميع الطلبات محظورة',
      create: 'إنشاء',
      secretOnce: 'لن تتمكن من رؤيته مرة أخرى',
    });
  });

  test('on localhost shows all APIs, each with the values for a curl call', async () => {
    const { product, locale, apis, mail, passkeys } = await readConfig('localhost');
    expect(product).toEqual({ en: 'Miftah', ar: 'مفتاح' });
    expect({ default: locale.default, mail, passkeys }).toEqual({ default: 'en', mail: false, passkeys: true });
    expect(apis.map((api: { id: string; scheme: { curl: string } }) => [api.id, api.scheme.curl])).toEqual([
      ['palcards', '-H "x-api-key: {key}"'],
      ['palpluss', '-u "{key}:"'],
      ['panel', '-H "Authorization: Bearer {key}"'],
      ['classic', '-H "Authorization: Bearer {key}"'],
      ['palm', '-H "Authorization: Bearer {key}"'],
    ]);
    expect(apis[2].fields.addresses).toMatchObject({ mode: 'exact46', emptyMeans: 'allow' });
    expect(apis[3].fields).toMatchObject({ referrers: { offered: true }, endpoints: { offered: true } });
    expect(apis[4].fields).toMatchObject({
      addresses: { offered: false, mode: null },
      scopes: { offered: true, known: ['verifications:write'] },
      rate: { default: ['600/m'], windows: 'fixed' },
    });
  });

  test('asks for set-up until there is a person', async () => {
    expect((await readConfig('localhost')).needsSetUp).toBe(true);
    await makeOwner(server);
    expect((await readConfig('localhost')).needsSetUp).toBe(false);
  });
});

test.each(Object.values(profiles))('the words of $id are the same in both languages', ({ console: shown }) => {
  expect(Object.keys(shown.words.ar).sort()).toEqual(Object.keys(shown.words.en).sort());
  for (const [name, text] of Object.entries(shown.words.ar)) expect(text, name).toMatch(/[\u0600-\u06ff]/);
});

test('an API names the places of its keys, and the calls that the console writes work', async () => {
  await using other = await startTestServer({ apis: `\n${configOfOwn}` });
  const org = await other.createOrg();
  const { body } = await new ConsoleClient(other, 'localhost').get('/api/config');
  const apis = body.apis as readonly ConsoleApi[];
  expect(apis.map(({ id }) => id)).toEqual(ownApis);
  /** Sends what a call of `fetch` says, to the host in its URL. */
  const fetchOf = (address: string, { headers = {} }: { readonly headers?: Record<string, string> } = {}) => {
    const { host, pathname, search, port } = new URL(address);
    const text = requestText(`GET ${pathname}${search} HTTP/1.1`, [['Host', host], ...Object.entries(headers)]);
    return sendRaw({ port: Number(port), text }).then(({ status, body: read }) => ({ status, text: async () => read }));
  };
  for (const api of apis) {
    const { secret } = await other.createKey({ api: api.id, org });
    const write = (kind: (typeof snippetKinds)[number]) => writeSnippet(kind, api, 'live', secret);
    const { stdout } = await promisify(execFile)('bash', ['-c', `${write('curl')} -s -o /dev/null -w '%{http_code}'`]);
    expect(stdout, write('curl')).toBe('200');
    for (const kind of snippetKinds) expect(write(kind)).toContain(secret);
    if (api.scheme.kind === 'subprotocol') {
      expect(write('javascript')).toContain(`ws://sockets.localhost:${other.publicPort}`);
      expect(write('javascript')).toContain(`['your-protocol', 'acme-key.${secret}']`);
      continue;
    }
    const run = new Function('fetch', 'console', `return (async () => { ${write('javascript')} })()`);
    const lines: unknown[] = [];
    await run(fetchOf, { log: (status: number) => lines.push(status) });
    expect(lines, write('javascript')).toEqual([200]);
  }
  const places = body.apis.map(({ id, scheme }: ConsoleApi) => [id, scheme.places]);
  expect(Object.fromEntries(places)).toEqual({
    tokens: ['Authorization: Token token="KEY"'],
    'own-header': ['x-auth: Token KEY'],
    passwords: ['Authorization: Basic base64(USER:KEY)'],
    sockets: ['Sec-WebSocket-Protocol: acme-key.KEY'],
    queries: ['?api_key=KEY'],
    several: ['Authorization: Bearer KEY', 'x-api-key: KEY', 'Sec-WebSocket-Protocol: acme-key.KEY', '?api_key=KEY'],
  });
  const { body: listed } = await other.admin('GET', '/v1/apis');
  const credentials = (listed.data as { id: string; credential: { kind: string } }[]).map(
    ({ credential }) => credential,
  );
  expect(credentials[0]).toEqual({ kind: 'scheme', header: 'authorization', scheme: 'Token', parameter: 'token' });
  expect(credentials.map(({ kind }) => kind)).toEqual(['scheme', 'scheme', 'basic', 'subprotocol', 'query', 'anyOf']);
});
