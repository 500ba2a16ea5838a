// `npm run cluster`: sets up, makes sure that PostgreSQL and Redis are installed, then runs three nodes behind a
// balancer.
import { exitWith, runNode } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

await ensureSystemPackages(['postgresql', 'redis-server']).catch(exitWith);
await runNode(['test/nodes/cluster.ts', ...process.argv.slice(2)]);
