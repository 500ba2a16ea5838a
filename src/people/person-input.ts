// What people type about themselves: names, addresses, passwords.
import type { Redactor } from '../domain/redaction.ts';
import { readName } from '../domain/visible-name.ts';
import { PeopleError } from './people-error.ts';

/** As better-auth is told too. NIST SP 800-63B §3.1.1.2 asks for at least 15 without and 8 with a second factor. */
export const passwordLength = { min: 12, max: 256 } as const;

/** Throws `invalid_input` when the text holds a secret: names and addresses are shown, mailed, logged and kept in backups. */
export function assertNoSecret(text: string, field: string, { holdsSecret }: SecretFinder): void {
  if (!holdsSecret(text)) return;
  const fix = 'contains an API key or part of one: remove it, and replace the key if others saw it';
  throw new PeopleError('invalid_input', `${field}: ${fix}`, field);
}

/** Finds secrets in what people type. */
export type SecretFinder = Pick<Redactor, 'holdsSecret'>;

/** As `readName`, of 1 to `max` characters, and no secret. Throws `invalid_input`. */
export function checkDisplayName(text: string, field: string, max: number, secrets: SecretFinder): string {
  const read = readName(text, { min: 1, max });
  if (!read.ok) throw new PeopleError('invalid_input', `${field}: ${read.fix}`, field);
  assertNoSecret(read.name, field, secrets);
  return read.name;
}

/** Lower case. Throws `invalid_input` for what can't be an address or holds a secret; a mail proves that it can be reached. */
export function checkEmail(text: string, secrets: SecretFinder): string {
  // Before it is lower case, since prefixes have their case. Part by part: an `@` and a domain are no secret's end.
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

/** Throws `invalid_input` for a password of another length. What it consists of is its owner's affair. */
export function checkPassword(text: string): string {
  const { min, max } = passwordLength;
  if (text.length >= min && text.length <= max) return text;
  throw new PeopleError('invalid_input', `password: must have ${min} to ${max} characters`, 'password');
}
