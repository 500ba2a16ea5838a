// A data folder that is opened a second time: in the same process, as reloads do, and by another process.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { libraryOperator, type Miftah, openMiftah } from '../../src/index.ts';

const root = join(import.meta.dirname, '../..');
const log = pino({ level: 'silent' });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-again-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const configOf = (policy: object = {}) => ({ dataDir: join(folder, 'data'), apis: [{ id: 'acme', policy }] });

/** Writes a program that opens the folder, prints `open` and goes on. `options` and `end` are JavaScript. */
function writeProgram(
  name: string,
  { options = '{}', end = "console.log('open', process.pid);\nsetInterval(() => {}, 1_000);" } = {},
): string {
  const file = join(folder, name);
  const lines = [
    `import { openMiftah } from ${JSON.stringify(join(root, 'src/index.ts'))};`,
    `const config = { dataDir: ${JSON.stringify(join(folder, 'data'))}, apis: [{ id: 'acme' }] };`,
    `export const miftah = await openMiftah({ config }, ${options});`,
    end,
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** Collects what a process prints. */
function outputOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await ended;
}

describe('in one process', () => {
  test('a second engine is refused in one line, without `shared`', async () => {
    const miftah = await openMiftah({ config: configOf() }, { log });
    await expect(openMiftah({ config: configOf() }, { log })).rejects.toMatchObject({
      code: 'storage_in_use',
      message: `this process has the data folder ${join(folder, 'data')} open already: close it first, or open it with { shared: true } where a reload evaluates the module again`,
    });
    // One that wants to share does not take over one that does not.
    await expect(openMiftah({ config: configOf() }, { log, shared: true })).rejects.toMatchObject({
      code: 'storage_in_use',
    });
    await miftah.checkReady();
    await miftah.close();
    await (await openMiftah({ config: configOf() }, { log, shared: true })).close();
  });

  test('`shared` opens one engine, which the last user closes', async () => {
    const open = () => openMiftah({ config: configOf() }, { log, shared: true });
    const [first, second] = await Promise.all([open(), open()]);
    expect(first.storage).toBe(second.storage);
    await first.close();
    await first.close();
    await second.checkReady();
    await second.close();
    await expect(second.checkReady()).rejects.toMatchObject({ code: 'storage_closed' });
    const third = await open();
    expect(third.storage).not.toBe(second.storage);
    await third.close();
  });

  test('a module that closes and opens again at once waits for the close', async () => {
    let former = await openMiftah({ config: configOf() }, { log, shared: true });
    for (let reload = 0; reload < 5; reload++) {
      const closing = former.close();
      former = await openMiftah({ config: configOf() }, { log, shared: true });
      await closing;
      await former.checkReady();
    }
    await former.close();
  });

  test('the last configuration counts, for new keys and old ones', async () => {
    // One window of limits for the whole test.
    const clock = { nowMs: () => Date.UTC(2030, 0, 1) };
    const first = await openMiftah({ config: configOf() }, { log, shared: true, clock });
    const { id: orgId } = await first.organizations.createOrganization(libraryOperator, { name: 'Acme' });
    const { secret } = await first.keys.createKey(libraryOperator, { apiId: 'acme', orgId, name: 'server' });
    expect(await ask(first, secret)).toBe('allowed');
    const second = await openMiftah({ config: configOf({ scopes: { 'GET /': 'x:read' } }) }, { log, shared: true });
    expect(await ask(second, secret)).toBe('scope_missing');
    await second.close();
    const third = await openMiftah({ config: configOf({ rateLimit: '2/m' }) }, { log, shared: true });
    expect([await ask(third, secret), await ask(third, secret)]).toEqual(['allowed', 'rate_limited']);
    await third.close();
    await first.close();
  });

  test('a wrong configuration is refused, and the others go on', async () => {
    const first = await openMiftah({ config: configOf() }, { log, shared: true });
    await expect(
      openMiftah({ config: { ...configOf(), apis: [{ id: 'A' }] } }, { log, shared: true }),
    ).rejects.toMatchObject({ code: 'config_invalid' });
    await first.checkReady();
    await first.close();
  });

  test('two folders are two engines', async () => {
    const first = await openMiftah({ config: configOf() }, { log, shared: true });
    const config = { ...configOf(), dataDir: join(folder, 'other') };
    const other = await openMiftah({ config }, { log, shared: true });
    expect(other.storage).not.toBe(first.storage);
    await Promise.all([first.close(), other.close()]);
  });

  test('a reload of Vite evaluates the module again, and the library with it', async () => {
    const file = writeProgram('lib.mjs', { options: '{ shared: true }', end: '' });
    // Vitest brings Vite.
    const { createServer } = await import(join(root, 'node_modules/vite/dist/node/index.js'));
    const vite = await createServer({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      appType: 'custom',
      server: { middlewareMode: true, watch: null, ws: false, fs: { strict: false } },
      optimizeDeps: { noDiscovery: true },
    });
    try {
      const first = ((await vite.ssrLoadModule('/lib.mjs')) as { miftah: Miftah }).miftah;
      const { id: orgId } = await first.organizations.createOrganization(libraryOperator, { name: 'Acme' });
      const { secret } = await first.keys.createKey(libraryOperator, { apiId: 'acme', orgId, name: 'server' });
      const text = readFileSync(file, 'utf8');
      for (const scope of ['a:read', 'b:read']) {
        writeFileSync(file, text.replace("id: 'acme'", `id: 'acme', policy: { scopes: { 'GET /': '${scope}' } }`));
        vite.moduleGraph.invalidateAll();
        const again = ((await vite.ssrLoadModule('/lib.mjs')) as { miftah: Miftah }).miftah;
        expect(again).not.toBe(first);
        expect(again.storage).toBe(first.storage);
        expect(await ask(again, secret)).toBe('scope_missing');
        await again.close();
      }
      await first.close();
    } finally {
      await vite.close();
    }
  });
});

describe('in several processes', () => {
  test('the second one says what to do in one line, with no frame of Miftah', async () => {
    const program = writeProgram('app.mjs');
    const first = spawn(process.execPath, [program]);
    const printed = outputOf(first);
    await expect.poll(printed).toContain('open');
    const second = await promisify(execFile)(process.execPath, [program]).catch((error: unknown) => error);
    const { code, stderr } = second as { code: number; stderr: string };
    expect(code).toBe(1);
    expect(stderr.split('\n').filter((line) => line.includes('another Miftah uses'))).toEqual([
      `StorageError: another Miftah uses the data folder ${join(folder, 'data')}: stop it first, or give this one its own data folder; several processes ask one miftah serve, or share PostgreSQL`,
    ]);
    expect(stderr).not.toContain('/src/');
    expect(stderr).not.toContain('cause');
    expect(stderr.trim().split('\n').length).toBeLessThan(14);
    await stop(first);
    expect(printed()).toMatch(/^open \d+\n$/);
  });

  test('one worker of a cluster opens it, and the others say the same', async () => {
    writeProgram('app.mjs');
    const primary = join(folder, 'cluster.mjs');
    const lines = [
      "import cluster from 'node:cluster';",
      "if (!cluster.isPrimary) await import('./app.mjs');",
      'else {',
      '  const workers = [cluster.fork(), cluster.fork(), cluster.fork()];',
      '  let ended = 0;',
      "  cluster.on('exit', () => { if (++ended === 2) for (const worker of workers) worker.kill(); });",
      '}',
    ];
    writeFileSync(primary, lines.join('\n'));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [primary]);
    expect(stdout).toMatch(/^(open \d+\n)?$/);
    expect(stderr.match(/^StorageError: another Miftah uses the data folder/gm)).toHaveLength(2);
  });

  test('node --watch opens it again after each change', async () => {
    const program = writeProgram('app.mjs');
    const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', program]);
    const printed = outputOf(child);
    const opens = () => printed().match(/^open \d+$/gm)?.length ?? 0;
    try {
      for (let round = 1; round <= 3; round++) {
        await expect.poll(opens, { timeout: 60_000 }).toBe(round);
        writeFileSync(program, `${readFileSync(program, 'utf8')}\n// ${round}`);
      }
      await expect.poll(opens, { timeout: 60_000 }).toBe(4);
      expect(printed()).not.toContain('storage_in_use');
    } finally {
      await stop(child);
    }
  });
});

async function ask(miftah: Miftah, secret: string): Promise<string> {
  const rawHeaders = ['Authorization', `Bearer ${secret}`];
  const facts = { method: 'GET', path: '/', rawHeaders, clientAddress: '127.0.0.1', environment: undefined };
  const verdict = await miftah.api('acme').authorize(facts);
  return verdict.kind === 'allowed' ? 'allowed' : verdict.reason;
}
