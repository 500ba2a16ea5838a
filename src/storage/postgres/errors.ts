// Turns PostgreSQL's error codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) into storage errors.
import { DatabaseError } from 'pg';
import { printable } from '../../domain/printable.ts';
import { explainTlsFailure, type TlsFailureKind } from '../../domain/tls-failure.ts';
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

/** Looked up by SQLSTATE, then by its class, which is the first two characters. */
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
    problem: 'PostgreSQL refuses the user',
    fix: 'create the user, or correct it in `database`',
  },
  '28P01': {
    code: 'storage_unwritable',
    problem: 'PostgreSQL refuses the password',
    fix: 'correct the user and the password in `database`',
  },
  '3D': {
    code: 'storage_unwritable',
    problem: 'PostgreSQL has no database with this name',
    fix: 'create it, or correct its name in `database`',
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
 * The routine that refuses by pg_hba.conf: no line matches, a line says reject, or the client certificate is missing.
 */
const accessRules = 'ClientAuthentication';

const accessDenied = (isEncrypted: boolean): Meaning => ({
  code: 'storage_unwritable',
  problem: `the pg_hba.conf of PostgreSQL refuses this connection ${isEncrypted ? 'over TLS' : 'without TLS'}`,
  fix: isEncrypted
    ? 'add a line for this user, database and address to it, or set sslcert and sslkey if it asks for a certificate'
    : 'set sslmode=require in `database` if the server wants TLS, or add a line for this user, database and address to it',
});

const tlsFixes: Readonly<Record<TlsFailureKind, string>> = {
  expired: 'renew the certificate of PostgreSQL',
  not_yet_valid: 'correct the clock of this machine, or the certificate of PostgreSQL',
  self_signed: 'set sslrootcert in `database` to the file with this certificate',
  unknown_ca: 'set sslrootcert in `database` to the file with the certificate of its authority',
  wrong_name: 'use a name of the certificate as the host in `database`, or set sslmode=verify-ca',
  no_tls: 'correct host and port in `database`',
  refused: 'read the log of PostgreSQL, and correct sslcert and sslkey in `database`',
  cut: 'read the log of PostgreSQL',
};

/**
 * Whether the connection that `error` came from is useless now: it broke, it is closing, or its server takes no writes.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return !isPoolTimeout(error);
  // connection_exception; admin_shutdown, crash_shutdown, cannot_connect_now; read_only_sql_transaction
  return /^(?:08|57P0[123]|25006)/.test(error.code ?? '');
}

/**
 * The storage error for an error of `pg`.
 *
 * @param name names the database in the message, without a password
 * @param isEncrypted whether the connection that failed was to be encrypted
 */
export function toPostgresError(error: unknown, name: string, isEncrypted = true): StorageError {
  if (error instanceof StorageError) return error;
  const { code, problem, fix } = explain(error, name, isEncrypted);
  return new StorageError(code, problem, fix, { cause: error });
}

function explain(error: unknown, name: string, isEncrypted: boolean): Meaning {
  if (isPoolTimeout(error)) return busy;
  if (!(error instanceof DatabaseError)) return explainConnection(error, name);
  const { code = '', message, routine } = error;
  // PostgreSQL's words name the user, the database and the address, never the password.
  const words = printable(message).slice(0, 300);
  if (isConnectionLost(error)) {
    return unreachable(`the database ${name} does not take this connection (${words})`, 'read the log of the server');
  }
  const meaning =
    code === '28000' && routine === accessRules
      ? accessDenied(isEncrypted)
      : (meanings[code] ?? meanings[code.slice(0, 2)]);
  if (meaning === undefined) {
    return {
      code: 'storage_failed',
      problem: `a database command failed (${code}: ${message})`,
      fix: 'report this as a defect of Miftah',
    };
  }
  return /^(?:28|3D|42501|53300)/.test(code) ? { ...meaning, problem: `${meaning.problem} (${words})` } : meaning;
}

/** Explains an error that did not come from a PostgreSQL server. */
function explainConnection(error: unknown, name: string): Meaning {
  if (isTlsMissing(error)) {
    return unreachable(
      `the database ${name} has no TLS, which sslmode in \`database\` demands`,
      'set ssl = on in its postgresql.conf, or sslmode=prefer where the network is trusted',
    );
  }
  const tls = explainTlsFailure(error);
  if (tls !== undefined) return unreachable(`the database ${name} ${tls.problem}`, tlsFixes[tls.kind]);
  if (error instanceof Error && /^SASL: .*client password must be/.test(error.message)) {
    return {
      code: 'storage_unwritable',
      problem: 'PostgreSQL asks for a password, and `database` has none',
      fix: 'set the password in `database`',
    };
  }
  return unreachable(
    `the database ${name} does not answer (${causeOf(error)})`,
    'make sure that PostgreSQL runs and is reachable from here',
  );
}

function unreachable(problem: string, fix: string): Meaning {
  return { code: 'storage_unreachable', problem, fix: `${fix}; ${goesOn}` };
}

/** Whether the server has no TLS. `pg` says so only in the message. */
export function isTlsMissing(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/** Whether to try the other way, with or without TLS: as in libpq, only if the server answered. */
export function mayGoOtherWay(error: unknown): boolean {
  return error instanceof DatabaseError || isTlsMissing(error) || explainTlsFailure(error) !== undefined;
}

/** The message of `pg` when no connection of the pool came free in time. */
export const poolTimeoutMessage = 'timeout exceeded when trying to connect';

/** Whether no connection of the pool came free in time. `pg` says so only in the message. */
export function isPoolTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === poolTimeoutMessage;
}

/** The error's code, else its message. Messages of sockets name addresses and ports, never passwords. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown cause';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
