// A list that refreshes itself and never moves under the pointer or the focus.
import { type FocusEvent, type PointerEvent, useState } from 'react';

export interface HeldRow {
  readonly id: string;
  /** ISO 8601. The list is sorted by it, newest first. */
  readonly lastAt: string;
}

interface HeldRows<Each> {
  readonly rows: readonly Each[];
  /** How many new rows are not shown yet. */
  readonly waiting: number;
  readonly showAll: () => void;
  /** The handlers of the element around the list. */
  readonly holders: {
    readonly onPointerEnter: (event: PointerEvent) => void;
    readonly onPointerLeave: () => void;
    readonly onFocus: () => void;
    readonly onBlur: (event: FocusEvent) => void;
  };
}

/** Keeps each `shown` row in its place, with its newest data. Older rows follow. Newer rows are counted. */
export function holdRows<Each extends HeldRow>(
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

/** Holds the rows while the pointer or the focus is inside the list. */
export function useHeldRows<Each extends HeldRow>(fresh: readonly Each[]): HeldRows<Each> {
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
