// The fixtures of the storage contract: a database of its own for each test, and its contents.
import type { Storage } from '../../../src/storage/storage.ts';

/** Limits that a test may lower. */
export interface StorageLimits {
  readonly maxDenials?: number;
  readonly maxDenialAgeMs?: number;
  readonly transactionTimeoutMs?: number;
}

/** A new, empty database, with operations that only the driver's own test can do. */
export interface StorageHarness {
  readonly storage: Storage;
  /** Closes the storage and opens the same database again. */
  reopen(): Promise<Storage>;
  /** Overwrites columns of a key's row without the storage. */
  damageKey(keyId: string, columns: Readonly<Record<string, string | number | null>>): Promise<void>;
  /** Runs a statement without the storage. Rejects as the database does. */
  execute(statement: string): Promise<void>;
  /** All bytes of the database on disk, while it is open. */
  readBytesAtRest(): Promise<Buffer>;
  /** Closes what is open and removes everything. */
  dispose(): Promise<void>;
}

/** Opens a harness that is disposed of after the test. */
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
