// The console's pages on the public listener: the page with its policy and language, files that are cached for ever,
// nothing else.
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error: scripts run on Node.js without types
import { ensureConsole } from '../../scripts/console.mjs';
import { consoleFolder, createConsolePages } from '../../src/http/console/static.ts';
import { hostileSvg, png, svg } from '../brand-pictures.ts';
import { consoleApis } from '../browser/browser.ts';
import { startTestServer, type TestServer } from '../fixture.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

let server: TestServer;

const acme = 'cp.acme.localhost';
const folder = await mkdtemp(join(tmpdir(), 'miftah-brand-'));

beforeAll(async () => {
  await ensureConsole(process.execPath, { quiet: true });
  await writeFile(join(folder, 'logo.svg'), hostileSvg);
  await writeFile(join(folder, 'icon.png'), png);
  const [logo, favicon] = [join(folder, 'logo.svg'), join(folder, 'icon.png')];
  server = await startTestServer({
    apis: consoleApis.replace('palcards.localhost]\n', `palcards.localhost, ${acme}]\n`),
    extra: `consoles: { ${acme}: { product: { en: Acme & <Sons>, ar: أكمي }, logo: ${logo}, favicon: ${favicon}, colour: "#0a7d5c" } }`,
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  port = server.publicPort,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { host: 'localhost', ...headers }, agent: false };
    request(options, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      resolve({ status: res.statusCode as number, headers: res.headers, bytes, text: bytes.toString() });
    })
      .on('error', reject)
      .end();
  });
}

function asset(extension: string): string {
  const name = readdirSync(join(consoleFolder, 'assets')).find((each) => each.endsWith(extension));
  return `/assets/${name}`;
}

test.each(['/', '/sign-in', '/orgs/org_1/keys?env=test', '/index.html', '/assets'])(
  '%s returns the page',
  async (path) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(text).toContain('<div id="root"></div>');
  },
);

test('the policy allows this origin and, by a nonce of each reply, the page’s own inline parts', async () => {
  const [first, second] = [await get('/'), await get('/')];
  const nonceOf = ({ headers }: Answer) =>
    /'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
  const nonce = nonceOf(first);
  expect(Buffer.from(nonce, 'base64').length).toBe(16);
  expect(nonceOf(second)).not.toBe(nonce);
  expect(first.headers['content-security-policy']).toBe(
    [
      "default-src 'none'",
      `script-src 'self' 'nonce-${nonce}'`,
      `style-src 'self' 'nonce-${nonce}'`,
      "connect-src 'self'",
      "font-src 'self'",
      "img-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
  );
  expect(first.text).not.toContain('__NONCE__');
  for (const [script] of first.text.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g))
    expect(script).toContain(`nonce="${nonce}"`);
  expect(first.text.match(/https?:\/\//g)).toBeNull();
});

test('the page is in the reader’s language from its first byte', async () => {
  const rootOf = async (headers: Record<string, string>) => /<html[^>]*>/.exec((await get('/', headers)).text)?.[0];
  expect(await rootOf({})).toBe('<html lang="en" dir="ltr">');
  expect(await rootOf({ 'accept-language': 'ar-PS,ar;q=0.9' })).toBe('<html lang="ar" dir="rtl">');
  expect(await rootOf({ 'accept-language': 'ar', cookie: 'miftah-language=en' })).toBe('<html lang="en" dir="ltr">');
  // PalCards speaks Arabic first.
  expect(await rootOf({ host: 'cp.palcards.localhost' })).toBe('<html lang="ar" dir="rtl">');
});

test('a file is cached for ever and compressed as requested', async () => {
  const path = asset('.css');
  const plain = await get(path);
  expect(plain.status).toBe(200);
  expect(plain.headers).toMatchObject({
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
  });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const brotli = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
  expect(brotli.headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(brotli.bytes).equals(plain.bytes)).toBe(true);
  const gzip = await get(path, { 'accept-encoding': 'gzip, br;q=0' });
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true);
  const head = await get(path, {}, 'HEAD');
  expect(head.bytes.length).toBe(0);
  expect(head.headers['content-length']).toBe(String(plain.bytes.length));
});

test.each([
  '/assets/none.js',
  '/assets/../index.html',
  '/assets/%2e%2e/.sources',
  '/assets/..%2f.vite%2fmanifest.json',
])('%s is not a file', async (path) => {
  const { status, headers } = await get(path);
  expect(status).toBe(404);
  expect(headers['cache-control']).toBe('no-store');
});

test('other files of the build are not served', async () => {
  for (const path of ['/.sources', '/.vite/manifest.json']) expect((await get(path)).text).toContain('<div id="root">');
});

test('the API answers as before under /api, and to other methods everywhere', async () => {
  for (const path of ['/api', '/api/nothing']) {
    const { status, headers } = await get(path);
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json');
  }
  expect((await get('/', { origin: `http://localhost:${server.publicPort}` }, 'POST')).status).not.toBe(200);
});

describe('a branded console', () => {
  const readConfig = async (host: string) => JSON.parse((await get('/api/config', { host })).text);
  const headOf = async (headers: Record<string, string>) => {
    const { text } = await get('/sign-in', headers);
    return [/<html[^>]*>/, /<title>[^<]*<\/title>/, /<link rel="icon"[^>]*>/].map((part) => part.exec(text)?.[0]);
  };

  test('has its name, icon and shades in the page from the first byte, in each language', async () => {
    const [root, title, icon] = await headOf({ host: acme, 'accept-language': 'en' });
    expect(root).toMatch(/^<html data-accent="#[0-9a-f]{6}( #[0-9a-f]{6}){9}" lang="en" dir="ltr">$/);
    expect(root?.split(' ')[8]).toBe('#0a7d5c');
    expect(title).toBe('<title>Acme &amp; &lt;Sons&gt;</title>');
    expect(icon).toMatch(/^<link rel="icon" type="image\/png" href="\/assets\/brand-[0-9a-f]{32}\.png" \/>$/);
    expect((await headOf({ host: acme, 'accept-language': 'ar' }))[1]).toBe('<title>أكمي</title>');
    expect((await get('/', { host: acme })).text).not.toMatch(/#11665f|#7ccabd/);
  });

  test('does not change other consoles', async () => {
    const [root, title, icon] = await headOf({ host: 'localhost' });
    expect([root, title]).toEqual(['<html lang="en" dir="ltr">', '<title>Miftah</title>']);
    expect(icon).toMatch(/favicon-[\w-]+\.svg/);
    expect((await headOf({ host: 'cp.palcards.localhost' }))[1]).toBe('<title>PalCards</title>');
    expect(await readConfig('localhost')).toMatchObject({ product: { en: 'Miftah' }, logo: null });
    expect(await readConfig('cp.palcards.localhost')).toMatchObject({ product: { en: 'PalCards' }, logo: null });
  });

  test('serves its pictures by their content, for good, without scripts, on its host alone', async () => {
    const { product, logo } = await readConfig(acme);
    expect(product).toEqual({ en: 'Acme & <Sons>', ar: 'أكمي' });
    expect(logo).toEqual({ light: expect.stringMatching(/^\/assets\/brand-\w{32}\.svg$/), dark: logo.light });
    const { status, headers, text } = await get(logo.light, { host: acme });
    expect(status).toBe(200);
    expect(text).toBe(hostileSvg);
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'content-length': String(Buffer.byteLength(hostileSvg)),
    });
    const head = await get(logo.light, { host: acme }, 'HEAD');
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    const [, , icon = ''] = await headOf({ host: acme });
    const favicon = await get(/href="([^"]+)"/.exec(icon)?.[1] ?? '', { host: acme });
    expect(favicon.headers['content-type']).toBe('image/png');
    expect(favicon.bytes.equals(png)).toBe(true);
    for (const host of ['localhost', 'cp.palcards.localhost'])
      expect((await get(logo.light, { host })).status).toBe(404);
    expect((await get(logo.light, { host: 'api.palcards.localhost' })).status).toBe(401);
    expect((await get(logo.light, { host: 'example.com' })).status).toBe(421);
  });

  test('changes at a reload, and stays unchanged if a picture is missing', async () => {
    await using other = await startTestServer({ apis: consoleApis });
    const { port } = new URL(`http://${other.server.publicAddress}`);
    const config = async () => JSON.parse((await get('/api/config', {}, 'GET', Number(port))).text);
    const file = join(other.folder, 'miftah.yaml');
    const written = await readFile(file, 'utf8');
    const reload = async (logo: string) => {
      await writeFile(file, `consoles: { localhost: { product: Acme, logo: ${logo} } }\n${written}`);
      return (await other.server.reload()).changed;
    };
    expect((await config()).logo).toBeNull();
    await writeFile(join(other.folder, 'logo.svg'), svg);
    expect(await reload('logo.svg')).toEqual(['consoles.localhost']);
    const { product, logo } = await config();
    expect(product.en).toBe('Acme');
    expect((await get(logo.light, {}, 'GET', Number(port))).text).toBe(svg);
    await expect(reload('none.svg')).rejects.toThrow(/consoles\.localhost\.logo: \S+none\.svg cannot be read/);
    expect((await config()).logo).toEqual(logo);
    // The same configuration, with another picture in the same file.
    await writeFile(join(other.folder, 'logo.svg'), hostileSvg);
    expect(await reload('logo.svg')).toEqual(['consoles.localhost.logo']);
    expect((await get((await config()).logo.light, {}, 'GET', Number(port))).text).toBe(hostileSvg);
  });
});

test('a host without a console gets no page', async () => {
  expect((await get('/', { host: 'api.palcards.localhost' })).status).toBe(401);
  expect((await get('/', { host: 'example.com' })).text).not.toContain('root');
});

test('a console that is not built says how to build it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-pages-'));
  const answer = createConsolePages({
    folder,
    languageOn: () => 'en',
    productOn: () => 'Miftah',
    brands: new Map(),
  });
  const pages = createServer((req, res) => answer(req, res, 'localhost')).listen(0, '127.0.0.1');
  await new Promise((resolve) => pages.once('listening', resolve));
  try {
    const { status, text } = await get('/', {}, 'GET', (pages.address() as AddressInfo).port);
    expect(status).toBe(404);
    expect(text).toBe('The console is not built. Run npm run build.\n');
  } finally {
    pages.close();
    await rm(folder, { recursive: true });
  }
});
