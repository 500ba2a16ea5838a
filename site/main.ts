// Writes the pages of the site, then shows or builds it: `node site/main.ts dev|build [port]`.
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, createServer } from 'vitepress';
import { faultsOf } from './check.ts';
import { readSite, writeSite } from './pages.ts';

const root = dirname(import.meta.dirname);
const pagesFolder = join(import.meta.dirname, '.pages');
const [command, port = '5180'] = process.argv.slice(2);

writeSite(readSite(root), root, pagesFolder);
if (command === 'build') {
  await build(import.meta.dirname);
  const faults = faultsOf(join(import.meta.dirname, 'dist'), process.env.SITE_BASE ?? '/');
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
} else {
  const server = await createServer(import.meta.dirname, { port: Number(port), host: '127.0.0.1' });
  await server.listen();
  server.printUrls();
  watch(join(root, 'docs'), { recursive: true }, () => {
    try {
      writeSite(readSite(root), root, pagesFolder);
    } catch (error) {
      console.error((error as Error).message);
    }
  });
}
