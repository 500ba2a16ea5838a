// Erases deleted organizations step by step, and finishes erasures that were interrupted.
import type { ErasurePlace, ErasureStep, ManagementStore, RevocationLog } from './ports.ts';

export interface ErasureParts {
  readonly store: Pick<ManagementStore, 'eraseNext' | 'listUnerased'>;
  readonly revocations: RevocationLog;
}

/** A deleted organization. */
interface Deleted {
  readonly id: string;
  readonly deletedAtMs: number;
}

const beginning: ErasurePlace = { what: 'keys', afterSeq: 0 };

/**
 * Revokes the keys of a deleted organization and erases its content, a few thousand rows at a time. Ends early when
 * `isDue` returns true after a step: `next` is then where to go on. May be repeated, and run on several nodes at once.
 */
export async function eraseDeleted(
  { store, revocations }: ErasureParts,
  { id, deletedAtMs }: Deleted,
  { from = beginning, isDue = () => false }: { readonly from?: ErasurePlace; readonly isDue?: () => boolean } = {},
): Promise<ErasureStep> {
  let entriesKept = 0;
  let next: ErasurePlace | undefined = from;
  do {
    // The log comes first, so that a restored database can't bring a key back.
    const step = await store.eraseNext(id, next, async (keyIds) => {
      if (keyIds.length > 0) await revocations.append(keyIds.map((key) => ({ at: deletedAtMs, key })));
    });
    entriesKept += step.entriesKept;
    next = step.next;
  } while (next !== undefined && !isDue());
  return { entriesKept, next };
}

/** Finishes every erasure that was interrupted. */
export async function finishErasures(parts: ErasureParts): Promise<void> {
  for (const deleted of await parts.store.listUnerased()) await eraseDeleted(parts, deleted);
}
