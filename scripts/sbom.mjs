// `npm run sbom`: writes what a release is made of to dist/sbom.cdx.json (CycloneDX), the same for the same lock file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitWith, root, runNpm, SetUpError } from './setup.mjs';

/** Where it lies in the package. */
export const sbomFile = join('dist', 'sbom.cdx.json');

/**
 * Asks npm for the packages that the package needs when it is installed, and for those that its console is compiled from and with. Both
 * come from the lock file alone. Throws `SetUpError` when npm can't say.
 */
export async function writeSbom() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const needed = await askNpm(['--omit=dev']);
  const console = await askNpm(['--workspace=console']);
  const own = new Set(['@miftah/console', '@miftah/node-runtime', '@miftah/openapi-tools', manifest.name]);
  const components = new Map();
  for (const component of [...needed.components, ...console.components]) {
    const purl = component.purl.split('?')[0];
    if (own.has(decodeURIComponent(purl.slice('pkg:npm/'.length, purl.lastIndexOf('@'))))) continue;
    if (!components.has(component['bom-ref'])) components.set(component['bom-ref'], tidy(component));
  }
  const refs = new Set(components.keys());
  const self = `${manifest.name}@${manifest.version}`;
  const dependencies = new Map();
  for (const { ref, dependsOn = [] } of [...needed.dependencies, ...console.dependencies]) {
    if (refs.has(ref)) dependencies.set(ref, dependsOn.filter((each) => refs.has(each)).sort());
  }
  const ofSelf = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`);
  const sbom = {
    $schema: needed.$schema,
    bomFormat: 'CycloneDX',
    specVersion: needed.specVersion,
    version: 1,
    metadata: {
      component: {
        'bom-ref': self,
        type: 'application',
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        purl: `pkg:npm/${self}`,
        licenses: [{ license: { id: manifest.license } }],
      },
    },
    components: [...components.values()].sort((a, b) => compare(a['bom-ref'], b['bom-ref'])),
    dependencies: [
      { ref: self, dependsOn: ofSelf.filter((ref) => refs.has(ref)).sort() },
      ...[...dependencies].map(([ref, dependsOn]) => ({ ref, dependsOn })).sort((a, b) => compare(a.ref, b.ref)),
    ],
  };
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, sbomFile), `${JSON.stringify(sbom, null, 2)}\n`);
  return sbom;
}

async function askNpm(args) {
  const { code, output } = await runNpm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only', ...args]);
  if (code !== 0) throw new SetUpError(`npm sbom ended with ${code}:\n${output}`);
  return JSON.parse(output.slice(output.indexOf('{')));
}

/** Without what differs from machine to machine: where it is installed. */
function tidy({ properties, ...component }) {
  return component;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeSbom().catch(exitWith);
