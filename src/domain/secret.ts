// The secret of a key: how it is generated, checked for typing errors, digested and masked.
import { hash, randomBytes } from 'node:crypto';
import type { Environment, SecretHint } from './api-key.ts';

/**
 * The format of a profile's secrets: prefix, base62 random characters, 6 base62 characters of CRC-32 over the random
 * part, zero-padded (the scheme of GitHub's tokens). The checksum is not security. It lets Miftah refuse typing errors
 * and noise without a look-up.
 */
export interface SecretFormat {
  /** The prefix of each environment that the profile has. */
  readonly prefixes: Readonly<Partial<Record<Environment, string>>>;
  /** Characters, prefix and checksum included. */
  readonly length: number;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLength = 6;

/** 160 bits take 26.9 characters of base62. */
const minRandomLength = 27;

const digitOfCode = new Int8Array(128).fill(-1);
for (let digit = 0; digit < alphabet.length; digit++) digitOfCode[alphabet.charCodeAt(digit)] = digit;

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

/**
 * Throws a `TypeError` when a prefix is malformed, or when a secret has no room for 160 random bits. A profile's
 * mistake then shows before traffic.
 */
export function assertSecretFormat(format: SecretFormat): void {
  for (const prefix of Object.values(format.prefixes)) {
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*_$/.test(prefix))
      throw new TypeError(`secret prefix ${prefix} must look like sk_live_`);
    if (format.length - prefix.length - checksumLength < minRandomLength) {
      throw new TypeError(
        `secrets of ${format.length} characters are too short: ${prefix} needs ${minRandomLength} random ones after it`,
      );
    }
  }
}

/** A new secret from the system's CSPRNG. Throws a `TypeError` when the format has no such environment. */
export function generateSecret(format: SecretFormat, environment: Environment): string {
  const prefix = format.prefixes[environment];
  if (prefix === undefined) throw new TypeError(`this secret format has no ${environment} environment`);
  const random = randomBase62(format.length - prefix.length - checksumLength);
  return prefix + random + checksum(random);
}

/**
 * The environment of a well-formed secret. `undefined`: wrong prefix, length or checksum. No I/O, no allocation: it
 * runs before every look-up.
 */
export function inspectSecret(secret: string, format: SecretFormat): Environment | undefined {
  if (secret.length !== format.length) return undefined;
  const { live, test } = format.prefixes;
  if (live !== undefined && secret.startsWith(live)) return isChecksumRight(secret, live.length) ? 'live' : undefined;
  if (test !== undefined && secret.startsWith(test)) return isChecksumRight(secret, test.length) ? 'test' : undefined;
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
    start: secret.slice(prefix.length, prefix.length + 4),
    end: secret.slice(-4),
  };
}

/** `sk_prod_1a2b…9f3c` */
export function maskOf(hint: SecretHint): string {
  return `${hint.prefix}${hint.start}…${hint.end}`;
}

/** `length` characters of base62, unbiased. */
export function randomBase62(length: number): string {
  return randomText(length, alphabet);
}

/** `length` characters of a-z and 0-9, unbiased. */
export function randomBase36(length: number): string {
  return randomText(length, '0123456789abcdefghijklmnopqrstuvwxyz');
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
    digits = alphabet[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
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
