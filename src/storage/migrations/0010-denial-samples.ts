// Denials keep their sample: from now on the address to show has a column of its own.
import type { Migration } from './migration.ts';

/**
 * From here on `client_address`, a part of the unique key, says what the denied requests of a row have in common: the
 * client, or method and path where those decide. The unique key stays, because an older Miftah may run beside this one
 * and adds to rows by it. It writes an address there, so it never meets a row that stands for a method and a path.
 */
const statements = ['ALTER TABLE denials ADD COLUMN sample_address TEXT'];

/** The same for both databases. */
export const denialSamples: Migration = { number: 10, name: 'denial-samples', statements };
