// The OpenAPI document is valid, complete and up to date, and so are the client's types made from it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateTypes, lintOpenApi } from '../../tools/openapi/openapi.ts';
import { openHarness } from './internal-harness.ts';

let text: string;
let harness: Awaited<ReturnType<typeof openHarness>>;

beforeAll(async () => {
  harness = await openHarness();
  const { json } = await harness.call('GET', '/openapi.json');
  text = `${JSON.stringify(json, null, 2)}\n`;
});
afterAll(() => harness.close());

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
}

/** Every operation, named like `GET /path`. */
function listOperations(): [string, Operation][] {
  const paths = JSON.parse(text).paths as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

test('the linter finds nothing in it', async () => {
  expect(await lintOpenApi(text)).toEqual([]);
});

test('the linter finds a wrong document', async () => {
  const broken = JSON.parse(text);
  delete broken.paths['/v1/keys'].post.operationId;
  broken.paths['/v1/keys'].get.responses['200'].content['application/json'].schema.$ref = '#/nowhere';
  expect((await lintOpenApi(JSON.stringify(broken))).length).toBeGreaterThan(1);
});

test('every operation has a name, group, summary, security, described parameters, and problems', () => {
  const names = new Set<string>();
  for (const [name, operation] of listOperations()) {
    expect(operation.operationId, name).toMatch(/^[a-z]+[A-Za-z]+$/);
    names.add(operation.operationId as string);
    expect(operation.tags?.length, name).toBe(1);
    expect(operation.summary, name).toMatch(/^[A-Z].{5,}[^.]$/);
    expect(Object.keys(operation.responses), name).toContain('default');
    expect(operation.security, name).toEqual(/ \/v1\//.test(name) ? [{ operatorToken: [] }] : []);
    for (const parameter of operation.parameters ?? []) {
      expect(parameter.description, `${name} ${parameter.in} ${parameter.name}`).toMatch(/.{5,}/);
    }
  }
  expect(names.size).toBe(listOperations().length);
});

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Every member below a schema, such as `reply.headers`, with its description. */
function membersOf({ properties = {}, items, anyOf = [], additionalProperties }: Schema, at = ''): [string, string][] {
  const own = Object.entries(properties).flatMap(([name, member]): [string, string][] => {
    const path = at === '' ? name : `${at}.${name}`;
    return [[path, member.description ?? ''], ...membersOf(member, path)];
  });
  const values = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [
    ...own,
    ...[...anyOf, ...values, ...(items === undefined ? [] : [items])].flatMap((part) => membersOf(part, at)),
  ];
}

test.each([
  ['VerifyRequest', 11],
  ['VerifyReply', 20],
])('every member of %s has a description', (name, atLeast) => {
  const members = membersOf(JSON.parse(text).components.schemas[name]);
  expect(members.length).toBeGreaterThanOrEqual(atLeast);
  expect(members.filter(([, description]) => !/^.{10,}\.$/.test(description)).map(([member]) => member)).toEqual([]);
});

test('every operation is served', async () => {
  for (const [name] of listOperations()) {
    const [method, path] = name.split(' ') as [string, string];
    const answer = await harness.call('OPTIONS', path.replaceAll(/\{\w+\}/g, 'x'));
    expect(answer.headers.allow?.split(', '), name).toContain(method);
  }
});

test('docs/reference/openapi.json matches the document; else run npm run generate', async () => {
  await expect(text).toMatchFileSnapshot('../../docs/reference/openapi.json');
});

test('src/client/schema.ts matches it; else run npm run generate', async () => {
  const types = `// The admin API's types, generated from docs/reference/openapi.json by \`npm run generate\`.\n`;
  await expect(types + (await generateTypes(text))).toMatchFileSnapshot('../../src/client/schema.ts');
});
