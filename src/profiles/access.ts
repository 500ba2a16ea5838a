// Writes the line of a request in the access log, for every carrier.
import type { AuthorizedKey } from '../domain/api-key.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Carrier } from '../telemetry/traffic.ts';
import type { Gate } from './gate.ts';

/** What every carrier tells of a request. */
export interface LoggedRequest {
  readonly carrier: Carrier;
  /** When the request arrived, on the clock of `performance.now()`. */
  readonly arrivedAtMs: number;
  readonly gate: Gate;
  readonly facts: RequestFacts;
  readonly requestId: string;
  /** The trace that the request belongs to: 32 hex digits. `undefined`: unknown. */
  traceId?: string | undefined;
}

/** How a request was answered. What the carrier can't know is left out. */
export interface Answered {
  /** Of the reply that the client gets. */
  readonly status?: number | undefined;
  /** Why the request was refused or failed. Left out: it was allowed, and its upstream answered. */
  readonly reason?: string | undefined;
  readonly key?: Pick<AuthorizedKey, 'id' | 'orgId' | 'environment'> | undefined;
  readonly bytes?: number | undefined;
  /** When the request went to its upstream, on the clock of `performance.now()`. */
  readonly forwardedAtMs?: number | undefined;
}

/** Longer paths are cut: a line should fit into what log programs take. */
const maxPathLength = 1_024;

/** Logs a request, if the access log is on and the lot falls on it. Never throws. */
export function logAccess(request: LoggedRequest, answered: Answered): void {
  const { gate } = request;
  const { accessLog } = gate;
  if (!accessLog.isOn) return;
  const { status, reason, key, bytes, forwardedAtMs } = answered;
  const isAllowed = reason === undefined && (status === undefined || status < 500);
  if (!accessLog.draws(isAllowed)) return;
  const { facts, arrivedAtMs } = request;
  const nowMs = performance.now();
  accessLog.write(
    {
      // One of a trusted proxy may be what a client sent.
      requestId: gate.redactor.redactText(request.requestId),
      api: gate.api.id,
      environment: key?.environment ?? facts.environment,
      carrier: request.carrier,
      method: facts.method || undefined,
      path: gate.redactor.redactPath(facts.path, gate.api).slice(0, maxPathLength) || undefined,
      status,
      reason,
      key: key?.id,
      org: key?.orgId,
      client: facts.clientAddress,
      durationMs: toMicroseconds(nowMs - arrivedAtMs),
      upstreamMs: forwardedAtMs === undefined ? undefined : toMicroseconds(nowMs - forwardedAtMs),
      bytes,
      traceId: request.traceId,
    },
    isAllowed,
  );
}

/** Milliseconds with three digits. */
function toMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
