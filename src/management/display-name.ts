// Names that people give to keys and organizations.
import type { Redactor } from '../domain/redaction.ts';
import { readName } from '../domain/visible-name.ts';
import { invalidInput } from './management-error.ts';

/** As `readName`; throws a `ManagementError` that says what to send instead. */
export function checkName(text: string, length: { readonly min: number; readonly max: number }): string {
  const read = readName(text, length);
  if (!read.ok) throw invalidInput('name', read.fix);
  return read.name;
}

/** Throws a `ManagementError` when the text contains a secret. Many people read names, and logs and backups keep them. */
export function assertNoSecret(field: string, text: string | undefined, { holdsSecret }: Redactor): void {
  if (text === undefined || !holdsSecret(text)) return;
  throw invalidInput(field, 'contains an API key or a part of one: leave it out, and rotate the key if others saw it');
}
