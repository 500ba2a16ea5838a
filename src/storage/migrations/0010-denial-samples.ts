// Refusals keep their sample: from now on a column of its own has the address that is shown.
import type { Migration } from './migration.ts';

/**
 * `client_address`, a part of the unique key, says from here on what the refusals of a row have alike: the client, or method
 * and path where those decide. The unique key stays as it is, since an older Miftah may still run beside this one and adds
 * to rows by it: it has an address there, so it never meets a row that stands for a method and a path.
 */
const statements = ['ALTER TABLE denials ADD COLUMN sample_address TEXT'];

/** The same for both databases. */
export const denialSamples: Migration = { number: 10, name: 'denial-samples', statements };
