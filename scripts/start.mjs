// `npm start`: sets up, builds the console if its sources changed, then runs Miftah in development with the five
// profiles. Passes arguments on; the last one wins.
import { ensureConsole } from './console.mjs';
import { ensureSetUp, exitWith, runNode } from './setup.mjs';

const node = await ensureSetUp().catch(exitWith);
await ensureConsole(node).catch(exitWith);
await runNode(['src/cli/main.ts', 'dev', '--config', 'examples/five-profiles/miftah.yaml', ...process.argv.slice(2)]);
