// The reference of the configuration names every setting, and its example loads.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { problems } from '../profiles/profile.ts';
import { placeholderNames } from '../profiles/template.ts';
import { profileIds } from './bundled-profiles.ts';
import { configJsonSchema, profileJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';

const reference = readFileSync(new URL('../../docs/reference/config.md', import.meta.url), 'utf8');

interface JsonSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

function namesIn({ properties = {}, items = {}, anyOf = [] }: JsonSchema): string[] {
  const own = Object.entries(properties).flatMap(([name, child]) => [name, ...namesIn(child)]);
  return Object.keys(items).length === 0 ? [...own, ...anyOf.flatMap(namesIn)] : [...own, ...namesIn(items)];
}

test('docs/reference/config.md names every setting', () => {
  const names = namesIn(configJsonSchema() as JsonSchema).filter((name) => name !== '$schema');
  expect(names.length).toBeGreaterThan(25);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(reference))).toEqual([]);
});

test('docs/reference/config.md names every profile', () => {
  const row = reference.split('\n').find((line) => line.startsWith('| `profile` |')) ?? '';
  expect(
    row.match(/`(\w+)`/g),
    'the row `profile` of docs/reference/config.md has the profiles of src/config/bundled-profiles.ts, in their order',
  ).toEqual(['profile', ...profileIds, 'profiles'].map((name) => `\`${name}\``));
});

test('docs/reference/profiles.md names every setting, reason and placeholder', () => {
  const page = readFileSync(new URL('../../docs/reference/profiles.md', import.meta.url), 'utf8');
  const { $defs, ...schema } = profileJsonSchema() as JsonSchema & { $defs?: Readonly<Record<string, JsonSchema>> };
  const policyNames = new Set(namesIn((schema.properties ?? $defs?.profile?.properties)?.policy ?? {}));
  const own = [schema, ...Object.values($defs ?? {})].flatMap(namesIn).filter((name) => !policyNames.has(name));
  const names = [...own, 'keyIds', 'rateLimitWindowSeconds', ...problems, ...placeholderNames];
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page))).toEqual([]);
});

test('the API of your own in docs/reference/config.md loads', () => {
  const [, example = ''] = /```yaml\n(apis:.*?)```/s.exec(reference) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'miftah-config-'));
  try {
    writeFileSync(join(folder, 'miftah.yaml'), example);
    const { apis } = loadConfig({ file: join(folder, 'miftah.yaml'), environment: {} });
    expect(apis.map(({ product, profile: { id, secret } }) => [id, product.en, secret.prefixes.live])).toEqual([
      ['standard', 'Acme', 'acme_live_'],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
