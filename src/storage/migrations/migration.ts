// The form of a migration.

/** The databases that have migrations. */
export type SqlDialect = 'sqlite' | 'postgres';

/** One step. A released step never changes; a later step fixes its mistakes. */
export interface Migration {
  /** From 1, without gaps. A step has the same number on every database. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}
