// Names that people give to keys and organizations.
import type { Redactor } from '../domain/redaction.ts';
import { readName } from '../domain/visible-name.ts';
import { invalidInput } from './management-error.ts';

/** The name in its stored form (see `readName`). Throws a `ManagementError` that says what to send instead. */
export function checkName(text: string, length: { readonly min: number; readonly max: number }): string {
  const read = readName(text, length);
  if (!read.ok) throw invalidInput('name', read.fix);
  return read.name;
}

/** Throws a `ManagementError` when the text contains a secret, because many people, logs and backups have it. */
export function assertNoSecret(field: string, text: string | undefined, { holdsSecret }: Redactor): void {
  if (text === undefined || !holdsSecret(text)) return;
  throw invalidInput(field, 'contains an API key or a part of one: leave it out, and rotate the key if others saw it');
}
