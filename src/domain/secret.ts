// The secret of a key: how it is generated, checked before a look-up, digested and masked.
import { hash, randomBytes } from 'node:crypto';
import { type Environment, environments, type SecretHint } from './api-key.ts';

/** The alphabets of secrets. */
export const secretAlphabets = ['base62', 'hex', 'base32', 'base36', 'base58', 'base64url'] as const;

/** One of `secretAlphabets`. */
export type SecretAlphabet = (typeof secretAlphabets)[number];

/** The checksums of secrets. */
export const secretChecksums = ['crc32', 'none'] as const;

/** One of `secretChecksums`. */
export type SecretChecksum = (typeof secretChecksums)[number];

/** The format of a profile's secrets: prefix, random characters and, if there is one, a checksum. */
export interface SecretFormat {
  /** The prefix of each environment that the profile has: see `findFormatFlaw`. */
  readonly prefixes: Readonly<Partial<Record<Environment, string>>>;
  /** Characters, prefix and checksum included. */
  readonly length: number;
  /** The alphabet of the random characters. Default: base62. */
  readonly alphabet?: SecretAlphabet | undefined;
  /**
   * `crc32`: the last 6 characters are CRC-32 over the random part, in base62, zero-padded (the scheme of GitHub's
   * tokens). It is not security. It lets Miftah refuse typing errors and noise without a look-up. Only base62 has it.
   * `none`: every text in the format costs a look-up, and look-ups of unknown keys are rationed by client. Default:
   * `crc32` for base62, else `none`.
   */
  readonly checksum?: SecretChecksum | undefined;
  /** How a secret is shown after its creation. Default: `defaultMask`. */
  readonly mask?: SecretMask | undefined;
}

/** How much of a secret is shown after its prefix: `1a2b…9f3c`. */
export interface SecretMask {
  /** Characters of the random part that are shown first: 0 to 4. */
  readonly start: number;
  /** Stands for the characters that are not shown: see `maskMark`. */
  readonly mark: string;
  /** Characters that are shown last: 0 to 4. */
  readonly end: number;
}

/** `sk_prod_1a2b…9f3c` */
export const defaultMask: SecretMask = { start: 4, mark: '…', end: 4 };

/** The most characters that a mask shows at each end. The store keeps no more of a secret. */
export const maxShown = 4;

/** What a mark can be. Searches find it in a masked secret, so no secret contains one. */
export const maskMark = /^(?:…|\.{3}|\*{1,8}|•{1,8})$/;

/** base32 is RFC 4648 §6, base64url is §5, both without padding. base58 has no 0, O, I and l, as in Bitcoin. */
const charactersOf: Readonly<Record<SecretAlphabet, string>> = {
  base62: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  hex: '0123456789abcdef',
  base32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  base36: '0123456789abcdefghijklmnopqrstuvwxyz',
  base58: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
};

export const base62 = charactersOf.base62;
const checksumLength = 6;
const minRandomBits = 160;

/** The value of each character code in its alphabet; -1: not in it. */
const digitsOf = Object.fromEntries(
  Object.entries(charactersOf).map(([alphabet, characters]) => {
    const digits = new Int8Array(128).fill(-1);
    for (let digit = 0; digit < characters.length; digit++) digits[characters.charCodeAt(digit)] = digit;
    return [alphabet, digits];
  }),
) as Readonly<Record<SecretAlphabet, Int8Array>>;
const digitOfCode = digitsOf.base62;

// CRC-32 (IEEE 802.3), four bytes a step: crcTables[n] advances a byte that n more bytes follow.
const crcTables = [0, 1, 2, 3].map(() => new Int32Array(256));
const [crc0, crc1, crc2, crc3] = crcTables as [Int32Array, Int32Array, Int32Array, Int32Array];
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  crc0[byte] = crc;
}
for (let byte = 0; byte < 256; byte++) {
  for (let behind = 1; behind < 4; behind++) {
    const shorter = (crcTables[behind - 1] as Int32Array)[byte] as number;
    (crcTables[behind] as Int32Array)[byte] = (crc0[shorter & 0xff] as number) ^ (shorter >>> 8);
  }
}

/** The part of a format that is wrong, and what to write instead. */
export interface FormatFlaw {
  readonly field: readonly string[];
  readonly message: string;
}

/** Letters and digits, with single `_`, `-` and `.` between them and at the end. */
const prefixForm = /^(?=.{2,40}$)[A-Za-z][A-Za-z0-9]*(?:[_.-][A-Za-z0-9]+)*[_.-]?$/;

/** The fewest characters of a prefix without `_`, `-` or `.` at its end. Ordinary words contain shorter ones. */
const minBarePrefixLength = 4;

/**
 * The first mistake in a format: a malformed prefix, prefixes that begin alike, a checksum that the alphabet can't
 * carry, or a secret without room for 160 random bits. `undefined`: there is none.
 */
export function findFormatFlaw(format: SecretFormat): FormatFlaw | undefined {
  const prefixes = environments.flatMap((environment) => {
    const prefix = format.prefixes[environment];
    return prefix === undefined ? [] : [{ environment, prefix }];
  });
  if (prefixes.length === 0) return { field: ['prefixes'], message: 'is empty: set live, test or both' };
  for (const { environment, prefix } of prefixes) {
    const field = ['prefixes', environment];
    if (!prefixForm.test(prefix)) {
      const message = `secret prefix ${prefix.slice(0, 40)} must look like sk_live_, key- or AKIA: 2 to 40 letters and digits that begin with a letter, with single _ - . between them or at the end`;
      return { field, message };
    }
    if (/[A-Za-z0-9]$/.test(prefix) && prefix.length < minBarePrefixLength) {
      const message = `secret prefix ${prefix} is part of ordinary words: end it in _ - or ., or use at least ${minBarePrefixLength} characters`;
      return { field, message };
    }
  }
  const { live, test } = format.prefixes;
  if (live !== undefined && test !== undefined && (live.startsWith(test) || test.startsWith(live))) {
    const message =
      'one prefix starts with the other, so a secret would not show its environment: use two different prefixes';
    return { field: ['prefixes'], message };
  }
  const alphabet = alphabetOf(format);
  if (format.checksum === 'crc32' && alphabet !== 'base62') {
    const message = `crc32 needs the alphabet base62, not ${alphabet}: set checksum: none, or alphabet: base62`;
    return { field: ['checksum'], message };
  }
  const longest = Math.max(...prefixes.map(({ prefix }) => prefix.length));
  const least = longest + minRandomLength(alphabet) + checksumLengthOf(format);
  if (format.length < least) {
    const message = `secrets of ${format.length} characters are too short for ${minRandomBits} random bits: with these prefixes and ${alphabet} they need at least ${least}`;
    return { field: ['length'], message };
  }
  return undefined;
}

/** Throws a `TypeError` for the first mistake in the format. A profile's mistake then shows before traffic. */
export function assertSecretFormat(format: SecretFormat): void {
  const flaw = findFormatFlaw(format);
  if (flaw !== undefined) throw new TypeError(flaw.message);
}

function minRandomLength(alphabet: SecretAlphabet): number {
  return Math.ceil(minRandomBits / Math.log2(charactersOf[alphabet].length));
}

function alphabetOf({ alphabet = 'base62' }: SecretFormat): SecretAlphabet {
  return alphabet;
}

/** Whether secrets end in a checksum. */
export function hasChecksum({ alphabet, checksum }: SecretFormat): boolean {
  return checksum === undefined ? alphabet === undefined || alphabet === 'base62' : checksum === 'crc32';
}

function checksumLengthOf(format: SecretFormat): number {
  return hasChecksum(format) ? checksumLength : 0;
}

/** Makes `length` characters out of `characters`. */
export type FillSecret = (length: number, characters: string) => string;

/**
 * A new secret. Throws a `TypeError` when the format has no such environment.
 *
 * @param fill makes the random characters. Default: from the system's CSPRNG. Tests pass another one
 */
export function generateSecret(format: SecretFormat, environment: Environment, fill: FillSecret = randomText): string {
  const prefix = format.prefixes[environment];
  if (prefix === undefined) throw new TypeError(`this secret format has no ${environment} environment`);
  const length = format.length - prefix.length - checksumLengthOf(format);
  const random = fill(length, charactersOf[alphabetOf(format)]);
  return prefix + random + (hasChecksum(format) ? checksum(random) : '');
}

/**
 * The environment of a well-formed secret. `undefined`: wrong prefix, length or checksum or, without a checksum, a
 * character that is not in the alphabet. No I/O, no allocation: it runs before every look-up.
 */
export function inspectSecret(secret: string, format: SecretFormat): Environment | undefined {
  if (secret.length !== format.length) return undefined;
  const { live, test } = format.prefixes;
  if (live !== undefined && secret.startsWith(live))
    return isTailRight(secret, live.length, format) ? 'live' : undefined;
  if (test !== undefined && secret.startsWith(test))
    return isTailRight(secret, test.length, format) ? 'test' : undefined;
  return undefined;
}

/**
 * SHA-256 of the whole secret, hex. A secret with 160 random bits needs no salt (NIST SP 800-63B §5.1.2.2, ASVS 6.5.2).
 */
export function digestSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** The parts of `secret` that may be stored and shown. `secret` must have this format. */
export function hintOf(secret: string, format: SecretFormat): SecretHint {
  const prefix = Object.values(format.prefixes).find((candidate) => secret.startsWith(candidate)) ?? '';
  return {
    prefix,
    start: secret.slice(prefix.length, prefix.length + maxShown),
    end: secret.slice(-maxShown),
  };
}

/** `sk_prod_1a2b…9f3c`, or as `mask` has it. */
export function maskOf({ prefix, start, end }: SecretHint, mask: SecretMask = defaultMask): string {
  return `${prefix}${start.slice(0, mask.start)}${mask.mark}${end.slice(Math.max(0, end.length - mask.end))}`;
}

/** `length` characters of base62, unbiased. */
export function randomBase62(length: number): string {
  return randomText(length, base62);
}

/** `length` characters of a-z and 0-9, unbiased. */
export function randomBase36(length: number): string {
  return randomText(length, charactersOf.base36);
}

/** Skips bytes beyond the last whole multiple of the alphabet's size, so that no character is more likely. */
function randomText(length: number, characters: string): string {
  const end = 256 - (256 % characters.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 8)) {
      if (byte < end && text.length < length) text += characters[byte % characters.length];
    }
  }
  return text;
}

/** The 6 base62 characters of CRC-32 over `text`, which must be ASCII. */
export function checksum(text: string): string {
  let rest = crc32(text, 0, text.length);
  let digits = '';
  for (let place = 0; place < checksumLength; place++) {
    digits = base62[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function isTailRight(secret: string, start: number, format: SecretFormat): boolean {
  return hasChecksum(format) ? isChecksumRight(secret, start) : isInAlphabet(secret, start, alphabetOf(format));
}

function isInAlphabet(secret: string, start: number, alphabet: SecretAlphabet): boolean {
  const digits = digitsOf[alphabet];
  for (let at = start; at < secret.length; at++) {
    const code = secret.charCodeAt(at);
    if (code > 0x7f || (digits[code] as number) < 0) return false;
  }
  return true;
}

/**
 * It does not check the alphabet of the random part. Text with a valid checksum that no one issued is an unknown key:
 * its digest matches no record.
 */
function isChecksumRight(secret: string, start: number): boolean {
  const end = secret.length - checksumLength;
  let stated = 0;
  for (let at = end; at < secret.length; at++) {
    const code = secret.charCodeAt(at);
    const digit = code > 0x7f ? -1 : (digitOfCode[code] as number);
    if (digit < 0) return false;
    stated = stated * 62 + digit;
  }
  return stated === crc32(secret, start, end);
}

/**
 * CRC-32 of the characters from `start` to `end`, taken as bytes. Not `zlib.crc32`, because a call out of JavaScript
 * costs more than the sum of 70 characters.
 */
function crc32(text: string, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^=
      text.charCodeAt(at) |
      (text.charCodeAt(at + 1) << 8) |
      (text.charCodeAt(at + 2) << 16) |
      (text.charCodeAt(at + 3) << 24);
    crc =
      (crc3[crc & 0xff] as number) ^
      (crc2[(crc >>> 8) & 0xff] as number) ^
      (crc1[(crc >>> 16) & 0xff] as number) ^
      (crc0[crc >>> 24] as number);
  }
  for (; at < end; at++) crc = (crc0[(crc ^ text.charCodeAt(at)) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}
