// Source trees of other versions: the one before the newest migration, and a future one that migrates further.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const migrationsFolder = 'src/storage/migrations';

/** A version's source tree. */
export interface Version {
  /** Path of its `src/cli/main.ts`. */
  readonly program: string;
  /** Number of its newest migration. */
  readonly schema: number;
}

export const newestMigration = newestIn(root);

function newestIn(tree: string): number {
  return Math.max(...readdirSync(join(tree, migrationsFolder)).map((name) => Number.parseInt(name, 10) || 0));
}

/**
 * Creates the tree of the version before the newest migration, from the Git history. Throws with a fix if the history
 * is missing.
 */
export function layOutEarlier(folder: string): Version {
  const file = readdirSync(join(root, migrationsFolder)).find((name) => Number.parseInt(name, 10) === newestMigration);
  const log = git(['log', '--diff-filter=A', '--format=%H', '-1', '--', `${migrationsFolder}/${file}`]);
  const commit = log === '' ? undefined : git(['rev-parse', '--verify', '--quiet', `${log}^`]);
  if (commit === undefined || commit === '') {
    throw new Error(
      `this needs the history of ${migrationsFolder}/${file}: clone the repository whole, or run \`git fetch --unshallow\``,
    );
  }
  mkdirSync(folder);
  const archive = execFileSync('git', ['archive', commit, 'src', 'package.json'], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x'], { cwd: folder, input: archive });
  return describe(folder);
}

function git(args: readonly string[]): string {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

/**
 * Creates the tree of a future version: this one with one more migration, which expands the schema as migrations may.
 */
export function layOutLater(folder: string): Version {
  mkdirSync(folder);
  for (const part of ['src', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true });
  const number = newestMigration + 1;
  writeFileSync(
    join(folder, migrationsFolder, `${String(number).padStart(4, '0')}-next.ts`),
    `// What a future version may do beside this one.
import type { Migration } from './migration.ts';
export const next: Migration = {
  number: ${number},
  name: 'next',
  statements: ${JSON.stringify(expansions)},
};
`,
  );
  const migrate = join(folder, 'src/storage/migrate.ts');
  const text = readFileSync(migrate, 'utf8');
  const changed = text
    .replace(
      /^import type \{ Migration/m,
      `import { next } from './migrations/${String(number).padStart(4, '0')}-next.ts';\n$&`,
    )
    .replace(/^ {2}postgres: \[([^\]]*?),?\s*\]/m, '  postgres: [$1, next]');
  if (!changed.includes(', next]') || !changed.includes('-next.ts')) throw new Error('migrate.ts is not as expected');
  writeFileSync(migrate, changed);
  return describe(folder);
}

/** New columns, a table, an index, and a word that this version does not know. */
const expansions = [
  'ALTER TABLE api_keys ADD COLUMN plan TEXT',
  "ALTER TABLE organizations ADD COLUMN region TEXT NOT NULL DEFAULT 'any'",
  'ALTER TABLE nodes ADD COLUMN version TEXT',
  'CREATE TABLE plans (id TEXT PRIMARY KEY, name TEXT NOT NULL)',
  'CREATE INDEX api_keys_of_plan ON api_keys (plan)',
  'ALTER TABLE organizations DROP CONSTRAINT organizations_status_check',
  "ALTER TABLE organizations ADD CONSTRAINT organizations_status_check CHECK (status IN ('active', 'suspended', 'archived'))",
];

function describe(folder: string): Version {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { program: join(folder, 'src/cli/main.ts'), schema: newestIn(folder) };
}
