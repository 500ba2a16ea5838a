// `npm run test:docs`: runs every command of the pages, and makes the exports that the migrations read. `npm test` runs
// the tutorial, one migration with a recorded export, and the quick pages. Passes arguments on.
import { ensureSetUp, exitWith, run } from './setup.mjs';
import { ensureSystemPackages, testPackages } from './system-packages.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
await ensureSystemPackages(testPackages).catch(exitWith);
process.env.MIFTAH_DOCS = 'all';
const files = process.argv.length > 2 ? process.argv.slice(2) : ['test/docs'];
const { code } = await run(node, [toolPath('vitest'), 'run', ...files], { inherit: true });
process.exitCode = code;
