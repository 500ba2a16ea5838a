// The names of members on management routes: Miftah's name of each, and the vendor's name for it.
import { z } from 'zod';
import { suggestName } from '../../domain/closest-name.ts';
import { ManagementError } from '../../management/management-error.ts';
import { readInput, readQuery } from './input.ts';

/** The vendor's names by Miftah's. */
export type Names = Readonly<Record<string, string>>;

/**
 * The parts of requests and replies in which members have names. Names are unique within a part. `key`: a key in a
 * reply. `list` and `made`: what stands around a list of keys and beside a new secret.
 */
export const parts = ['query', 'body', 'key', 'list', 'made'] as const;

/** One of `parts`. */
export type Part = (typeof parts)[number];

/** Those of replies. */
export const partsOfReplies: ReadonlySet<Part> = new Set(['key', 'list', 'made']);

/** The names of a shape by part. */
export type ShapeNames = Readonly<Record<Part, Names>>;

/** Members whose names do not change, by part. */
export type FixedNames = Readonly<Partial<Record<Part, readonly string[]>>>;

/** A profile's own names by Miftah's: of all parts, and of replies alone, which win there. */
export interface OwnNames {
  readonly fields?: Names | undefined;
  readonly replyFields?: Names | undefined;
}

/** A name that is wrong, and what to write instead. */
export interface NameFlaw {
  readonly map: keyof OwnNames;
  readonly name: string;
  readonly message: string;
}

/** The names of a shape with a profile's own. Names that `findNameFlaw` would refuse must not get here. */
export function nameMembers(shape: ShapeNames, { fields = {}, replyFields = {} }: OwnNames): ShapeNames {
  const named = parts.map((part) => {
    const own = new Map(Object.entries(partsOfReplies.has(part) ? { ...fields, ...replyFields } : fields));
    return [
      part,
      Object.fromEntries(Object.entries(shape[part]).map(([name, usual]) => [name, own.get(name) ?? usual])),
    ];
  });
  return Object.fromEntries(named) as ShapeNames;
}

/**
 * The first mistake in a profile's own names: a name that the shape does not have, one that JSON readers trip over, or
 * two members of one part with the same name. `undefined`: there is none.
 *
 * @param fixed members of each part whose names do not change
 */
export function findNameFlaw(shape: ShapeNames, own: OwnNames, fixed: FixedNames): NameFlaw | undefined {
  for (const map of ['fields', 'replyFields'] as const) {
    const offered = parts.filter((part) => map === 'fields' || partsOfReplies.has(part));
    const known = [...new Set(offered.flatMap((part) => Object.keys(shape[part])))];
    for (const [name, chosen] of Object.entries(own[map] ?? {})) {
      if (!known.includes(name)) {
        return { map, name, message: `${shown(name)} is not known here: ${suggestName(name, known)}` };
      }
      if (!isMemberName(chosen)) return { map, name, message: `${shown(chosen)} must be ${memberNameForm}` };
    }
  }
  const named = nameMembers(shape, own);
  for (const part of parts) {
    const flaw = findTwin(part, named[part], own, fixed[part] ?? []);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** Two members of one part with the same name. Blames the one that the profile names. */
function findTwin(part: Part, names: Names, own: OwnNames, fixed: readonly string[]): NameFlaw | undefined {
  const taken = new Map(fixed.map((name) => [name, name]));
  const mapOf = (name: string): keyof OwnNames | undefined => {
    if (partsOfReplies.has(part) && Object.hasOwn(own.replyFields ?? {}, name)) return 'replyFields';
    return Object.hasOwn(own.fields ?? {}, name) ? 'fields' : undefined;
  };
  for (const [name, chosen] of Object.entries(names)) {
    const twin = taken.get(chosen);
    taken.set(chosen, name);
    if (twin === undefined) continue;
    const [blamed, other] = mapOf(name) === undefined ? [twin, name] : [name, twin];
    const message = `${shown(chosen)} is also the name of ${other}: use two different names`;
    return { map: mapOf(blamed) ?? 'fields', name: blamed, message };
  }
  return undefined;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}

/** What a vendor's name must look like. */
export const memberNameForm =
  'a name such as allowedIps: a letter or _, then letters, digits, _ and -, at most 60 characters, and no name that objects have, such as constructor';

/** `__proto__`, `constructor` and the like would reach into the objects of clients that merge them carelessly. */
export function isMemberName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]{0,59}$/.test(name) && !(name in Object.prototype);
}

/** Compiles the reader of a JSON body. Its errors begin with the vendor's name of the field; its result has Miftah's. */
export function bodyReader<Shape extends z.ZodRawShape>(shape: Shape, names: Names) {
  const schema = z.strictObject(renameShape(shape, names), 'must be a JSON object');
  return (body: unknown) => withOwnNames(shape, names, readInput(schema, body));
}

/** Compiles the reader of a query, as `bodyReader` does for a body. */
export function queryReader<Shape extends z.ZodRawShape>(shape: Shape, names: Names) {
  const schema = z.object(renameShape(shape, names));
  return (query: URLSearchParams) => withOwnNames(shape, names, readQuery(schema, query));
}

function renameShape(shape: z.ZodRawShape, names: Names): z.ZodRawShape {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [names[name] as string, schema]));
}

function withOwnNames<Shape extends z.ZodRawShape>(shape: Shape, names: Names, read: object) {
  const values = new Map<string, unknown>(Object.entries(read));
  const members = Object.keys(shape).map((name) => [name, values.get(names[name] as string)]);
  return Object.fromEntries(members) as z.output<z.ZodObject<Shape>>;
}

/** The members of a reply with the vendor's names. */
export function writeMembers(names: Names, values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [names[name] ?? name, value]));
}

/**
 * Runs a command whose errors name fields of a body. Those messages begin with Miftah's name of the field; they then
 * begin with the vendor's.
 */
export async function inVendorsWords<Result>(names: Names, command: Promise<Result>): Promise<Result> {
  try {
    return await command;
  } catch (error) {
    throw error instanceof ManagementError ? renameField(error, names) : error;
  }
}

function renameField(error: ManagementError, names: Names): ManagementError {
  const { code, field = '', message } = error;
  const root = /^\w+/.exec(field)?.[0] ?? '';
  if (!Object.hasOwn(names, root) || !message.startsWith(root)) return error;
  const renamed = (text: string) => `${names[root]}${text.slice(root.length)}`;
  return new ManagementError(code, renamed(message), renamed(field));
}
