// Node's cache of compiled modules, for test workers and the processes that tests start. Killed processes write no
// cache, so it is filled before the tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Kept between runs: its entries are found by file and checked by content. */
export const compileCacheDir = join(root, '.cache', 'compile');

/**
 * Vitest runs this before all tests. A server that starts and ends by itself writes the cache entries that the tests
 * need.
 */
export async function setup(): Promise<void> {
  if (existsSync(compileCacheDir)) return;
  const folder = mkdtempSync(join(tmpdir(), 'miftah-warm-'));
  try {
    const config = join(folder, 'miftah.yaml');
    writeFileSync(
      config,
      'apis: [{ id: classic, profile: classic, hosts: [a.localhost], upstream: "http://127.0.0.1:1" }]\n',
    );
    const ports = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0'];
    const args = ['src/cli/main.ts', 'serve', '--config', config, '--data', join(folder, 'data'), ...ports, '--json'];
    const child = spawn(process.execPath, ['--no-warnings', ...args], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCacheDir },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(child, 'exit');
    // Ready, or ended because it can't start. Then the tests say why.
    await Promise.race([once(child.stdout, 'data'), ended]);
    child.kill('SIGTERM');
    await ended;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
