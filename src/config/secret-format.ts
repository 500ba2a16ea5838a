// The section `secret` of a profile: the format of its secrets, over an inherited one.
import type { z } from 'zod';
import {
  defaultMask,
  findFormatFlaw,
  maskMark,
  maxShown,
  type SecretFormat,
  secretAlphabets,
  secretChecksums,
} from '../domain/secret.ts';
import { oneOf, section, text, wholeNumber } from './fields.ts';
import type { Report } from './report.ts';

const prefix = text(
  'a prefix such as sk_live_, key- or AKIA',
  (value) => (value.length <= 40 ? value || undefined : undefined),
  'The start of every secret: 2 to 40 letters and digits that begin with a letter, with single _ - . between them or at the end. Without one of these at the end: at least 4 characters.',
);

const shownCharacters = (description: string) => wholeNumber(0, maxShown, description).optional();

/** The section. Every part is optional. */
export const secretFormat = section({
  prefixes: section({ live: prefix.optional(), test: prefix.optional() })
    .describe('The prefix of each environment. An environment without one does not exist.')
    .optional(),
  length: wholeNumber(
    1,
    1024,
    'Characters of a secret, prefix and checksum included. At least 160 random bits must fit.',
  ).optional(),
  alphabet: oneOf(
    secretAlphabets,
    'The characters of the random part. base32 is in capitals, hex and base36 are in small letters. Default base62.',
  ).optional(),
  checksum: oneOf(
    secretChecksums,
    'crc32: the last 6 characters refuse typing errors without a look-up; only with base62. none: each text in the format costs a look-up, which is limited by client. Default: crc32 with base62, else none.',
  ).optional(),
  mask: section({
    start: shownCharacters('Characters shown after the prefix, 0 to 4. Default 4.'),
    mark: text(
      '…, ... or 1 to 8 * or •, in quotes',
      (value) => (maskMark.test(value) ? value : undefined),
      'Stands for the hidden characters: …, ... or 1 to 8 * or •. Default …',
    ).optional(),
    end: shownCharacters('Characters shown at the end, 0 to 4. Default 4.'),
  })
    .describe('How a secret is shown after its creation, imported ones too.')
    .optional(),
}).describe('The format of secrets.');

/** The checked section. */
export type SecretFormatFile = z.output<typeof secretFormat>;

/**
 * The inherited format with what the section says. A new alphabet has its own default checksum. Reports the first
 * mistake of the result with its path in the section.
 */
export function overrideSecretFormat(inherited: SecretFormat, given: SecretFormatFile, report: Report): SecretFormat {
  const { alphabet = inherited.alphabet, mask } = given;
  const inheritedChecksum = alphabet === inherited.alphabet ? inherited.checksum : undefined;
  const format: SecretFormat = {
    prefixes: given.prefixes === undefined ? inherited.prefixes : present(given.prefixes),
    length: given.length ?? inherited.length,
    alphabet,
    checksum: given.checksum ?? inheritedChecksum,
    mask: mask === undefined ? inherited.mask : { ...(inherited.mask ?? defaultMask), ...present(mask) },
  };
  const flaw = findFormatFlaw(format);
  if (flaw !== undefined) report(flaw.field, flaw.message);
  return format;
}

/** The members that have a value. */
function present<Members extends object>(members: Members) {
  type Present = { [Name in keyof Members]?: Exclude<Members[Name], undefined> };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present;
}
