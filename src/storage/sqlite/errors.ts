// SQLite's result codes (https://sqlite.org/rescode.html) as storage errors.
import { StorageError, type StorageErrorCode } from '../errors.ts';

interface Meaning {
  readonly code: StorageErrorCode;
  readonly problem: string;
  readonly fix: string;
}

const restore = 'stop Miftah, run `miftah doctor` and restore the file from a backup';
const unwritable: Meaning = {
  code: 'storage_unwritable',
  problem: 'the database file cannot be opened for writing',
  fix: 'give the user that runs Miftah write access to the file and its folder',
};
const io: Meaning = {
  code: 'storage_io',
  problem: 'the disk failed to read or write the database',
  fix: 'check the disk and the system log',
};
const full: Meaning = {
  code: 'storage_full',
  problem: 'the disk that holds the database is full',
  fix: 'free some space; Miftah recovers by itself',
};
const conflict: Meaning = { code: 'conflict', problem: 'this record already exists', fix: 'choose another id' };
const busy: Meaning = {
  code: 'storage_busy',
  problem: 'another program has locked the database',
  fix: 'close it, then try again',
};

/** The extended code is looked up first, then the primary code (the low byte). */
const meanings: Readonly<Record<number, Meaning>> = {
  3: unwritable,
  5: busy,
  6: busy,
  8: unwritable,
  10: io,
  11: { code: 'storage_corrupt', problem: 'the database file is damaged', fix: restore },
  13: full,
  14: unwritable,
  26: {
    code: 'storage_not_a_database',
    problem: 'the file is not a database, or its first page is damaged',
    fix: 'use another file in `database`, or restore this one from a backup',
  },
  // SQLITE_CONSTRAINT_FOREIGNKEY, _PRIMARYKEY, _UNIQUE
  787: {
    code: 'reference_missing',
    problem: 'the record refers to an organization that does not exist',
    fix: 'create the organization first',
  },
  1555: conflict,
  2067: conflict,
  // SQLITE_IOERR_SHMSIZE: the shared-memory file could not grow.
  4874: full,
};

/** The `StorageError` for an error of `node:sqlite`, or for any other error at the database. */
export function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const errcode = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  const meaning = meanings[errcode] ?? meanings[errcode & 0xff];
  if (meaning !== undefined) {
    return new StorageError(meaning.code, meaning.problem, meaning.fix, { cause: error });
  }
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE') {
    return new StorageError('storage_closed', 'the database is closed', 'restart Miftah', { cause: error });
  }
  return new StorageError(
    'storage_failed',
    `a database command failed (${error instanceof Error ? error.message : 'unknown cause'})`,
    'report this as a defect of Miftah',
    { cause: error },
  );
}
