// The form of a migration.

export type SqlDialect = 'sqlite' | 'postgres';

/** One step. Once released it never changes; what it got wrong, a later one mends. */
export interface Migration {
  /** From 1, without gaps; each step has one number, whatever the database. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}
