// `npm run bench [-- [--quick] [--before COMMIT] [1 3 …]]`: runs benchmarks and prints a table. Each ratio is measured within one run.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { inProcess } from './1-in-process.ts';
import { middleware } from './2-middleware.ts';
import { verify } from './3-verify.ts';
import { proxy } from './4-proxy.ts';
import { peerLibraries } from './5-peers.ts';
import { scale } from './6-scale.ts';
import { sharedLimits } from './7-limits.ts';
import { severalNodes } from './8-nodes.ts';
import { importCost } from './9-import.ts';
import { growth } from './10-growth.ts';
import { gateways } from './11-gateways.ts';
import { formatMarkdown, printTable, type Row } from './report.ts';

const benchmarks = [
  inProcess,
  middleware,
  verify,
  proxy,
  peerLibraries,
  scale,
  sharedLimits,
  severalNodes,
  importCost,
  growth,
  gateways,
];

const usage = `npm run bench [-- [--quick] [--before COMMIT] [NUMBER …]]

Runs the benchmarks, all of them or those with these numbers, and prints a table of ratios.

${benchmarks.map(({ title }) => `  ${title}`).join('\n')}

  --quick   shows within a minute that everything runs; the figures mean nothing
  --before  a commit with which benchmark 9 compares this version
  --help    this text`;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const wanted = positionals.length === 0 ? benchmarks.map((_, at) => at) : positionals.map((text) => Number(text) - 1);
if (wanted.some((at) => benchmarks[at] === undefined)) {
  console.error(`Benchmarks are numbered 1 to ${benchmarks.length}: npm run bench -- 1 3`);
  process.exit(2);
}
// An interrupt must stop the servers too: they end when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const results: { title: string; rows: readonly Row[] }[] = [];
for (const at of wanted) {
  const benchmark = benchmarks[at] as (typeof benchmarks)[number];
  const startedMs = performance.now();
  console.log(benchmark.title);
  try {
    const rows = await benchmark.run({ isQuick: values.quick, before: values.before });
    printTable(rows);
    results.push({ title: benchmark.title, rows });
  } catch (error) {
    process.exitCode = 1;
    console.error(`  failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  console.log(`  (${((performance.now() - startedMs) / 1000).toFixed(0)} s)\n`);
}
console.log(formatMarkdown(results));
console.log(
  `\nNode.js ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores` +
    `${values.quick ? ', quick run: the figures mean nothing' : ''}.`,
);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        before: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    console.error(`${(error as Error).message.split('. ')[0]}.\n\n${usage}`);
    return process.exit(2);
  }
}
