// `npm run build`: compiles src into an empty dist, so that the package has no remains of an earlier build, builds the
// console into it, and writes the package's list of components.
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureConsole } from './console.mjs';
import { writeSbom } from './sbom.mjs';
import { ensureSetUp, exitWith, root, run } from './setup.mjs';
import { toolPath } from './tool-path.mjs';

const node = await ensureSetUp().catch(exitWith);
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { code } = await run(node, [toolPath('typescript', 'tsc'), '-p', 'tsconfig.build.json'], { inherit: true });
// tsc copies no YAML and no Lua.
if (code === 0) cpSync(join(root, 'src/profiles/bundled'), join(root, 'dist/profiles/bundled'), { recursive: true });
const gateways = join('cli', 'gateways');
for (const name of code === 0 ? readdirSync(join(root, 'src', gateways)) : [])
  if (name.endsWith('.lua')) cpSync(join(root, 'src', gateways, name), join(root, 'dist', gateways, name));
if (code === 0) await ensureConsole(node).catch(exitWith);
if (code === 0) await writeSbom().catch(exitWith);
process.exit(code);
