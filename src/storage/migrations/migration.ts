// The form of a migration.

export type SqlDialect = 'sqlite' | 'postgres';

/** One step. Once released it never changes; a later step fixes its mistakes. */
export interface Migration {
  /** From 1, without gaps; each step has one number, whatever the database. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}
