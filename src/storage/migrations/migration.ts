// The form of a migration.

/** One step. Once released it never changes; what it got wrong, a later one mends. */
export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  readonly name: string;
  readonly statements: readonly string[];
}
