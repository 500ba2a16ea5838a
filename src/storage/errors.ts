// The errors of the storage. Each has a stable code and a fix.

import { OperationalError } from '../domain/operational-error.ts';

/** Every code a `StorageError` can carry; each has a section in `docs/reference/errors.md`. */
export const storageErrorCodes = [
  'backup_damaged',
  'backup_not_supported',
  'conflict',
  'cursor_invalid',
  'record_corrupt',
  'reference_missing',
  'storage_busy',
  'storage_closed',
  'storage_corrupt',
  'storage_failed',
  'storage_full',
  'storage_in_use',
  'storage_io',
  'storage_newer',
  'storage_not_a_database',
  'storage_not_miftah',
  'storage_pooled',
  'storage_unreachable',
  'storage_unwritable',
  'transaction_timeout',
] as const;

/** One of `storageErrorCodes`. Callers branch on it, never on the message. */
export type StorageErrorCode = (typeof storageErrorCodes)[number];

/** A storage operation failed. `message` is one line that ends with `fix`. Neither holds a secret or a digest. */
export class StorageError extends OperationalError {
  declare readonly code: StorageErrorCode;
  declare readonly fix: string;
  readonly #problem: string;

  constructor(code: StorageErrorCode, problem: string, fix: string, options?: ErrorOptions) {
    super(code, `${problem}: ${fix}`, options);
    // Not enumerable: Node.js prints it with an error that no one catches, and the message has it already.
    Object.defineProperty(this, 'fix', { value: fix });
    this.#problem = problem;
  }

  /** Plain data for a message to another thread, where `fromMessage` makes a `StorageError` of it. */
  toMessage(): StorageErrorMessage {
    return { code: this.code, problem: this.#problem, fix: this.fix };
  }

  static fromMessage({ code, problem, fix }: StorageErrorMessage): StorageError {
    return new StorageError(code, problem, fix);
  }
}

/** A `StorageError` as plain data. `message` of the error is `problem: fix`. */
export interface StorageErrorMessage {
  readonly code: StorageErrorCode;
  readonly problem: string;
  readonly fix: string;
}
