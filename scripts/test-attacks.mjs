// `npm run test:attacks`: the long form of the attacks that `npm test` runs in short. The tests print their counts.
// Passes arguments on, such as the name of a file.
import { ensureSetUp, exitWith, run } from './setup.mjs';
import { ensureSystemPackages, testPackages } from './system-packages.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
await ensureSystemPackages(testPackages).catch(exitWith);
Object.assign(process.env, {
  MIFTAH_ATTACK_PATHS: '100000',
  MIFTAH_PARSER_INPUTS: '50000000',
  MIFTAH_RAW_MESSAGES: '2000000',
  MIFTAH_IDLE_CONNECTIONS: '10000',
  MIFTAH_UNKNOWN_KEYS: '2000000',
  MIFTAH_RIGHTS: 'all',
  MIFTAH_HOSTILE_PROFILES: '10000',
  MIFTAH_CONSOLE_LOAD_SECONDS: '20',
  ...process.env,
});
const files = process.argv.length > 2 ? process.argv.slice(2) : ['test/attacks'];
// One after the other: parallel tests would affect each other's memory and latencies.
const { code } = await run(node, [toolPath('vitest'), 'run', '--no-file-parallelism', ...files], { inherit: true });
process.exitCode = code;
