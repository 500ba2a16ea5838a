// One connection to the SQLite file: opened safely, with prepared statements kept and errors translated.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { StatementResult } from '../session-driver.ts';
import { toStorageError } from './errors.ts';

interface Prepared {
  readonly statement: StatementSync;
  readonly isReader: boolean;
}

const maxPrepared = 100;

/**
 * A synchronous connection. Every method but `rollback` throws a `StorageError`. Results are read whole, so no snapshot
 * stays open.
 */
export class SqliteConnection {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(file: string, options: { readonly isReadOnly: boolean; readonly busyTimeoutMs: number }) {
    this.#db = translateErrors(
      () => new DatabaseSync(file, { readOnly: options.isReadOnly, timeout: options.busyTimeoutMs, defensive: true }),
    );
    try {
      // A damaged or hostile file must not run functions from its schema, nor lead reads outside of a page.
      this.run('PRAGMA trusted_schema = OFF');
      this.run('PRAGMA cell_size_check = ON');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get isInTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** Takes the write lock at once. If a transaction read first and locked later, others could write in between. */
  begin(): void {
    this.run('BEGIN IMMEDIATE');
  }

  /** Undoes the transaction if it throws. */
  commit(): void {
    try {
      this.run('COMMIT');
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Does nothing if no transaction is open: SQLite ends one by itself after some errors. Never throws. */
  rollback(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // The statement before has reported the cause. If the transaction is still open, the next BEGIN fails.
    }
  }

  /** Runs statements and ignores their results. */
  run(sql: string): void {
    translateErrors(() => this.#db.exec(sql));
  }

  /** The first column of the first row. `undefined` if there is no row. */
  readValue(sql: string): unknown {
    const [row] = translateErrors(() => this.#db.prepare(sql).all());
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /**
   * A prepared statement for the caller to keep, for the one query that must not pay for a look-up of its statement.
   */
  prepare(sql: string): StatementSync {
    return translateErrors(() => this.#db.prepare(sql));
  }

  execute(sql: string, parameters: readonly unknown[]): StatementResult {
    return translateErrors(() => {
      const { statement, isReader } = this.#find(sql);
      if (isReader) return { rows: statement.all(...(parameters as SQLInputValue[])), changes: undefined };
      return { rows: [], changes: statement.run(...(parameters as SQLInputValue[])).changes };
    });
  }

  #find(sql: string): Prepared {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      const statement = this.#db.prepare(sql);
      prepared = { statement, isReader: statement.columns().length > 0 };
      const [oldest] = this.#prepared.keys();
      if (oldest !== undefined && this.#prepared.size >= maxPrepared) this.#prepared.delete(oldest);
      this.#prepared.set(sql, prepared);
    }
    return prepared;
  }

  close(): void {
    this.#prepared.clear();
    if (this.#db.isOpen) this.#db.close();
  }
}

function translateErrors<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw toStorageError(error);
  }
}
