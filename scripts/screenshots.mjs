// `npm run screenshots`: pictures of every screen of the console in every theme and language, in .cache/screenshots or
// `--out DIR`; `--only NAME`.
import { exitWith, runNode } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

await ensureSystemPackages(['chromium-headless-shell']).catch(exitWith);
await runNode(['test/browser/screenshots.ts', ...process.argv.slice(2)]);
