// Calls with ids that the caller may not use, made from an OpenAPI document: every route with an id, times every such
// id.
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { readContent } from '../database-content.ts';

/** The part of an OpenAPI 3.1 document that the cases need. */
export interface ApiDocument {
  readonly paths?: Readonly<Record<string, object>> | undefined;
  readonly components?: { readonly schemas?: Readonly<Record<string, object>> | undefined } | undefined;
}

/** Ids of one kind. The part of the path before them names it: `keys` in `/v1/keys/{id}`. */
export interface TenantIds {
  /** An id that the caller may use. */
  readonly own: string;
  /** Ids of others, which do not exist for the caller. */
  readonly foreign?: readonly string[];
  /** Deleted ids of the caller: may be read, and never change. */
  readonly deleted?: readonly string[];
}

export type IdsByKind = Readonly<Record<string, TenantIds>>;

export interface TenantCase {
  readonly method: string;
  /** The path as it is sent. */
  readonly path: string;
  /** Sent as JSON. `undefined`: no body. */
  readonly body: unknown;
  /**
   * `absent`: 404 with the same bytes for every such id. `malformed`: 400, 404 or 413. `refused`: no success.
   * `unchanged`: any answer but a server error.
   */
  readonly expected: 'absent' | 'malformed' | 'refused' | 'unchanged';
}

/** Sends one call as the caller who owns the ids in `own`. */
export type Caller = (
  method: string,
  path: string,
  body: unknown,
) => Promise<{ readonly status: number; readonly text: string }>;

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Ids that never existed, and texts that are not ids. They go into the path unchanged. */
function listHostile(own: string): { readonly text: string; readonly expected: 'absent' | 'malformed' }[] {
  const absent = [
    'x',
    `${own.slice(0, 4)}${'0'.repeat(20)}`,
    own.slice(0, -1),
    `${own}0`,
    own === own.toUpperCase() ? own.toLowerCase() : own.toUpperCase(),
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    'null',
    '0',
    '%25',
    '*',
    "'%20OR%20'1'='1",
    '%D9%85',
  ];
  const malformed = [
    'k'.repeat(201),
    'k'.repeat(8000),
    `x%2F..%2F${own}`,
    `..%2f${own}`,
    `${own}%2F`,
    `%2E%2E/${own}`,
    `${own}%00`,
    `${own}%20`,
    `${own};a=b`,
    `${own}%0d%0aX-A:%20b`,
    '%',
    '%ff',
    '%5C',
    '//',
    '',
  ];
  return [
    ...absent.map((text) => ({ text, expected: 'absent' as const })),
    ...malformed.map((text) => ({ text, expected: 'malformed' as const })),
  ];
}

interface Route {
  readonly method: string;
  /** Parts of the path. Those in braces are ids. */
  readonly parts: readonly string[];
  readonly bodySchema: Schema | undefined;
}

function listRoutes({ paths = {} }: ApiDocument): readonly Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      parts: path.split('/'),
      bodySchema: requestBody?.content['application/json']?.schema,
    })),
  );
}

/** The places of a route's ids, with their kinds. */
function listIds({ parts }: Route): { readonly at: number; readonly kind: string }[] {
  return parts.flatMap((part, at) => (part.startsWith('{') ? [{ at, kind: parts[at - 1] ?? '' }] : []));
}

/**
 * A valid body: of an object its required members and those in `samples`, which has their values; else the first
 * choice.
 */
function sample(document: ApiDocument, schema: Schema, samples: Readonly<Record<string, unknown>>): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    return sample(document, (document.components?.schemas?.[name] ?? {}) as Schema, samples);
  }
  if (schema.example !== undefined) return schema.example;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.properties === undefined) return schema.type === 'string' ? 'sample' : [];
  const all = Object.keys(schema.properties);
  const wanted = all.filter((name) => schema.required?.includes(name) || name in samples);
  const names = wanted.length === 0 ? all.slice(0, 1) : wanted;
  const members = names.map((name) => [
    name,
    samples[name] ?? sample(document, schema.properties?.[name] as Schema, samples),
  ]);
  return Object.fromEntries(members);
}

export interface TenantOptions {
  readonly ids: IdsByKind;
  /** Values of members, by name, where neither an example nor any text will do. */
  readonly samples?: Readonly<Record<string, unknown>>;
  /** Members of bodies that are ids, with their kinds. */
  readonly bodyIds?: Readonly<Record<string, string>>;
}

function ownOf(ids: IdsByKind, kind: string): string {
  const own = ids[kind]?.own;
  if (own === undefined) throw new Error(`no id is given for the routes below /${kind}/{…}: add it`);
  return own;
}

function bodyOf(document: ApiDocument, route: Route, { ids, samples = {}, bodyIds = {} }: TenantOptions): unknown {
  if (route.bodySchema === undefined) return undefined;
  const own = Object.entries(bodyIds).map(([name, kind]) => [name, ownOf(ids, kind)]);
  return sample(document, route.bodySchema, { ...Object.fromEntries(own), ...samples });
}

/** Every route with an id in its path or body, with ids that the caller may not use. */
export function listTenantCases(document: ApiDocument, options: TenantOptions): readonly TenantCase[] {
  const { ids, bodyIds = {} } = options;
  return listRoutes(document).flatMap((route) => {
    const { method, parts } = route;
    const body = bodyOf(document, route, options);
    const places = listIds(route);
    const own = parts.map((part, at) => (part.startsWith('{') ? ownOf(ids, parts[at - 1] ?? '') : part));
    const toPath = (replaced: Readonly<Record<number, string>>) =>
      own.map((part, at) => replaced[at] ?? part).join('/');
    const cases: TenantCase[] = [];
    const add = (path: string, expected: TenantCase['expected']) => cases.push({ method, path, body, expected });

    for (const { at, kind } of places) {
      const { foreign = [], deleted = [] } = ids[kind] as TenantIds;
      for (const id of foreign) add(toPath({ [at]: id }), 'absent');
      for (const id of deleted) add(toPath({ [at]: id }), 'unchanged');
      for (const { text, expected } of listHostile(ownOf(ids, kind))) add(toPath({ [at]: text }), expected);
    }
    if (places.length > 1) {
      // All ids are another tenant's: the path is right, the caller is not.
      const foreign = places.map(({ at, kind }) => [at, ids[kind]?.foreign?.[0] ?? ownOf(ids, kind)]);
      const path = toPath(Object.fromEntries(foreign));
      if (path !== own.join('/')) add(path, 'absent');
    }
    for (const [name, kind] of Object.entries(bodyIds)) {
      if (typeof body !== 'object' || body === null || !(name in body)) continue;
      const hostile = listHostile(ownOf(ids, kind)).map(({ text }) => decode(text));
      for (const id of [...(ids[kind]?.foreign ?? []), ...hostile, null, {}, [ownOf(ids, kind)]]) {
        cases.push({ method, path: own.join('/'), body: { ...body, [name]: id }, expected: 'refused' });
      }
    }
    return cases;
  });
}

/** The same routes with the caller's own ids, to prove that the cases fail because of their ids only. */
export function listOwnCalls(document: ApiDocument, options: TenantOptions): readonly Omit<TenantCase, 'expected'>[] {
  return listRoutes(document)
    .filter((route) => listIds(route).length > 0)
    .map((route) => ({
      method: route.method,
      path: route.parts
        .map((part, at) => (part.startsWith('{') ? ownOf(options.ids, route.parts[at - 1] ?? '') : part))
        .join('/'),
      body: bodyOf(document, route, options),
    }))
    .toSorted((a, b) => Number(isLast(a)) - Number(isLast(b)));
}

/** After the deletion of an organization, nothing else has its ids. */
function isLast({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method === 'DELETE' && /\/orgs\/[^/]+$/.test(path);
}

/** Sends the cases, and expects that no answer says more than a refusal and no row changes. */
export async function expectNoLeak(
  cases: readonly TenantCase[],
  call: Caller,
  {
    dump,
    canaries,
  }: {
    /** All rows of the database. */
    readonly dump: () => string;
    /** Texts that only the records of others contain. */
    readonly canaries: readonly string[];
  },
): Promise<void> {
  let before = dump();
  const absent = new Map<string, string>();
  for (const { method, path, body, expected } of cases) {
    const { status, text } = await call(method, path, body);
    const sent = `${method} ${path.slice(0, 120)} ${JSON.stringify(body)?.slice(0, 120)}`;
    const name = `${sent} answered ${status} ${text.slice(0, 300)}`;
    expect(status, name).toBeLessThan(500);
    if (expected === 'absent') {
      expect(status, name).toBe(404);
      absent.set(text, name);
    }
    if (expected === 'malformed') expect([400, 404, 413, 431], name).toContain(status);
    if (expected === 'refused') expect(status, name).toBeGreaterThanOrEqual(400);
    for (const canary of canaries) expect(path.includes(canary) || !text.includes(canary), name).toBe(true);
    // Once a minute, the server itself writes events and notifications. It does not do so again at once.
    for (let tries = 0; tries < 5 && dump() !== before; tries++) {
      before = dump();
      await call(method, path, body);
    }
    expect(dump() === before, `${name} and changed something`).toBe(true);
  }
  expect([...absent.values()].length, [...absent.values()].join('\n')).toBe(1);
}

/** Reads the content of a SQLite database that may be open elsewhere. */
export function openDump(file: string): { dump(): string; close(): void } {
  const database = new DatabaseSync(file, { readOnly: true });
  return { dump: () => readContent(database), close: () => database.close() };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
