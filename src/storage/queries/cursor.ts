// Where a list goes on: the ordering numbers of the last item shown.
import { StorageError } from '../errors.ts';

export function formatCursor(...position: readonly number[]): string {
  return position.join('-');
}

/** The numbers a cursor holds, `count` of them. Throws `cursor_invalid` for text that `formatCursor` did not make. */
export function parseCursor(text: string, count: number): readonly number[] {
  const parts = text.split('-');
  if (parts.length !== count || !parts.every((part) => /^(?:0|[1-9]\d{0,14})$/.test(part))) {
    throw new StorageError('cursor_invalid', 'the cursor does not belong to this list', 'send `nextCursor` unchanged');
  }
  return parts.map(Number);
}
