// `npm run sbom`: writes the components of a release to dist/sbom.cdx.json (CycloneDX). The same lock file gives the
// same file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitWith, root, runNpm, SetUpError } from './setup.mjs';

/** Its path in the package. */
export const sbomFile = join('dist', 'sbom.cdx.json');

/**
 * Asks npm for the packages that the installed package needs, and for those that its console is built from and with.
 * Both come from the lock file. Throws a `SetUpError` if npm fails.
 */
export async function writeSbom() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const all = await askNpm([]);
  const console = await askNpm(['--workspace=console']);
  // npm's `--omit=dev` also omits packages that a tool shares with the package.
  const wanted = new Set([...listInstalled(), ...console.components.map((each) => each['bom-ref'])]);
  const own = new Set(['@miftah/console', '@miftah/node-runtime', '@miftah/openapi-tools', manifest.name]);
  const components = new Map();
  for (const component of all.components.filter((each) => wanted.has(each['bom-ref']))) {
    const purl = component.purl.split('?')[0];
    if (own.has(decodeURIComponent(purl.slice('pkg:npm/'.length, purl.lastIndexOf('@'))))) continue;
    if (!components.has(component['bom-ref'])) components.set(component['bom-ref'], tidy(component));
  }
  const refs = new Set(components.keys());
  const self = `${manifest.name}@${manifest.version}`;
  const dependencies = new Map();
  for (const { ref, dependsOn = [] } of all.dependencies) {
    if (refs.has(ref)) dependencies.set(ref, dependsOn.filter((each) => refs.has(each)).sort());
  }
  const ofSelf = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`);
  const sbom = {
    $schema: all.$schema,
    bomFormat: 'CycloneDX',
    specVersion: all.specVersion,
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

/** `name@version` of each package that the lock file installs with Miftah. */
function listInstalled() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, link }]) => path.includes('node_modules/') && !link && !dev && !devOptional)
    .map(([path, { name, version }]) => `${name ?? nameOf(path)}@${version}`);
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

async function askNpm(args) {
  const { code, output } = await runNpm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only', ...args]);
  if (code !== 0) throw new SetUpError(`npm sbom ended with ${code}:\n${output}`);
  return JSON.parse(output.slice(output.indexOf('{')));
}

/** Removes the install path, which differs between machines. */
function tidy({ properties, ...component }) {
  return component;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeSbom().catch(exitWith);
