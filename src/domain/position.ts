// A position in the store's history, and the text in which callers receive it and send it back.
import { hash } from 'node:crypto';

/**
 * A revision counts changes in the order of their commits: a node that knows a revision knows all smaller ones. `epoch`
 * names the history that they count. A store that was promoted from a standby has a new epoch, because it may have lost
 * the last commits.
 */
export interface Position {
  readonly epoch: string;
  readonly revision: number;
}

/** A position as a caller sends it. `epochMark`: 8 hex digits, enough to distinguish two epochs. */
export interface PositionMark {
  readonly revision: number;
  readonly epochMark: string;
}

/** `42-9f86d081`: the revision, and the first 8 hex digits of the epoch's SHA-256. */
export function formatPosition({ epoch, revision }: Position): string {
  return `${revision}-${markOf(epoch)}`;
}

/** Reads what `formatPosition` wrote; `undefined` for anything else. */
export function parsePosition(text: string): PositionMark | undefined {
  const [, revision, epochMark] = /^(0|[1-9]\d{0,14})-([0-9a-f]{8})$/.exec(text) ?? [];
  return revision === undefined || epochMark === undefined ? undefined : { revision: Number(revision), epochMark };
}

/** Whether `position` is at the mark or after it. `false` for another epoch, and for an unknown position. */
export function hasReached(position: Position | undefined, { revision, epochMark }: PositionMark): boolean {
  return position !== undefined && position.revision >= revision && markOf(position.epoch) === epochMark;
}

function markOf(epoch: string): string {
  return hash('sha256', epoch, 'hex').slice(0, 8);
}
