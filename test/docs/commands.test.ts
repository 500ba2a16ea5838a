// The commands of the pages run against a server, in the order of the page. `npm test` runs the quick ones,
// `npm run test:docs` all.
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { readBlocks, root } from './blocks.ts';
import { ownPages } from './run-pages.ts';
import { PageShell } from './shell.ts';

const apis = `${fiveApis}
  - id: shop
    hosts: [api.shop.localhost]
    upstream: UPSTREAM
    publicPaths: [GET /health]
    cors: { origins: [https://app.example.com] }
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 36, maxLength: 36 }
`;

const blocks = readBlocks().filter(({ language }) => language === 'sh');
const quick = ['docs/reference/api.md', 'docs/reference/assertion.md'];
const pages = process.env.MIFTAH_DOCS === 'all' ? Object.keys(ownPages) : quick;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ apis });
});
afterAll(() => server[Symbol.asyncDispose]());

test.each(pages)('the commands of %s succeed', async (page) => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-page-'));
  try {
    symlinkSync(join(server.folder, 'data'), join(folder, 'miftah-data'));
    symlinkSync(join(server.folder, 'miftah.yaml'), join(folder, 'miftah.yaml'));
    const { replacements = {}, env = {}, files = {}, elsewhere = {} } = (await ownPages[page]?.(server, folder)) ?? {};
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    await using shell = new PageShell(folder, { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, ...env });
    const own = blocks.filter((block) => block.page === page);
    expect(own.length).toBeGreaterThan(0);
    const ports = { ':4100': `:${server.publicPort}`, ':4101': `:${server.internalPort}` };
    for (const by of Object.values(elsewhere)) expect(existsSync(join(root, by)), by).toBe(true);
    for (const { text, line } of own) {
      if (Object.keys(elsewhere).some((words) => text.includes(words))) continue;
      const command = [...Object.entries(replacements), ...Object.entries(ports)].reduce(
        (all, [from, to]) => all.replaceAll(from, to),
        text,
      );
      const { code, printed } = await shell.run(command);
      expect(code, `${page}:${line}\n${command}\n${printed}`).toBe(0);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
