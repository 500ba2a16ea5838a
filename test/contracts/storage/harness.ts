// What the parts of the storage contract stand on: a database of their own, and what they put into it.
import type { Storage } from '../../../src/storage/storage.ts';

/** Limits that a test sets low. */
export interface StorageLimits {
  readonly maxDenials?: number;
  readonly maxDenialAgeMs?: number;
  readonly transactionTimeoutMs?: number;
}

/** A fresh, empty database with what only the driver's own test knows how to do to it. */
export interface StorageHarness {
  readonly storage: Storage;
  /** Closes the storage and opens the same database again. */
  reopen(): Promise<Storage>;
  /** Overwrites columns of a key's record behind the storage's back. */
  damageKey(keyId: string, columns: Readonly<Record<string, string | number | null>>): Promise<void>;
  /** All bytes that the database keeps on disk, as they are while it is open. */
  readBytesAtRest(): Promise<Buffer>;
  /** Closes what is open and removes everything. */
  dispose(): Promise<void>;
}

/** Opens one that is disposed of after the test. */
export type StartStorage = (limits?: StorageLimits) => Promise<StorageHarness>;

export const hour = 3_600_000;
export const day = 24 * hour;
export const hostileNames = [
  "Robert'); DROP TABLE api_keys;--",
  'مفتاح الإنتاج',
  '🔑👨‍👩‍👧‍👦 \u202Eesrever',
  '%_\\%',
  '<script>alert(1)</script>',
  ' '.repeat(3),
  'a\nb\tc"d\'e`f',
  'x'.repeat(5000),
];
