// `npm run test:init`: what `miftah init` writes for every framework, started and called. `npm test` runs a few of them.
import { ensureSetUp, exitWith, run } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
process.env.MIFTAH_INIT = 'all';
// One after the other: each starts a server.
const files = ['run', '--no-file-parallelism', 'test/cli/init.test.ts', 'test/cli/init-runs.test.ts'];
const { code } = await run(node, [toolPath('vitest'), ...files], { inherit: true });
process.exitCode = code;
