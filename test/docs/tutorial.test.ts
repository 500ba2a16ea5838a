// docs/tutorial/ten-minutes.md from its first command to its last, with each printed line.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
// @ts-expect-error: scripts run on Node.js without types
import { ensureConsole } from '../../scripts/console.mjs';
import { freePort } from '../free-port.ts';
import { blocksIn, root } from './blocks.ts';
import { comparable, PageShell } from './shell.ts';

const page = 'docs/tutorial/ten-minutes.md';

/** Programs that keep a terminal, and what each prints when it is ready. */
const programs: readonly (readonly [command: string, ready: RegExp])[] = [
  ['node api.mjs', /listens/],
  ['npx miftah serve', /mail\.smtp/],
];

test('the tutorial does what it says', async () => {
  await ensureConsole(process.execPath, { quiet: true });
  const folder = mkdtempSync(join(tmpdir(), 'miftah-tutorial-'));
  const ports = { 8080: await freePort(), 4100: await freePort(), 4101: await freePort() };
  const here = (text: string) =>
    Object.entries(ports).reduce((all, [port, free]) => all.replaceAll(port, String(free)), text);
  const there = (text: string) =>
    Object.entries(ports).reduce((all, [port, free]) => all.replaceAll(String(free), port), text);
  const env = {
    MIFTAH_PUBLIC__LISTEN: `127.0.0.1:${ports[4100]}`,
    MIFTAH_INTERNAL__LISTEN: `127.0.0.1:${ports[4101]}`,
    MIFTAH_URL: `http://127.0.0.1:${ports[4101]}`,
  };
  try {
    await using shell = new PageShell(folder, env);
    const blocks = blocksIn(page, readFileSync(join(root, page), 'utf8'));
    let printed = '';
    let secret = '';
    for (const { language, text, line } of blocks) {
      const where = `${page}:${line}`;
      if (language === 'js') writeFileSync(join(folder, 'api.mjs'), here(text));
      else if (language === 'yaml') writeFileSync(join(folder, 'miftah.yaml'), here(text));
      else if (language === 'text') expect(comparable(there(printed)), where).toBe(comparable(text));
      // scripts/check-package.mjs installs the package.
      else if (!text.startsWith('npm install')) {
        const [, ready] = programs.find(([command]) => text.startsWith(command)) ?? [];
        if (ready !== undefined) {
          printed = await shell.start(here(text), ready);
          continue;
        }
        const outcome = await shell.run(here(text).replace('ak_live_…', secret));
        printed = outcome.printed;
        expect(outcome.code, `${where}\n${printed}`).toBe(0);
        secret = /ak_live_\w{20,}/.exec(printed)?.[0] ?? secret;
      }
    }
    const { MIFTAH_URL } = env;
    const setUp = await fetch(`http://localhost:${ports[4100]}/setup`);
    expect([setUp.status, await setUp.text()]).toEqual([200, expect.stringContaining('<html')]);
    expect((await fetch(`${MIFTAH_URL}/healthz`)).status).toBe(200);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
