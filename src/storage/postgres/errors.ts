// PostgreSQL's error codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) as storage errors.
import { DatabaseError } from 'pg';
import { StorageError, type StorageErrorCode } from '../errors.ts';

interface Meaning {
  readonly code: StorageErrorCode;
  readonly problem: string;
  readonly fix: string;
}

const goesOn = 'Miftah recovers by itself';
const busy: Meaning = {
  code: 'storage_busy',
  problem: 'another transaction held a lock for too long',
  fix: 'try again',
};
const unwritable: Meaning = {
  code: 'storage_unwritable',
  problem: "PostgreSQL does not let Miftah's user do what it must",
  fix: 'make the user the owner of the database',
};
const corrupt: Meaning = {
  code: 'storage_corrupt',
  problem: 'PostgreSQL reports damaged files',
  fix: 'read its log, and restore the database',
};

/** By SQLSTATE, then by its class, the first two characters. */
const meanings: Readonly<Record<string, Meaning>> = {
  '23503': {
    code: 'reference_missing',
    problem: 'the record refers to an organization that does not exist',
    fix: 'create the organization first',
  },
  '23505': { code: 'conflict', problem: 'this record already exists', fix: 'choose another id' },
  '25P03': {
    code: 'transaction_timeout',
    problem: 'a change took too long, and PostgreSQL undid it',
    fix: 'try again',
  },
  '28': {
    code: 'storage_unwritable',
    problem: 'PostgreSQL rejects the sign-in of Miftah',
    fix: 'correct the user and password in `database`',
  },
  '3D': {
    code: 'storage_unwritable',
    problem: 'PostgreSQL has no database with this name',
    fix: 'create it, or correct `database`',
  },
  '40': busy,
  '42501': unwritable,
  '42P07': {
    code: 'storage_not_miftah',
    problem: 'the database has tables of another program',
    fix: 'point `database` at an empty database',
  },
  '53100': { code: 'storage_full', problem: 'the disk of PostgreSQL is full', fix: `free some space; ${goesOn}` },
  '53300': {
    code: 'storage_busy',
    problem: 'PostgreSQL has no free connection',
    fix: 'raise its max_connections, or add a pooler in session mode',
  },
  '55P03': busy,
  '57014': busy,
  '58': { code: 'storage_io', problem: 'the disk of PostgreSQL failed', fix: 'read its log' },
  XX001: corrupt,
  XX002: corrupt,
};

/**
 * Whether the connection that `error` came from is of no more use: it broke, it is being closed, or it leads to a server
 * that takes no writes (any more).
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return !isPoolTimeout(error);
  // connection_exception; admin_shutdown, crash_shutdown, cannot_connect_now; read_only_sql_transaction
  return /^(?:08|57P0[123]|25006)/.test(error.code ?? '');
}

/** The storage error that an error of `pg` stands for. `name` says which database is meant, without a password. */
export function toPostgresError(error: unknown, name: string): StorageError {
  if (error instanceof StorageError) return error;
  if (isPoolTimeout(error)) {
    return new StorageError('storage_busy', busy.problem, busy.fix, { cause: error });
  }
  if (isConnectionLost(error)) {
    return new StorageError(
      'storage_unreachable',
      `the database ${name} does not answer (${causeOf(error)})`,
      `make sure that PostgreSQL runs and is reachable from here; ${goesOn}`,
      { cause: error },
    );
  }
  const { code = '', message } = error as DatabaseError;
  const meaning = meanings[code] ?? meanings[code.slice(0, 2)];
  if (meaning !== undefined) return new StorageError(meaning.code, meaning.problem, meaning.fix, { cause: error });
  return new StorageError(
    'storage_failed',
    `a database command failed (${code}: ${message})`,
    'report this as a defect of Miftah',
    { cause: error },
  );
}

/** What `pg` says when none of the pool's connections came free in time. */
export const poolTimeoutMessage = 'timeout exceeded when trying to connect';

/** Whether none of the pool's connections came free in time: the one error of `pg` that only its text tells. */
export function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === poolTimeoutMessage;
}

/** A code where there is one; messages of sockets name addresses and ports, never passwords. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown cause';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
