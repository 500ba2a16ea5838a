// What the main thread and the writer thread say to each other.
import type { DenialGroup } from '../../denials/ports.ts';
import type { UsageBatch } from '../../metering/ports.ts';
import type { StorageErrorMessage } from '../errors.ts';
import type { DenialBounds } from '../queries/denials.ts';

/** `workerData` of the writer thread. */
export interface WriterOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly denialBounds: DenialBounds;
  /** Up to this size the whole file is checked when it is opened. */
  readonly quickCheckMaxBytes: number;
  /** What this log of revocations says is applied when the database is opened. */
  readonly revocationLog?: string | undefined;
}

/** A command, carried out in the order of arrival; each has one reply. */
export type WriterCommand =
  | { readonly kind: 'execute'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'ping' | 'close' }
  | { readonly kind: 'flushUsage'; readonly batch: UsageBatch }
  | { readonly kind: 'flushDenials'; readonly groups: readonly DenialGroup[]; readonly nowMs: number };

export interface WriterRequest {
  /** From 1; the reply with id 0 says that the database is open. */
  readonly id: number;
  readonly command: WriterCommand;
}

export interface WriterReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: StorageErrorMessage;
}
