// Each block of code in the pages is checked: by its language here, or by a test that is named here. A block that
// nothing checks fails.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
// @ts-expect-error: scripts run on Node.js without types
import { toolPath } from '../../scripts/tool-path.mjs';
import { configJsonSchema, profileJsonSchema } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { svg } from '../brand-pictures.ts';
import { createAuthority } from '../certificates.ts';
import { type Block, blocksIn, placeOf, readBlocks, root } from './blocks.ts';
import { ownPages, pagesWithTests } from './run-pages.ts';

const blocks = readBlocks();
const inLanguage = (...languages: readonly string[]) =>
  blocks.filter(({ language }) => languages.includes(language)).map((block) => [placeOf(block), block] as const);

const byName = (names: readonly string[]): readonly string[] => names.flatMap((name) => [...(checks[name] ?? [])]);

/** What checks the blocks of each language. `undefined`: the tests of this file do. */
const checks: Readonly<Record<string, readonly string[]>> = {
  // Printed output, drawings and lines for a file that no parser here reads.
  text: [],
  mermaid: [],
  csv: ['test/docs/snippets.test.ts'],
  ini: ['test/contracts/pgbouncer.test.ts'],
  nginx: ['test/gateway/front-proxies.test.ts'],
  haproxy: ['test/faults/rolling.test.ts'],
  rsyslog: ['test/audit/siem.test.ts'],
  go: ['test/docs/services.test.ts'],
  java: ['test/docs/services.test.ts'],
  php: ['test/docs/services.test.ts'],
  python: ['test/docs/services.test.ts'],
  ...Object.fromEntries(
    ['sh', 'yaml', 'json', 'js', 'ts', 'tsx'].map((name) => [name, ['test/docs/snippets.test.ts']]),
  ),
  // docs/reference/cli.md alone: the help of each command.
  '': ['test/cli/reference.test.ts'],
};

test('each block names a language that something checks', () => {
  const unchecked = blocks.filter(
    ({ page, language }) => !Object.hasOwn(checks, language) || (language === '' && page !== 'docs/reference/cli.md'),
  );
  expect(unchecked.map(placeOf), 'name the language, and in this file what checks it').toEqual([]);
  for (const file of byName(Object.keys(checks))) expect(existsSync(join(root, file)), file).toBe(true);
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-snippets-'));
  // What the configurations of the pages name.
  mkdirSync(join(folder, 'tls'));
  const authority = createAuthority(join(folder, 'tls'), 'authority');
  const client = authority.sign('client');
  for (const [name, text] of Object.entries({
    'tls/ca.pem': authority.cert,
    'tls/client.pem': client.cert,
    'tls/client.key': client.key,
    'logo.svg': svg,
    'logo-dark.svg': svg,
    'favicon.svg': svg,
    'acme.profile.yaml': 'product: Acme\n',
  }))
    writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A word of YAML that another program reads: Kubernetes, Prometheus, Envoy. No test runs these programs. */
const foreignYaml = /securityContext|scrape_configs|rule_files|type\.googleapis\.com|check_settings/;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const names = (schema: Schema | undefined): readonly string[] => Object.keys(schema?.properties ?? {});
const file = configJsonSchema() as Schema;
const topNames = names(file);
const apiNames = names(file.properties?.apis?.items);
const profileSchema = profileJsonSchema() as Schema;
const profileNames = names(profileSchema.$defs?.profile ?? profileSchema);

/** The smallest API, with hosts and upstream so that everything is allowed in it. */
const api = {
  id: 'snippet',
  hosts: ['snippet.localhost'],
  console: ['console.acme.example', 'cp.palcards.example'],
  upstream: 'http://127.0.0.1:9',
};

/** The whole configuration that a block is a part of. `undefined`: of none. */
function configOf(part: Record<string, unknown>): ConfigInput | undefined {
  const own = Object.keys(part);
  const isIn = (known: readonly string[]) => own.every((name) => known.includes(name));
  const config = isIn(topNames)
    ? { apis: [api], ...part }
    : isIn(apiNames)
      ? { apis: [{ ...api, ...part }] }
      : isIn(profileNames)
        ? { profiles: { snippet: part }, apis: [{ ...api, profile: 'snippet' }] }
        : undefined;
  return config as unknown as ConfigInput | undefined;
}

test.each(inLanguage('yaml'))('%s is a configuration that loads', (_, { text }) => {
  const value = parse(text) as unknown;
  expect(value).toBeTypeOf('object');
  if (foreignYaml.test(text)) return;
  const config = configOf(value as Record<string, unknown>);
  expect(config, 'mixes settings of different places').toBeDefined();
  expect(() => loadConfig({ config: config as ConfigInput, environment: {}, workingFolder: folder })).not.toThrow();
});

test.each(inLanguage('json'))('%s is JSON', (_, { text }) => {
  // `…` stands for more members, outside and inside of texts.
  const whole = text.replaceAll(/, …(?= [}\]])/g, '').replaceAll('{…}', '{}');
  const values = whole.split(/(?<=\})\n(?=\{)/).filter((value) => value.trim() !== '');
  for (const value of values) expect(() => JSON.parse(value)).not.toThrow();
});

/** Programs of the pages that a test runs, by the page and a word of the block. Others are text of a file in examples/. */
const runPrograms: readonly (readonly [page: string, by: string])[] = [
  ['docs/reference/library.md', 'test/docs/library.test.ts'],
  ['docs/how-to/use-the-client.md', 'test/docs/library.test.ts'],
  ['docs/how-to/test-your-application.md', 'test/docs/testing-page.test.ts'],
];

const exampleTexts = globSync('examples/**/*.{ts,mjs,js}', { cwd: root })
  .filter((name) => !name.includes('node_modules'))
  .map((name) => readFileSync(join(root, name), 'utf8'));

/** What a block leaves out, by a word of it: names that the text around it explains. */
const preludes: readonly (readonly [word: string, prelude: string])[] = [
  ['const reply = await fetch(', 'declare const key: string;'],
  ['protect(\n  (req, res)', 'declare const protect: import("miftah/node").Protect;'],
  ['const guard = (req, res, next)', 'declare const protect: (...handlers: any[]) => (req: any, res: any) => void;'],
  ['openMiftah(\n', 'import { openMiftah } from "miftah";'],
  ['openMiftah({\n  config: {', 'import { openMiftah } from "miftah";'],
];

/** A program with what it leaves out, and the file that it stands beside in the repository. */
function programOf({ page, text }: Block): string {
  const [, prelude = ''] = preludes.find(([word]) => text.includes(word)) ?? [];
  const placed = `${prelude}\n${text}`.replaceAll(
    "'./check.ts'",
    JSON.stringify(join(root, 'src/engine/checks/check.ts')),
  );
  return `// ${page}\n${placed}\nexport {};\n`;
}

const programs = inLanguage('js', 'ts', 'tsx').filter(
  ([, block]) =>
    !runPrograms.some(([page]) => page === block.page) && !exampleTexts.some((text) => text.includes(block.text)),
);

test.each(programs)('%s is a program', (_, { text, language }) => {
  // The end of a function is a program inside of one.
  const whole = text.replaceAll(/^return /gm, 'void ');
  expect(() => parseSync(whole, { syntax: 'typescript', tsx: language === 'tsx' })).not.toThrow();
});

/** Parts of the repository's own code: where they go, the compiler checks them. */
const ownCode = ['docs/extending/carrier.md', 'docs/extending/console-page.md'];

/**
 * Programs in JavaScript around packages of others. test/telemetry/tracing.test.ts runs one like the first page's,
 * test/webhooks/server.test.ts the second page's own.
 */
const foreignPackages = ['docs/how-to/monitor.md', 'docs/how-to/webhooks.md'];

// The compiler takes a quarter of a minute.
test.each(process.env.MIFTAH_DOCS === 'all' ? ['the package'] : [])('the programs have the types of %s', () => {
  const checked = programs.filter(([, { page }]) => ![...ownCode, ...foreignPackages].includes(page));
  expect(checked.length).toBeGreaterThan(5);
  mkdirSync(join(root, '.cache'), { recursive: true });
  // Inside of the checkout, so that types of packages are found.
  const place = mkdtempSync(join(root, '.cache', 'snippets-'));
  try {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, { readonly default?: string }>;
    };
    const paths = Object.entries(exports).flatMap(([subpath, { default: target }]) =>
      target === undefined
        ? []
        : [[`miftah${subpath.slice(1)}`, [join(root, target.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))]]],
    );
    for (const [at, [, block]] of checked.entries()) writeFileSync(join(place, `${at}.ts`), programOf(block));
    const compilerOptions = {
      noEmit: true,
      noImplicitAny: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
      lib: ['es2024', 'esnext.disposable', 'dom'],
      paths: Object.fromEntries(paths),
    };
    const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'] };
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config));
    const tsc: string = toolPath('typescript', 'tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', place], { encoding: 'utf8', cwd: place });
    // Looser settings find faults in the sources that are none.
    const faults = stdout.split('\n').filter((line) => /^\d+\.ts/.test(line));
    expect(faults.map((line) => line.replace(/^\d+(?=\.ts)/, (at) => checked[Number(at)]?.[0] ?? at))).toEqual([]);
  } finally {
    rmSync(place, { recursive: true });
  }
});

test('the CSV of the pages has columns that the importer knows', () => {
  const known = readFileSync(join(root, 'src/cli/import/read-rows.ts'), 'utf8');
  for (const [, { text }] of inLanguage('csv')) {
    const [head = '', ...rows] = text.trim().split('\n');
    const columns = head.split(',');
    for (const column of columns)
      expect(known).toContain(`'${column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}'`);
    for (const row of rows) expect(row.split(',')).toHaveLength(columns.length);
  }
});

/** Pages whose commands are not run as they stand, with what checks their content in place of that. */
const elsewhere: Readonly<Record<string, string>> = {
  'CONTRIBUTING.md': 'test/docs/paths.test.ts',
  'docs/explanation/consistency.md': 'test/simulation/lease-protocol.test.ts',
  'docs/how-to/countries.md': 'test/countries/server.test.ts',
  'docs/how-to/frameworks/README.md': 'test/docs/frameworks.test.ts',
  'docs/how-to/gateways/apache.md': 'test/gateways/apache.test.ts',
  'docs/how-to/gateways/caddy.md': 'test/gateways/caddy.test.ts',
  'docs/how-to/operate-from-the-terminal.md': 'test/cli/context.test.ts',
  'docs/how-to/postgres.md': 'test/contracts/postgres.test.ts',
  'docs/how-to/services/README.md': 'test/services/service.test.ts',
  'docs/how-to/services/verify-the-assertion.md': 'test/services/assertion.test.ts',
  'docs/how-to/deploy/container.md': 'scripts/test-image.mjs',
  'docs/how-to/deploy/debian.md': 'scripts/test-operator.mjs',
  'docs/how-to/deploy/kubernetes.md': 'test/deploy/manifests.test.ts',
  'docs/how-to/deploy/systemd.md': 'test/deploy/systemd.test.ts',
  'docs/how-to/audit-to-a-siem.md': 'test/audit/siem.test.ts',
  'docs/how-to/monitor.md': 'test/telemetry/tracing.test.ts',
  'docs/how-to/start-a-project.md': 'test/cli/init-runs.test.ts',
  'docs/how-to/upgrade.md': 'test/release.test.ts',
  'docs/how-to/use-in-node.md': 'scripts/check-package.mjs',
};

const commandPages = [...new Set(inLanguage('sh').map(([, { page }]) => page))];

test.each(commandPages)('the commands of %s are run, or something else checks them', (page) => {
  const by = Object.hasOwn(ownPages, page) ? 'test/docs/commands.test.ts' : (pagesWithTests[page] ?? elsewhere[page]);
  expect(by, 'add the page to test/docs/run-pages.ts').toBeDefined();
  expect(existsSync(join(root, by as string)), by).toBe(true);
});

test('the commands of the pages are commands of a shell', () => {
  const text = inLanguage('sh').map(([place, block]) => `: '${place}'\n(\n${block.text}\n)\n`);
  const script = join(folder, 'all.sh');
  writeFileSync(script, text.join(''));
  expect(() => execFileSync('bash', ['-n', script], { stdio: 'pipe' })).not.toThrow();
});

test('no block is indented in place of being fenced: this test would not see it', () => {
  const pages = [...new Set(blocks.map(({ page }) => page)), 'docs/how-to/use-the-console.md'];
  const indented = pages.filter((page) =>
    /^(?! *(?:[-*]|\d+\.) |\s).*\n\n {4}\S/m.test(
      readFileSync(join(root, page), 'utf8').replaceAll(/^( *)(`{3,})[\s\S]*?^\1\2$/gm, ''),
    ),
  );
  expect(indented).toEqual([]);
});

test('blocks are found in lists too, without their indentation', () => {
  const text = 'a\n\n   ```sh\n   x\n     y\n   ```\n\n```js\nz\n```\n';
  const found = blocksIn('p.md', text).map(({ line, language, text: body }: Block) => [line, language, body]);
  expect(found).toEqual([
    [4, 'sh', 'x\n  y\n'],
    [9, 'js', 'z\n'],
  ]);
});
