// The published JSON Schema is the one of this schema, and the example is valid.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configJsonSchema, profileJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';

test.each([
  ['miftah.schema.json', configJsonSchema],
  ['profile.schema.json', profileJsonSchema],
])('schema/%s is up to date: npm run generate', (file, schema) => {
  const published: unknown = JSON.parse(readFileSync(new URL(`../../schema/${file}`, import.meta.url), 'utf8'));
  expect(published).toEqual(schema());
});

test('the example with five profiles loads', () => {
  const file = new URL('../../examples/five-profiles/miftah.yaml', import.meta.url).pathname;
  const { apis } = loadConfig({ file, environment: {} });
  expect(apis.map(({ id, profile }) => [id, profile.id])).toEqual(
    ['palcards', 'palpluss', 'panel', 'classic', 'palm'].map((id) => [id, id]),
  );
});
