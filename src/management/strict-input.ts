// Reads the input of JavaScript callers. An unknown member, or a member of the wrong type, is an error.
import { suggestName } from '../domain/closest-name.ts';
import { invalidInput } from './management-error.ts';

/** Returns a copy of `value`, checked. Throws `invalid_input` that names `field` and the fix. */
export type Read<Value = unknown> = (value: unknown, field: string) => Value;

/** The reader of each member, so that a member without one does not compile. */
export type Shape<Value> = { readonly [Name in keyof Required<Value>]: Read };

/** Text, possibly empty; the command checks its content. */
export const text: Read<string> = (value, field) => {
  if (typeof value === 'string') return value;
  throw invalidInput(field, `must be text${got(value)}`);
};

/** One of `words`. */
export function oneOf(words: readonly string[]): Read<string> {
  return (value, field) => {
    if (typeof value === 'string' && words.includes(value)) return value;
    throw invalidInput(field, `must be ${words.join(' or ')}${got(value)}`);
  };
}

/** `true` or `false`. */
export const flag: Read<boolean> = (value, field) => {
  if (typeof value === 'boolean') return value;
  throw invalidInput(field, `must be true or false${got(value)}`);
};

/** A safe integer. */
export const wholeNumber: Read<number> = (value, field) => {
  if (Number.isSafeInteger(value)) return value as number;
  throw invalidInput(field, `must be a whole number${got(value)}`);
};

/** A function. */
export const callback: Read = (value, field) => {
  if (typeof value === 'function') return value;
  throw invalidInput(field, `must be a function${got(value)}`);
};

/** `null`, or a value that `read` accepts. */
export function nullable(read: Read): Read {
  return (value, field) => (value === null ? null : read(value, field));
}

/** A list whose entries `read` accepts. The result is a copy, so later changes by the caller have no effect. */
export function listOf(read: Read): Read<readonly unknown[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw invalidInput(field, `must be a list${got(value)}`);
    return Array.from(value as readonly unknown[], (entry, at) => read(entry, `${field}[${at}]`));
  };
}

/** An object with any member names, whose values `read` accepts. */
export function recordOf(read: Read): Read {
  return (value, field) => {
    assertObject(value, field);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, read(member, `${field}.${name}`)]));
  };
}

/**
 * An object with the members of `shape` and no others. `required` lists those that must be present. Errors name a
 * member of an input by its own name (`scopes`), a member of another object with a prefix (`options.source`).
 */
export function objectOf<Value>(shape: Shape<Value>, required: readonly (keyof Value)[] = []): Read {
  const readers = Object.entries(shape) as [string, Read][];
  return (value, field) => {
    assertObject(value, field);
    // Inherited members count too: the commands would read them like own ones.
    for (const name in value) {
      if (Object.hasOwn(shape, name)) continue;
      throw invalidInput(
        memberOf(field, name.slice(0, 60)),
        `is not known here: ${suggestName(name, Object.keys(shape))}`,
      );
    }
    const copy: Record<string, unknown> = {};
    for (const [name, read] of readers) {
      const member = value[name];
      if (member !== undefined) copy[name] = read(member, memberOf(field, name));
      else if (required.includes(name as keyof Value)) throw invalidInput(memberOf(field, name), 'is missing');
    }
    return copy;
  };
}

/** Names fields of inputs like the HTTP API, without a prefix. */
function memberOf(field: string, name: string): string {
  return field === 'input' ? name : `${field}.${name}`;
}

function assertObject(value: unknown, field: string): asserts value is Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw invalidInput(field, `must be an object${got(value)}`);
}

/** The type of a wrong value, for the message. The value itself could be a secret. */
function got(value: unknown): string {
  if (value === null) return ', not null';
  if (Array.isArray(value)) return ', not a list';
  if (value instanceof Date) return ', not a Date: use date.toISOString()';
  if (typeof value === 'object') return ', not an object';
  return value === undefined || typeof value === 'string' ? '' : `, not a ${typeof value}`;
}
