// Builds the console into dist/console, once for each state of its sources, with compressed copies of text files.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { elapsed, root, run, SetUpError, whileLocked } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const source = join(root, 'console');
const target = join(root, 'dist', 'console');
const stampFile = join(target, '.sources');

/**
 * Makes sure that dist/console is built from the current sources. Safe to call from several processes at once: one
 * builds, the others wait. Unless `quiet`, says on stderr what it does and how long it took. Throws a `SetUpError` with
 * Vite's message if the build fails.
 */
export async function ensureConsole(node, { quiet = false } = {}) {
  const wanted = digestSources();
  const isBuilt = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
  if (isBuilt()) return;
  await whileLocked('console', async () => {
    if (!isBuilt()) await build(node, wanted, quiet);
  });
}

/** The lock file stands for the packages in the build. */
function digestSources() {
  const hash = createHash('sha256');
  const isSource = (name) => !/(^|[\\/])(node_modules|dist)([\\/]|$)|[.]test[.]tsx?$/.test(name);
  const entries = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => isSource(file.slice(source.length)));
  for (const file of [...files.sort(), join(root, 'package-lock.json'), import.meta.filename]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

async function build(node, stamp, quiet) {
  const startedMs = performance.now();
  if (!quiet) process.stderr.write('Building the console … ');
  const cache = join(root, '.cache');
  await mkdir(cache, { recursive: true });
  await mkdir(join(root, 'dist'), { recursive: true });
  // Builds beside the final place, so that a server never sees half of it.
  const folder = mkdtempSync(join(cache, 'console-'));
  try {
    const vite = [toolPath('vite'), 'build', source, '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
    // Tests set another value, with which React would be built for development.
    const env = { ...process.env, NODE_ENV: 'production' };
    const { code, output } = await run(node, vite, { env });
    if (code !== 0)
      throw new SetUpError(`The console could not be built (vite ended with ${code}):\n${output.trimEnd()}`);
    await compressTexts(folder);
    writeFileSync(join(folder, '.sources'), stamp);
    // A temporary folder is private to its creator. A build must be readable by the user that runs the server.
    chmodSync(folder, 0o755);
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!quiet) process.stderr.write(`${elapsed(startedMs)}\n`);
}

async function compressTexts(folder) {
  const assets = join(folder, 'assets');
  const texts = readdirSync(assets).filter((name) => /[.](js|css|svg)$/.test(name));
  await Promise.all(
    texts.map(async (name) => {
      const file = join(assets, name);
      const bytes = await readFile(file);
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    }),
  );
}
