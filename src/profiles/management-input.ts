// Reads what a management request brings. A member of a body that is not known is an error that names it.
import type { z } from 'zod';
import { formatFieldPath } from '../domain/field-path.ts';
import { invalidInput } from '../management/management-error.ts';

/** `input` as `schema` reads it. Throws a `ManagementError` that names the first field at fault. */
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
 * The query as `schema` reads it. A member that the schema does not name is ignored: the vendors' pages are silent on those. One that it names
 * and that is sent twice is an error: servers disagree on which one counts.
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
  // Own members whatever their names are: assigning `__proto__` would set none.
  return readInput(schema, Object.fromEntries(members));
}
