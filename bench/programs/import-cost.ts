// Imports the files that are its arguments, and prints what that cost as JSON.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const urls = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    urls.add(url);
    return nextLoad(url, context);
  },
});
const startedMs = performance.now();
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
const ms = performance.now() - startedMs;
const packages: Record<string, number> = {};
for (const url of urls) {
  const name = url.startsWith('node:') ? 'node' : (/.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? 'miftah');
  packages[name] = (packages[name] ?? 0) + 1;
}
console.log(JSON.stringify({ packages, modules: urls.size, ms, megabytes: process.memoryUsage.rss() / 1e6 }));
