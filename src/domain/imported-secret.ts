// Secrets that another system issued: their format and the digest that Miftah stores.
import { hash } from 'node:crypto';

/** The algorithms of imported digests, which have no salt. */
export const digestAlgorithms = ['sha256', 'sha512'] as const;

export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** The format of an API's imported secrets: printable ASCII without spaces. They have no checksum. */
export interface ImportedFormat {
  /** The algorithm of the digests in the other system. */
  readonly algorithm: DigestAlgorithm;
  /** The prefix of every secret. Empty: they share none. */
  readonly prefix: string;
  /** Characters of the whole secret. */
  readonly minLength: number;
  readonly maxLength: number;
}

/** A digest from the other system's database. */
export interface ForeignDigest {
  readonly algorithm: DigestAlgorithm;
  /** 64 or 128 hex characters, lower case. */
  readonly hex: string;
}

const digestBytes = { sha256: 32, sha512: 64 } as const;

/** Whether `secret` has this format. It does no I/O, because it runs before every look-up. */
export function fitsImported(secret: string, { prefix, minLength, maxLength }: ImportedFormat): boolean {
  const { length } = secret;
  if (length < minLength || length > maxLength || !secret.startsWith(prefix)) return false;
  for (let at = prefix.length; at < length; at++) {
    const code = secret.charCodeAt(at);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}

/** The digest under which Miftah stores and finds an imported secret: 64 hex characters. */
export function digestImported(secret: string, algorithm: DigestAlgorithm): string {
  return toStoredDigest({ algorithm, hex: hash(algorithm, secret, 'hex') });
}

/**
 * The stored form of a digest, 64 hex characters: a SHA-256 unchanged; for a SHA-512 the SHA-256 over its 64 bytes.
 * Anyone who has the secret can compute it, and no two secrets share one unless SHA-256 is broken.
 */
export function toStoredDigest({ algorithm, hex }: ForeignDigest): string {
  return algorithm === 'sha256' ? hex : hash('sha256', Buffer.from(hex, 'hex'), 'hex');
}

/**
 * Reads a digest in hex or in canonical base64 (RFC 4648 §4 and §5). Its length determines the algorithm. `undefined`:
 * the text is not a digest.
 */
export function parseDigest(text: string): ForeignDigest | undefined {
  for (const algorithm of digestAlgorithms) {
    const bytes = digestBytes[algorithm];
    if (text.length === 2 * bytes)
      return /^[0-9a-f]+$/i.test(text) ? { algorithm, hex: text.toLowerCase() } : undefined;
    const decoded = Buffer.from(text, 'base64');
    if (decoded.length !== bytes) continue;
    const spellings = [decoded.toString('base64'), decoded.toString('base64url')];
    // Many systems store base64 without padding.
    return [...spellings, spellings[0]?.replace(/=+$/, '')].includes(text)
      ? { algorithm, hex: decoded.toString('hex') }
      : undefined;
  }
  return undefined;
}
