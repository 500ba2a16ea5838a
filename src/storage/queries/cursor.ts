// Cursors: the ordering numbers of the last item that a page shows.
import { StorageError } from '../errors.ts';

/** The cursor after an item with these ordering numbers, each a non-negative integer. */
export function formatCursor(...position: readonly number[]): string {
  return position.join('-');
}

/** The `count` numbers of a cursor. Throws `cursor_invalid` for text that `formatCursor` did not make. */
export function parseCursor(text: string, count: number): readonly number[] {
  const parts = text.split('-');
  if (parts.length !== count || !parts.every((part) => /^(?:0|[1-9]\d{0,14})$/.test(part))) {
    throw cursorInvalid();
  }
  return parts.map(Number);
}

/** The error for a cursor that this list did not make. */
export function cursorInvalid(): StorageError {
  return new StorageError('cursor_invalid', 'the cursor does not belong to this list', 'send `nextCursor` unchanged');
}
