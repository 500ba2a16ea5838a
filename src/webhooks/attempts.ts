// Pure rules of delivery: the headers of an attempt, and what follows from its end.
import { oneDayMs, oneHourMs } from '../domain/durations.ts';
import { type SecretSeal, signWith, type WebhookEndpoint } from '../domain/webhook-endpoint.ts';
import { bodyOf, type EventType } from '../domain/webhook-event.ts';
import { alertOf } from './alert.ts';
import type { DueDelivery, Outcome } from './ports.ts';
import type { PostResult } from './post.ts';

const minuteMs = 60_000;

/** The waits after the first attempts (Standard Webhooks 1.0, "Delivery attempts"): three days in all. */
export const retryDelaysMs: readonly number[] = [
  ...[5_000, 5 * minuteMs, 30 * minuteMs],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * oneHourMs),
];

/** Retries spread over a tenth more than their wait, so that a receiver that is back does not get all at once. */
const maxJitter = 0.1;

/**
 * The headers and the body of an attempt. During the overlap of a rotation, both secrets sign. Throws as `seal.open`.
 * An alert has no signature: Alertmanager verifies none.
 */
export function writeAttempt(
  { id, format, sealedSecret, former }: Pick<WebhookEndpoint, 'id' | 'format' | 'sealedSecret' | 'former'>,
  { event }: Pick<DueDelivery, 'event'>,
  { seal, nowMs }: { readonly seal: Pick<SecretSeal, 'open'>; readonly nowMs: number },
): { readonly headers: Record<string, string>; readonly body: string } {
  const shared = { 'content-type': 'application/json', 'user-agent': 'Miftah-Webhooks' };
  if (format === 'alertmanager') return { body: alertOf(event, nowMs), headers: shared };
  const body = bodyOf({ ...event, type: event.type as EventType });
  const timestamp = String(Math.floor(nowMs / 1000));
  const sealed = former !== null && former.untilMs > nowMs ? [sealedSecret, former.sealedSecret] : [sealedSecret];
  const signed = `${event.id}.${timestamp}.${body}`;
  return {
    body,
    headers: {
      ...shared,
      'webhook-id': event.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': sealed.map((secret) => signWith(seal.open(secret, id), signed)).join(' '),
    },
  };
}

/** What follows from the end of an attempt. `disable`: the endpoint gets no more events. */
export interface Consequence {
  readonly outcome: Outcome;
  readonly disable?: 'gone' | 'failing';
}

/**
 * Only 2xx is a success. 410 disables the endpoint, and so does the last failed attempt. `random` is from 0 to 1. A test
 * event has one attempt and disables nothing.
 */
export function concludeAttempt(
  { attempts, event }: Pick<DueDelivery, 'attempts' | 'event'>,
  result: PostResult | { readonly kind: 'unsigned' },
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
): Consequence {
  const httpStatus = result.kind === 'answered' ? result.status : null;
  const end = { nextAtMs: null, httpStatus };
  if (httpStatus !== null && httpStatus >= 200 && httpStatus < 300) {
    return { outcome: { ...end, status: 'delivered', error: null } };
  }
  const error = result.kind === 'answered' ? 'status' : result.kind === 'failed' ? result.failure : 'secret_unreadable';
  const failed = { ...end, status: 'failed', error } as const;
  if (httpStatus === 410) return { outcome: failed, disable: 'gone' };
  if (event.type === ('webhook.test' satisfies EventType)) return { outcome: failed };
  const delayMs = retryDelaysMs[attempts];
  if (delayMs === undefined) return { outcome: failed, disable: 'failing' };
  const wantedMs = result.kind === 'answered' ? readRetryAfter(result.retryAfter, nowMs) : 0;
  const waitMs = Math.max(delayMs * (1 + maxJitter * random), wantedMs);
  return { outcome: { ...failed, status: 'waiting', nextAtMs: nowMs + Math.round(waitMs) } };
}

/** The wait that `Retry-After` asks for, in seconds or as a date (RFC 9110 §10.2.3), a day at most. 0: none. */
function readRetryAfter(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), oneDayMs);
}
