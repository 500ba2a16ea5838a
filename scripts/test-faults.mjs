// `npm run test:faults`: the long form of the campaigns that `npm test` runs in short: kills, revocations on several
// nodes, simulated schedules. Takes about an hour. The tests print their counts. Passes arguments on, such as the name
// of a file.
import { ensureSetUp, exitWith, run } from './setup.mjs';
import { ensureSystemPackages, testPackages } from './system-packages.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
await ensureSystemPackages(testPackages).catch(exitWith);
Object.assign(process.env, {
  MIFTAH_KILLS: '1000',
  MIFTAH_REVOCATIONS: '10000',
  MIFTAH_RESTARTS: '10',
  MIFTAH_RATE: '300',
  MIFTAH_WINDOWS: '10000',
  MIFTAH_HERDS: '5',
  MIFTAH_LIMIT_OUTAGES: '10',
  MIFTAH_PARTITIONS: '20',
  MIFTAH_OUTAGES: '10',
  MIFTAH_MIXED_SECONDS: '300',
  MIFTAH_HOSTILE: '100',
  MIFTAH_SCHEDULES: '100000',
  MIFTAH_PATIENCE_MS: '1000',
  ...process.env,
});
// How long a reader waits for a list of 10,000 keys is a measurement. In `npm test` this file only finds stalls.
const all = ['test/faults', 'test/simulation', 'test/webhooks/hostile.test.ts', 'test/browser/keys-many.test.ts'];
const folders = process.argv.length > 2 ? process.argv.slice(2) : all;
// One after the other: parallel tests would affect each other's latencies.
const { code } = await run(node, [toolPath('vitest'), 'run', '--no-file-parallelism', ...folders], { inherit: true });
process.exitCode = code;
