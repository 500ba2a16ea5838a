// `npm test`: everything that CI runs, one line for each step, with output only of failures; ends with
// `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, elapsed, ensureSetUp, run } from './setup.mjs';
import { ensureSystemPackages, testPackages } from './system-packages.mjs';
import { toolPath } from './tool-path.mjs';

const counts = { passed: 0, failed: 0 };

let node = '';
const isReady = await step('set-up', async () => {
  node = await ensureSetUp();
  await ensureSystemPackages(testPackages);
});
if (isReady) {
  await tool('types', () => [toolPath('typescript', 'tsc'), '--noEmit', '-p', '.']);
  await tool('types of the console', () => [toolPath('typescript', 'tsc'), '--noEmit', '-p', 'console']);
  await tool('lint and format', () => [
    toolPath('@biomejs/biome', 'biome'),
    'ci',
    '--colors=off',
    '--error-on-warnings',
    '.',
  ]);
  await tool('import rules', () => [
    toolPath('dependency-cruiser', 'depcruise'),
    '--output-type=err-long',
    'src',
    'console/src',
  ]);
  await tool('unused code', () => [toolPath('knip'), '--no-progress']);
  // What is packed is built first: `prepack`.
  await tool('package', () => ['scripts/check-package.mjs']);
  await tests();
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

async function step(name, work) {
  const startedMs = performance.now();
  try {
    await work();
    counts.passed += 1;
    console.log(`ok      ${name} (${elapsed(startedMs)})`);
    return true;
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED  ${name} (${elapsed(startedMs)})\n${error.message}`);
    return false;
  }
}

function tool(name, command) {
  return step(name, async () => {
    const { code, output } = await run(node, command());
    stopIfInterrupted(code);
    if (code !== 0) throw new Error(output.trimEnd() || `It ended with ${code} and said nothing.`);
  });
}

async function tests() {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-test-'));
  const startedMs = performance.now();
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    // One line for each file. The report has the times of slow tests.
    const vitest = [toolPath('vitest'), 'run', ...reporters, '--slowTestThreshold=600000'];
    const { code } = await run(node, vitest, { inherit: true, env: plainEnvironment() });
    stopIfInterrupted(code);
    const { passed, failed, skipped } = countTests(readReport(report));
    // A skipped test counts as failed. A run can also fail outside of any test: an unhandled rejection, or no test file
    // at all.
    const isHealthy = code === 0 && failed + skipped === 0 && passed > 0;
    counts.passed += passed;
    counts.failed += isHealthy ? 0 : Math.max(1, failed + skipped);
    const sums = `${passed} passed, ${failed} failed, ${skipped} skipped`;
    console.log(`${isHealthy ? 'ok    ' : 'FAILED'}  tests: ${sums} (${elapsed(startedMs)})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Vitest writes colours into a pipe if CI or FORCE_COLOR is set. */
function plainEnvironment() {
  if (process.stdout.isTTY) return childEnvironment();
  const { FORCE_COLOR: _, ...env } = childEnvironment();
  return { ...env, NO_COLOR: '1' };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { testResults: [] };
  }
}

// A file that can't be loaded has no tests to count, and is one failure.
function countTests({ testResults }) {
  const sums = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of testResults) {
    for (const test of assertionResults) sums[test.status in sums ? test.status : 'skipped'] += 1;
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) sums.failed += 1;
  }
  return sums;
}

function stopIfInterrupted(code) {
  if (code === 130 || code === 143) process.exit(code);
}
