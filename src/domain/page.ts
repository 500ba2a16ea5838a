// The pages of docs/, which the package has too.
import { join } from 'node:path';

/** The path of a page on this machine: `reference/errors.md`. */
export function pageOf(name: string): string {
  return join(import.meta.dirname, '..', '..', 'docs', name);
}
