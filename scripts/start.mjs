// `npm start`: sets up, then runs Miftah in development with the five profiles. Extra arguments are passed on, last one wins.
import { runNode } from './setup.mjs';

await runNode(['src/cli/main.ts', 'dev', '--config', 'examples/five-profiles/miftah.yaml', ...process.argv.slice(2)]);
