// Countries of addresses: what a database of them answers.

/**
 * The country of an address, or of a /64 as usage keeps it, as two capital letters of ISO 3166-1. `undefined`: unknown.
 * Never throws.
 */
export type CountryOf = (address: string) => string | undefined;

/** The setting that names the database. */
export const countriesSetting = 'countries.database';
