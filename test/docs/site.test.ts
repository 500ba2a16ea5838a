// The documentation site has every page, and its links lead somewhere. `npm run test:docs` builds it too, and looks at it
// in a browser.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from '../../site/check.ts';
import { arabicSidebar, englishSidebar, type Item } from '../../site/navigation.ts';
import { anchorOf, readSite } from '../../site/pages.ts';
import { launchBrowser } from '../browser/browser.ts';
import { root } from './blocks.ts';

const { pages, files } = readSite(root);

const linksOf = (items: readonly Item[]): string[] =>
  items.flatMap(({ link, items: inner = [] }) => [...(link === undefined ? [] : [link]), ...linksOf(inner)]);

test('the navigation has every page, once', () => {
  const links = [...linksOf(englishSidebar(pages)), ...linksOf(arabicSidebar(pages))];
  const shown = [...pages.keys()].filter((path) => !path.startsWith('source/'));
  expect(shown.length).toBeGreaterThan(100);
  const wanted = shown.map((path) => `/${path.replace(/(?:index)?\.md$/, '')}`);
  expect(links.toSorted()).toEqual(wanted.toSorted());
});

test('a link of a page leads to a page or a file of the site, and to a heading of it', () => {
  const dead = [...pages.values()].flatMap(({ path, text }) => {
    const prose = text.replaceAll(/^( *)(`{3,})[\s\S]*?^\1\2$|`[^`\n]+`/gm, '');
    return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      const [target = '', anchor] = link.split('#');
      const place = target === '' ? path : join(dirname(path), target);
      const page = pages.get(place);
      if (page === undefined) return files.has(place) ? [] : [`${path}: ${link}`];
      const anchors = Array.from(page.text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
        anchorOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')),
      );
      return anchor === undefined || anchors.includes(anchor) ? [] : [`${path}: ${link}`];
    });
  });
  expect(dead).toEqual([]);
});

test('the reference has every route and every schema of the OpenAPI document', () => {
  const document = JSON.parse(readFileSync(join(root, 'docs/reference/openapi.json'), 'utf8')) as {
    paths: Record<string, object>;
    components: { schemas: object };
  };
  const text = [...pages.values()].map((page) => (page.path.startsWith('reference/http/') ? page.text : '')).join('');
  for (const [path, operations] of Object.entries(document.paths))
    for (const method of Object.keys(operations)) expect(text).toContain(`\`${method.toUpperCase()} ${path}\``);
  for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`## ${name}\n`);
});

test('a page that loads from another host, or links to nothing, is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-site-'));
  try {
    mkdirSync(join(folder, 'a'));
    const html = `<script src="https://cdn.example/x.js"></script><h2 id="here">x</h2>
      <a href="/a/b.html#here">x</a><a href="./b.html">x</a><a href="https://other.example/">x</a><a href="../gone.html">x</a>
      <a href="#there">x</a>`;
    writeFileSync(join(folder, 'a', 'b.html'), html);
    writeFileSync(join(folder, 'a', 'c.css'), '@import "//fonts.example/f.css"; a { background: url(/a/x.png) }');
    expect(faultsOf(folder).toSorted()).toEqual([
      'a/b.html links to #there, which is not there',
      'a/b.html links to ../gone.html, which is not there',
      'a/b.html loads https://cdn.example/x.js: serve the file from the site itself',
      'a/c.css loads //fonts.example/f.css: serve the file from the site itself',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

// VitePress takes half a minute.
if (process.env.MIFTAH_DOCS === 'all')
  describe('the built site', () => {
    let browser: Browser;
    let close: () => Promise<void>;
    let origin: string;
    const server = createServer((req, res) => {
      const path = decodeURIComponent((req.url as string).split('?')[0] as string);
      const file = join(root, 'site/dist', path.endsWith('/') ? `${path}index.html` : path);
      try {
        res.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'text/plain' }).end(readFileSync(file));
      } catch {
        res.writeHead(404).end();
      }
    });

    beforeAll(async () => {
      execFileSync(process.execPath, ['scripts/site.mjs', 'build'], { cwd: root, stdio: 'pipe' });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      ({ browser, close } = await launchBrowser());
    });
    afterAll(async () => {
      await close();
      server.close();
    });

    test.each([
      ['/', 'serve-cached', 'ltr'],
      ['/ar/', 'تدوير', 'rtl'],
      // Without the vowel signs that the page has.
      ['/ar/', 'المحيلة', 'rtl'],
    ])('the search of %s finds "%s", and asks no other host', async (path, words, direction) => {
      const page = await browser.newPage();
      const foreign: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(origin)) foreign.push(request.url());
      });
      await page.goto(origin + path);
      expect(await page.getAttribute('html', 'dir')).toBe(direction);
      await page.keyboard.press('Control+k');
      await page.locator('.VPLocalSearchBox input').fill(words);
      const results = page.locator('.VPLocalSearchBox .result');
      await results.first().waitFor();
      expect(await results.count()).toBeGreaterThan(0);
      await results.first().click();
      await page.locator('.vp-doc h1').waitFor();
      expect(foreign).toEqual([]);
      await page.close();
    });
  });
