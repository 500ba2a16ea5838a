// Secrets that another system issued: what they look like, and under which digest they are kept.
import { hash } from 'node:crypto';

export const digestAlgorithms = ['sha256', 'sha512'] as const;

export type DigestAlgorithm = (typeof digestAlgorithms)[number];

/** What the imported secrets of an API look like: printable ASCII without spaces, for there is no checksum to go by. */
export interface ImportedFormat {
  /** Of the digests that the other system kept. */
  readonly algorithm: DigestAlgorithm;
  /** Begins every one of them; empty: nothing does. */
  readonly prefix: string;
  /** Characters in all. */
  readonly minLength: number;
  readonly maxLength: number;
}

/** A digest as the other system kept it. */
export interface GivenDigest {
  readonly algorithm: DigestAlgorithm;
  /** 64 or 128 hex characters, lower case. */
  readonly hex: string;
}

const digestBytes = { sha256: 32, sha512: 64 } as const;

/** Whether `secret` can be one of this format. No I/O: it runs before a look-up. */
export function fitsImported(secret: string, { prefix, minLength, maxLength }: ImportedFormat): boolean {
  const { length } = secret;
  if (length < minLength || length > maxLength || !secret.startsWith(prefix)) return false;
  for (let at = prefix.length; at < length; at++) {
    const code = secret.charCodeAt(at);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}

/** The digest under which an imported secret is kept and found. */
export function digestImported(secret: string, algorithm: DigestAlgorithm): string {
  return keepDigest({ algorithm, hex: hash(algorithm, secret, 'hex') });
}

/**
 * The form in which a digest is kept, 64 hex characters: a SHA-256 as it is; of a SHA-512 the SHA-256 over its 64 bytes. Whoever has
 * the secret can make it, and no two secrets share one unless SHA-256 is broken.
 */
export function keepDigest({ algorithm, hex }: GivenDigest): string {
  return algorithm === 'sha256' ? hex : hash('sha256', Buffer.from(hex, 'hex'), 'hex');
}

/** Reads a digest in hex or base64 (RFC 4648 §4 and §5, canonical); its length tells the algorithm. `undefined`: it is none. */
export function parseDigest(text: string): GivenDigest | undefined {
  for (const algorithm of digestAlgorithms) {
    const bytes = digestBytes[algorithm];
    if (text.length === 2 * bytes)
      return /^[0-9a-f]+$/i.test(text) ? { algorithm, hex: text.toLowerCase() } : undefined;
    const decoded = Buffer.from(text, 'base64');
    if (decoded.length !== bytes) continue;
    const spellings = [decoded.toString('base64'), decoded.toString('base64url')];
    // Without padding too, as many systems keep it.
    return [...spellings, spellings[0]?.replace(/=+$/, '')].includes(text)
      ? { algorithm, hex: decoded.toString('hex') }
      : undefined;
  }
  return undefined;
}
