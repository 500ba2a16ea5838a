#!/usr/bin/env node
// The `miftah` command: the built program of the published package or, in a checkout, the source on the pinned Node.js.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

if (existsSync(source)) {
  const { runNode } = await import('../scripts/setup.mjs');
  await runNode([source, ...process.argv.slice(2)], { quiet: !process.stderr.isTTY, cwd: process.cwd() });
} else if (major > 22 || (major === 22 && minor >= 18)) {
  await import('../dist/cli/main.js');
} else {
  process.stderr.write(
    `miftah needs Node.js 22.18 or newer and this is ${process.versions.node}: install one from https://nodejs.org.\n`,
  );
  process.exitCode = 1;
}
