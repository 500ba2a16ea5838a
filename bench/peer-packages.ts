// Peers from npm: installed on first use, each from its own lock file, and never dependencies of Miftah.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';

const root = dirname(import.meta.dirname);

/**
 * A folder with the packages of `bench/peers/NAME` installed, and that folder's other files. Kept between runs under
 * the lock file's digest. Rejects with npm's message if the installation fails.
 */
export async function ensurePeer(name: string): Promise<string> {
  const source = join(import.meta.dirname, 'peers', name);
  const lock = readFileSync(join(source, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(root, '.cache', 'bench', `${name}-${digest}`);
  if (!existsSync(folder)) {
    process.stderr.write(`Setting up: installing ${name} to measure against … `);
    const draft = `${folder}.${process.pid}`;
    await mkdir(draft, { recursive: true });
    try {
      await cp(source, draft, { recursive: true });
      await install(draft);
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    process.stderr.write('done\n');
  }
  await cp(source, folder, { recursive: true });
  return folder;
}

async function install(folder: string): Promise<void> {
  // npm runs with the system's Node.js, as in the set-up.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !resolve(entry).startsWith(join(root, 'node_modules')))
    .join(delimiter);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawn('npm', args, {
    cwd: folder,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  npm.stdout.on('data', (chunk: Buffer) => (said += chunk));
  npm.stderr.on('data', (chunk: Buffer) => (said += chunk));
  const [code] = await once(npm, 'close');
  if (code !== 0) throw new Error(`npm ci failed:\n${said.slice(-2000)}`);
}
