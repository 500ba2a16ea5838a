// The messages between the main thread and the writer thread.
import type { DenialGroup } from '../../denials/ports.ts';
import type { UsageBatch } from '../../metering/ports.ts';
import type { PruneStep } from '../../retention/ports.ts';
import type { StorageErrorMessage } from '../errors.ts';
import type { DenialBounds } from '../queries/denials.ts';

/** `workerData` of the writer thread. */
export interface WriterOptions {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly denialBounds: DenialBounds;
  /** A file up to this size is checked whole when it is opened. */
  readonly quickCheckMaxBytes: number;
  /** Path of the revocation log, which is applied when the database is opened. */
  readonly revocationLog?: string | undefined;
}

/** A command. The thread runs commands in their order of arrival and sends one reply for each. */
export type WriterCommand =
  | { readonly kind: 'execute'; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'ping' | 'close' }
  | BatchCommand;

/** A command whose statements the thread builds itself, in a transaction of its own. */
export type BatchCommand =
  | { readonly kind: 'flushUsage'; readonly batch: UsageBatch }
  | { readonly kind: 'flushDenials'; readonly groups: readonly DenialGroup[]; readonly nowMs: number }
  | { readonly kind: 'prune'; readonly step: PruneStep };

/** A command on its way to the thread. */
export interface WriterRequest {
  /** Counts from 1. The reply with id 0 says that the database is open. */
  readonly id: number;
  readonly command: WriterCommand;
}

/** The outcome of the request with this id: `error` if it failed. */
export interface WriterReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: StorageErrorMessage;
}
