// Checks the names, addresses and passwords that people enter.
import type { Redactor } from '../domain/redaction.ts';
import { readName } from '../domain/visible-name.ts';
import { PeopleError } from './people-error.ts';

/** In characters. NIST SP 800-63B §3.1.1.2 requires at least 15 without and 8 with a second factor. */
export const passwordLength = { min: 12, max: 256 } as const;

/** Throws `invalid_input` when the text contains a secret: names and addresses are shown, mailed, logged, backed up. */
export function assertNoSecret(text: string, field: string, { holdsSecret }: SecretFinder): void {
  if (!holdsSecret(text)) return;
  const fix = 'contains an API key or part of one: remove it, and replace the key if others saw it';
  throw new PeopleError('invalid_input', `${field}: ${fix}`, field);
}

/** Finds secrets in input. */
export type SecretFinder = Pick<Redactor, 'holdsSecret'>;

/** The name in its stored form (see `readName`): 1 to `max` characters, no secret. Throws `invalid_input`. */
export function checkDisplayName(text: string, field: string, max: number, secrets: SecretFinder): string {
  const read = readName(text, { min: 1, max });
  if (!read.ok) throw new PeopleError('invalid_input', `${field}: ${read.fix}`, field);
  assertNoSecret(read.name, field, secrets);
  return read.name;
}

/** The address in lower case. Throws `invalid_input` when it is malformed or contains a secret. */
export function checkEmail(text: string, secrets: SecretFinder): string {
  // Before the conversion to lower case, because prefixes are case-sensitive. Part by part, because an `@` and a domain
  // are not the end of a secret.
  for (const part of text.split('@')) assertNoSecret(part, 'email', secrets);
  const email = text.trim().toLowerCase();
  if (
    email.length <= 254 &&
    /^[a-z0-9._%+'-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(email)
  ) {
    return email;
  }
  throw new PeopleError('invalid_input', 'email: must be an e-mail address such as amal@example.com', 'email');
}

/** Returns the password. Throws `invalid_input` for a wrong length. Any characters are allowed. */
export function checkPassword(text: string): string {
  const { min, max } = passwordLength;
  if (text.length >= min && text.length <= max) return text;
  throw new PeopleError('invalid_input', `password: must have ${min} to ${max} characters`, 'password');
}
