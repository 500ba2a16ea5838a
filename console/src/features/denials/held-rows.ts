// A list that renews itself and yet never moves under the pointer or the focus of whoever reads it.
import { type FocusEvent, type PointerEvent, useState } from 'react';

interface Row {
  readonly id: string;
  /** ISO 8601; the list is in this order, newest first. */
  readonly lastAt: string;
}

export interface HeldRows<Each> {
  readonly rows: readonly Each[];
  /** How many are new and wait to be shown. */
  readonly waiting: number;
  readonly showAll: () => void;
  /** For the element around the list. */
  readonly holders: {
    readonly onPointerEnter: (event: PointerEvent) => void;
    readonly onPointerLeave: () => void;
    readonly onFocus: () => void;
    readonly onBlur: (event: FocusEvent) => void;
  };
}

/** Each row that was `shown` stays where it is with what is known of it by now; older ones follow, newer ones are counted. */
export function holdRows<Each extends Row>(
  shown: readonly Each[],
  fresh: readonly Each[],
): { readonly rows: readonly Each[]; readonly waiting: number } {
  const newest = shown[0]?.lastAt;
  if (newest === undefined) return { rows: fresh, waiting: 0 };
  const byId = new Map(fresh.map((row) => [row.id, row]));
  const known = new Set(shown.map(({ id }) => id));
  const added = fresh.filter(({ id }) => !known.has(id));
  const older = added.filter(({ lastAt }) => lastAt <= newest);
  return { rows: [...shown.map((row) => byId.get(row.id) ?? row), ...older], waiting: added.length - older.length };
}

export function useHeldRows<Each extends Row>(fresh: readonly Each[]): HeldRows<Each> {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const [shown, setShown] = useState<readonly Each[]>();
  const { rows, waiting } = shown === undefined ? { rows: fresh, waiting: 0 } : holdRows(shown, fresh);
  const hold = () => setShown((already) => already ?? rows);
  return {
    rows,
    waiting,
    showAll: () => setShown(isPointed || isFocused ? fresh : undefined),
    holders: {
      onPointerEnter({ pointerType }) {
        if (pointerType !== 'mouse') return;
        setPointed(true);
        hold();
      },
      onPointerLeave() {
        setPointed(false);
        if (!isFocused) setShown(undefined);
      },
      onFocus() {
        setFocused(true);
        hold();
      },
      onBlur({ currentTarget, relatedTarget }) {
        if (relatedTarget !== null && currentTarget.contains(relatedTarget as Node)) return;
        setFocused(false);
        if (!isPointed) setShown(undefined);
      },
    },
  };
}
