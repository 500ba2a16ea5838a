// `npm run site` shows the documentation site, and each change of docs/ as it is saved. `npm run site:build` builds it
// into site/dist and fails on a dead link. An argument after `--` is the port. VitePress is no package of this
// repository: it is installed from the lock file of site/.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSetUp, exitWith, root, runNode, runNpm, SetUpError, whileLocked } from './setup.mjs';

const folder = join(root, 'site');
const stampFile = join(folder, 'node_modules', '.miftah-setup');
const digest = createHash('sha256')
  .update(readFileSync(join(folder, 'package-lock.json')))
  .digest('hex');

await ensureSetUp().catch(exitWith);
await whileLocked('site', install).catch(exitWith);
await runNode(['main.ts', ...process.argv.slice(2)], { cwd: folder });

async function install() {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  process.stderr.write('Setting up: installing VitePress … ');
  const { code, output } = await runNpm(['ci', `--prefix=${folder}`, '--ignore-scripts', '--loglevel=error']);
  if (code !== 0) throw new SetUpError(`VitePress could not be installed (npm ci ended with ${code}):\n${output}`);
  writeFileSync(stampFile, digest);
  process.stderr.write('done\n');
}
