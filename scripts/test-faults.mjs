// `npm run test:faults`: the long form of the campaigns that `npm test` runs in short: kills, revocations on several nodes, simulated
// schedules. About an hour. What they count is printed by the tests. Arguments, such as a file's name, are passed on.
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
  MIFTAH_SCHEDULES: '100000',
  ...process.env,
});
const folders = process.argv.length > 2 ? process.argv.slice(2) : ['test/faults', 'test/simulation'];
// One after the other: what they say of latencies must not be about each other.
const { code } = await run(node, [toolPath('vitest'), 'run', '--no-file-parallelism', ...folders], { inherit: true });
process.exitCode = code;
