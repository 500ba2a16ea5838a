// `npm run test:alerts`: promtool checks and tests the alert rules of deploy/prometheus, and a real Alertmanager gets the
// alerts of webhooks. `npm test` goes without them, because their packages are large.
import { ensureSetUp, exitWith, run } from './setup.mjs';
import { alertPackages, ensureSystemPackages } from './system-packages.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
await ensureSystemPackages(alertPackages).catch(exitWith);
const commands = [
  ['check', 'rules', 'deploy/prometheus/miftah.rules.yml'],
  ['test', 'rules', 'test/telemetry/alerts.yml'],
];
for (const args of commands) {
  const { code } = await run('promtool', args, { inherit: true });
  if (code !== 0) process.exit(code);
}
process.env.MIFTAH_ALERTS = 'all';
const alerts = [toolPath('vitest'), 'run', 'test/webhooks/alertmanager.test.ts'];
process.exitCode = (await run(node, alerts, { inherit: true })).code;
