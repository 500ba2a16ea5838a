// What a destination gets, and how it fails.

import type { AuditRecord } from '../domain/audit-record.ts';
import { OperationalError } from '../domain/operational-error.ts';
import type { SegmentBounds } from './signed-segment.ts';

/** Records that follow each other, with their signed end. */
export interface SignedSegment {
  readonly records: readonly AuditRecord[];
  readonly bounds: SegmentBounds;
  /** The signed line. */
  readonly end: string;
}

/**
 * Sends a segment. Resolves when the destination has all of it. Rejects with a `DeliveryError` when that is not proven:
 * the destination may then have some, all or nothing of it.
 */
export type Deliver = (segment: SignedSegment, signal: AbortSignal) => Promise<void>;

/** A destination did not confirm a segment. The message names the fix and has no secret. */
export class DeliveryError extends OperationalError {
  /** How long the destination wants to be left alone. `undefined`: it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super('audit_export_failed', message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The contents of the files that a connection over TLS needs, in PEM. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly serverName?: string | undefined;
}

/** How long a delivery may take. It is cut then. */
export const deliveryTimeoutMs = 30_000;

/** The cause of a failed connection in words. */
export function describeCause(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message?.split('\n')[0] || code || 'unknown';
}
