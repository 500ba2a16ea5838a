// Imports the files that are its arguments, and prints what that cost as JSON. With --open FILE it then opens the first
// one's engine on that configuration. With --count it counts modules too, which costs time itself.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'boolean', default: false }, open: { type: 'string' } },
});
const urls = new Set<string>();
if (values.count) {
  registerHooks({
    load(url, context, nextLoad) {
      urls.add(url);
      return nextLoad(url, context);
    },
  });
}
const startedMs = performance.now();
const before = process.cpuUsage();
const modules: { openMiftah?: (what: object) => Promise<{ close(): Promise<void> }> }[] = [];
for (const file of positionals) modules.push(await import(pathToFileURL(file).href));
const opened = values.open === undefined ? undefined : await modules[0]?.openMiftah?.({ config: values.open });
const { user, system } = process.cpuUsage(before);
const ms = performance.now() - startedMs;
await opened?.close();
const packages: Record<string, number> = {};
for (const url of urls) {
  const name = url.startsWith('node:') ? 'node' : (/.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? 'miftah');
  packages[name] = (packages[name] ?? 0) + 1;
}
const megabytes = process.memoryUsage.rss() / 1e6;
console.log(JSON.stringify({ packages, modules: urls.size, ms, cpuMs: (user + system) / 1000, megabytes }));
