// Node's cache of compiled modules for test workers and the processes that tests start: what is killed writes none, so one is warmed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Kept from run to run: its entries are found by file and checked by content. */
export const compileCacheDir = join(root, '.cache', 'compile');

/** Run by vitest before all tests: a server that starts and ends by itself leaves what the next ones need. */
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
    // Ready, or over because it can't be: then the tests say why.
    await Promise.race([once(child.stdout, 'data'), ended]);
    child.kill('SIGTERM');
    await ended;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
