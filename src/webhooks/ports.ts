// The store of the sender.
import type { AuditEntry } from '../domain/audit-record.ts';
import type { Attempt, DisabledCause, WebhookEndpoint } from '../domain/webhook-endpoint.ts';

/** An attempt that is due. */
export interface DueDelivery {
  /** Names the delivery for `settle`. */
  readonly seq: number;
  readonly round: number;
  /** Attempts that ended before. */
  readonly attempts: number;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly atMs: number;
    /** JSON text. */
    readonly data: string;
  };
}

/** How an attempt ended. */
export interface Outcome {
  readonly status: 'delivered' | 'failed' | 'waiting';
  /** Of `waiting`: when the next attempt is due. */
  readonly nextAtMs: number | null;
  readonly httpStatus: number | null;
  readonly error: string | null;
}

export interface WaitingDeliveries {
  readonly count: number;
  /** When the oldest event happened that an enabled endpoint waits for. `null`: there is none. */
  readonly oldestMs: number | null;
}

export interface SenderStore {
  /** Whether anyone hears of keys that expire: an endpoint, enabled or not, or a member. */
  hasListeners(): Promise<boolean>;
  /** The numbers of the enabled endpoints for which something is due. */
  listDueEndpoints(nowMs: number): Promise<readonly number[]>;
  /** The endpoint with its due deliveries, the longest due first. `undefined`: it is disabled or deleted. */
  listDue(
    endpointSeq: number,
    nowMs: number,
    limit: number,
  ): Promise<{ readonly endpoint: WebhookEndpoint; readonly due: readonly DueDelivery[] } | undefined>;
  /**
   * Notes the end of an attempt. `false`, and nothing changes: another node has noted one meanwhile, or the delivery was
   * replayed or deleted.
   */
  settle(
    delivery: Pick<DueDelivery, 'seq' | 'round' | 'attempts'>,
    span: Pick<Attempt, 'beganAtMs' | 'endedAtMs'>,
    outcome: Outcome,
  ): Promise<boolean>;
  /** Disables the endpoint and appends `entry`. `false`: it is disabled already, or deleted. */
  disable(endpointId: string, nowMs: number, because: DisabledCause, entry: AuditEntry): Promise<boolean>;
  /**
   * Writes the events of some keys that expired since the last call, or came within one of `noticeDays` of their end.
   * `true`: there may be more. Each event is written once, also if a call is interrupted or repeated.
   */
  recordExpiries(nowMs: number, noticeDays: readonly number[]): Promise<boolean>;
  /**
   * Writes the events of some keys that were last used, or else created, `days` ago. Looks through all keys once a day.
   * `true`: there may be more. Each key has one event until it is used again.
   */
  recordUnused(nowMs: number, days: number): Promise<boolean>;
  /** Removes some events from before `beforeMs`, with their deliveries. `true`: there may be more. */
  removeEvents(beforeMs: number): Promise<boolean>;
  describeWaiting(): Promise<WaitingDeliveries>;
}
