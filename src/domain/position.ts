// Where something stands in the store's history, and how callers are told and tell it.
import { hash } from 'node:crypto';

/**
 * Revisions count changes in the order of their commits: whoever knows of a revision knows of all smaller ones. `epoch` names
 * the history that they count: a store that was promoted from a standby, and may have lost the last commits, has another one.
 */
export interface Position {
  readonly epoch: string;
  readonly revision: number;
}

/** A position as a caller brought it: of the epoch only what tells it from another. */
export interface PositionMark {
  readonly revision: number;
  readonly epochMark: string;
}

/** `42-9f86d081`: the revision in the clear, for people, and of the epoch the first 8 hex digits of its SHA-256. */
export function formatPosition({ epoch, revision }: Position): string {
  return `${revision}-${markOf(epoch)}`;
}

/** Reads what `formatPosition` wrote; `undefined` for anything else. */
export function parsePosition(text: string): PositionMark | undefined {
  const [, revision, epochMark] = /^(0|[1-9]\d{0,14})-([0-9a-f]{8})$/.exec(text) ?? [];
  return revision === undefined || epochMark === undefined ? undefined : { revision: Number(revision), epochMark };
}

/** Whether who is at `position` knows of what the mark stands for. Of another history nobody here can tell. */
export function hasReached(position: Position | undefined, { revision, epochMark }: PositionMark): boolean {
  return position !== undefined && position.revision >= revision && markOf(position.epoch) === epochMark;
}

function markOf(epoch: string): string {
  return hash('sha256', epoch, 'hex').slice(0, 8);
}
