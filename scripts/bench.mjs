// `npm run bench`: sets up, makes sure that the peers are installed, then runs the benchmarks. Passes arguments on.
import { exitWith, runNode } from './setup.mjs';
import { benchPackages, ensureSystemPackages } from './system-packages.mjs';

await ensureSystemPackages(benchPackages).catch(exitWith);
await runNode(['bench/run.ts', ...process.argv.slice(2)]);
