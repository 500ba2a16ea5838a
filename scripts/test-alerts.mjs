// `npm run test:alerts`: promtool checks and tests the alert rules of deploy/prometheus. `npm test` goes without it,
// because its package is large.
import { exitWith, run } from './setup.mjs';
import { alertPackages, ensureSystemPackages } from './system-packages.mjs';

await ensureSystemPackages(alertPackages).catch(exitWith);
const commands = [
  ['check', 'rules', 'deploy/prometheus/miftah.rules.yml'],
  ['test', 'rules', 'test/telemetry/alerts.yml'],
];
for (const args of commands) {
  const { code } = await run('promtool', args, { inherit: true });
  if (code !== 0) process.exit(code);
}
