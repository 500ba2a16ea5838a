// The erased parts of a chain, until the deletion that accounts for them comes.
import type { AuditAction, AuditPart, AuditRecord } from '../domain/audit-record.ts';
import { auditParts } from '../domain/audit-record.ts';

/**
 * The actions that erase parts of earlier records. Their own state is never erased. `after.mentions` of one lists the
 * numbers of the records that named a person without being about them.
 */
const deletions: ReadonlySet<string> = new Set<AuditAction>(['org.deleted', 'person.deleted']);

/** Parts with the same owners: what one deletion may erase together. */
interface Parts {
  readonly part: AuditPart;
  /** The ids whose deletion accounts for them. */
  readonly owners: readonly string[];
  /** The numbers of the records, ascending. */
  readonly seqs: number[];
}

/**
 * Holds a number for each erased part between its record and its deletion. A record says who did what. Who belongs to
 * the person, or for a key to its organization. What belongs to the organization, or to the person whom it is about.
 */
export class ErasedParts {
  /** By the number of the deletion, then by part and owners. */
  readonly #open = new Map<number, Map<string, Parts>>();

  /**
   * Adds a record that follows all earlier ones. Returns the number of the first record with an erased part for which
   * this record should account, but does not. `undefined`: there is none.
   */
  add(record: AuditRecord): number | undefined {
    for (const part of auditParts) {
      const seal = record.seals?.[part];
      if (seal === undefined || !('erasedBy' in seal)) continue;
      // A deletion comes after what it erases, and its own state stays.
      if (seal.erasedBy <= record.seq || (part === 'state' && deletions.has(record.action))) return record.seq;
      this.#hold(seal.erasedBy, part, record);
    }
    const open = this.#open.get(record.seq);
    if (open === undefined) return undefined;
    this.#open.delete(record.seq);
    const faults = [...open.values()].flatMap((parts) => findUnaccounted(parts, record));
    return faults.length === 0 ? undefined : Math.min(...faults);
  }

  /** The first record with an erased part whose deletion has not come. */
  first(): number | undefined {
    const seqs = [...this.#open.values()].flatMap((open) => [...open.values()].map((parts) => parts.seqs[0] as number));
    return seqs.length === 0 ? undefined : Math.min(...seqs);
  }

  /** The number of records with an erased part whose deletion has not come. */
  count(): number {
    return new Set([...this.#open.values()].flatMap((open) => [...open.values()].flatMap(({ seqs }) => seqs))).size;
  }

  #hold(erasedBy: number, part: AuditPart, { seq, actor, target, orgId }: AuditRecord): void {
    const owners =
      part === 'author'
        ? [actor.kind === 'key' ? orgId : actor.id]
        : [orgId, ...(target.kind === 'person' ? [target.id] : [])];
    const known = owners.filter((owner) => owner !== null);
    const name = JSON.stringify([part, ...known]);
    const open = this.#open.get(erasedBy) ?? new Map<string, Parts>();
    this.#open.set(erasedBy, open);
    const parts = open.get(name);
    if (parts === undefined) open.set(name, { part, owners: known, seqs: [seq] });
    else parts.seqs.push(seq);
  }
}

/** The first number of `parts` for which `deletion` does not account, if there is one. */
function findUnaccounted({ part, owners, seqs }: Parts, deletion: AuditRecord): readonly number[] {
  const isDeletion = deletions.has(deletion.action);
  if (isDeletion && owners.includes(deletion.target.id)) return [];
  const { mentions } = deletion.after ?? {};
  const mentioned = new Set<unknown>(isDeletion && part === 'state' && Array.isArray(mentions) ? mentions : []);
  const fault = seqs.find((seq) => !mentioned.has(seq));
  return fault === undefined ? [] : [fault];
}
