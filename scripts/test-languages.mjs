// `npm run test:languages`: the programs of examples/services on the runtimes of all languages. `npm test` runs them
// without Go and Java. Passes arguments on, such as the name of a file.
import { ensureSetUp, exitWith, run } from './setup.mjs';
import { ensureSystemPackages, languagePackages } from './system-packages.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
await ensureSystemPackages(languagePackages).catch(exitWith);
process.env.MIFTAH_LANGUAGES = 'all';
const files = process.argv.length > 2 ? process.argv.slice(2) : ['test/services'];
// One after the other: the compilers need the machine for themselves.
const { code } = await run(node, [toolPath('vitest'), 'run', '--no-file-parallelism', ...files], { inherit: true });
process.exitCode = code;
