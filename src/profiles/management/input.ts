// Reads the query and the body of a management request. An unknown field of a body is an error that names it.
import type { z } from 'zod';
import { formatFieldPath } from '../../domain/field-path.ts';
import { invalidInput } from '../../management/management-error.ts';

/** Parses `input` with `schema`. Throws a `ManagementError` (`invalid_input`) that names the first field at fault. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const name = issue.keys[0]?.slice(0, 60) ?? '';
    throw invalidInput(formatFieldPath([...path, name]), 'is not known here: leave it out or correct its name');
  }
  throw invalidInput(formatFieldPath(path) || 'body', issue?.message ?? 'is not valid');
}

/**
 * Parses `query` with `schema`. Ignores parameters that the schema does not name, because the vendors' pages do not
 * mention them. Throws a `ManagementError` if a named one is invalid or sent twice: servers disagree on which one
 * counts.
 */
export function readQuery<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  query: URLSearchParams,
): z.output<z.ZodObject<Shape>> {
  const members = new Map<string, string>();
  for (const [name, value] of query) {
    if (!Object.hasOwn(schema.shape, name)) continue;
    if (members.has(name)) throw invalidInput(name.slice(0, 60), 'is sent twice: send it once');
    members.set(name, value);
  }
  // `fromEntries` makes an own member of every name. Assigning to `__proto__` would not.
  return readInput(schema, Object.fromEntries(members));
}
