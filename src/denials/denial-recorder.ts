// Groups denials in memory, within a bound that no flood exceeds, and writes them to the store once a second at most.

import { clientGroupOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { oneHourMs } from '../domain/durations.ts';
import type { Reason } from '../domain/verdict.ts';
import { FlushLoop, type Timer } from '../engine/flush-loop.ts';
import type { DenialSink } from '../engine/ports.ts';
import { type DenialGroup, type DenialStore, isDecidedByRequest, maxSamplesPerHour, otherSamples } from './ports.ts';

export interface DenialRecorderOptions {
  readonly store: Pick<DenialStore, 'flushDenials'>;
  readonly clock: Clock;
  /** Called after every failed flush, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** The shortest time between two flushes. Default 1,000. */
  readonly flushIntervalMs?: number;
  /**
   * The most groups between two flushes: under 1 KB each, and as many again in the batch that is being written. A fifth
   * of them is for denials without a key. Of the rest, one organization gets at most an eighth, so that none crowds out
   * another. Denials of further groups are dropped, and counted as dropped. Default 10,000.
   */
  readonly maxGroups?: number;
  readonly timer?: Timer;
}

/** Denials without a key since the start, for `/metrics`. Usage counts the denials of keys. */
export interface KeylessTotal {
  readonly apiId: string;
  readonly reason: Reason;
  readonly count: number;
}

/** Records denials, grouped by hour, key, reason and client. */
export interface DenialRecorder extends DenialSink {
  /** Resolves when all denials from before the call are stored. Rejects when the write fails; they are kept. */
  flush(): Promise<void>;
  /** Flushes a last time. Rejects when that fails. */
  close(): Promise<void>;
  /** One total for each API and reason with denials. */
  keylessTotals(): KeylessTotal[];
  /** All denials since the start, and those of them that were dropped. */
  readonly counts: { readonly recorded: number; readonly dropped: number };
}

type Writable<Value> = { -readonly [Member in keyof Value]: Value[Member] };

const maxMethodLength = 20;
const maxPathLength = 200;

/**
 * Creates a recorder. Each group keeps the first request as its sample: method and path, without the query, with
 * control characters escaped.
 */
export function createDenialRecorder(options: DenialRecorderOptions): DenialRecorder {
  const { store, clock, maxGroups = 10_000 } = options;
  const maxKeyless = Math.ceil(maxGroups / 5);
  const maxOfKeys = maxGroups - maxKeyless;
  const maxOfOrg = Math.ceil(maxOfKeys / 8);
  let groups = new Map<string, Writable<DenialGroup>>();
  /** The number of groups of each organization; `undefined`: denials without a key. */
  let sizes = new Map<string | undefined, number>();
  /** The number of methods and paths with a group of their own, for each key, reason and hour. */
  let samples = new Map<string, number>();
  const keyless = new Map<string, Map<Reason, number>>();
  const counts = { recorded: 0, dropped: 0 };

  function hasRoom(orgId: string | undefined): boolean {
    const own = sizes.get(orgId) ?? 0;
    if (orgId === undefined) return own < maxKeyless;
    return own < maxOfOrg && groups.size - (sizes.get(undefined) ?? 0) < maxOfKeys;
  }

  const loop = new FlushLoop<readonly DenialGroup[]>({
    take() {
      if (groups.size === 0) return undefined;
      const batch = [...groups.values()];
      groups = new Map();
      sizes = new Map();
      samples = new Map();
      return batch;
    },
    write: (batch) => store.flushDenials(batch, clock.nowMs()),
    onFault: options.onFault,
    ...(options.flushIntervalMs !== undefined && { intervalMs: options.flushIntervalMs }),
    ...(options.timer !== undefined && { timer: options.timer }),
  });

  function countKeyless(apiId: string, reason: Reason): void {
    let byReason = keyless.get(apiId);
    if (byReason === undefined) {
      byReason = new Map();
      keyless.set(apiId, byReason);
    }
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
  }

  /** Counts one denial in the group of that name. `false`: there is no such group. */
  function countIn(name: string, nowMs: number): boolean {
    const group = groups.get(name);
    if (group === undefined) return false;
    group.count++;
    group.lastAtMs = nowMs;
    return true;
  }

  return {
    counts,

    recordDenial({ apiId, reason, key, clientAddress, method, path }) {
      const nowMs = clock.nowMs();
      const hourMs = nowMs - (nowMs % oneHourMs);
      counts.recorded++;
      if (key === undefined) countKeyless(apiId, reason);
      // A stranger may own all addresses of a /64. A key's clients stay separate: its list names single addresses.
      const client = key === undefined && clientAddress !== undefined ? clientGroupOf(clientAddress) : clientAddress;
      const sample = { method: toPrintable(method, maxMethodLength), path: toPrintable(path, maxPathLength) };
      const isOfRequest = key !== undefined && isDecidedByRequest(reason);
      const kind = `${apiId} ${key?.id ?? ''} ${reason} ${hourMs}`;
      const groupedBy = isOfRequest ? `${sample.method} ${sample.path}` : (client ?? '');
      if (countIn(`${kind} ${groupedBy}`, nowMs)) return;
      const isBeyond = isOfRequest && (samples.get(kind) ?? 0) >= maxSamplesPerHour;
      if (isBeyond && countIn(`${kind} ${otherSamples}`, nowMs)) return;
      loop.wake();
      if (!hasRoom(key?.orgId)) {
        counts.dropped++;
        return;
      }
      sizes.set(key?.orgId, (sizes.get(key?.orgId) ?? 0) + 1);
      if (isOfRequest) samples.set(kind, (samples.get(kind) ?? 0) + 1);
      groups.set(`${kind} ${isBeyond ? otherSamples : groupedBy}`, {
        apiId,
        orgId: key?.orgId ?? null,
        keyId: key?.id ?? null,
        reason,
        clientAddress: client ?? null,
        hourMs,
        count: 1,
        firstAtMs: nowMs,
        lastAtMs: nowMs,
        ...(isBeyond ? { groupedBy: otherSamples, method: '', path: '' } : { groupedBy, ...sample }),
      });
    },

    flush: () => loop.flush(),
    close: () => loop.close(),

    keylessTotals: () =>
      [...keyless].flatMap(([apiId, byReason]) => [...byReason].map(([reason, count]) => ({ apiId, reason, count }))),
  };
}

/** The text in printable ASCII, for logs and terminals: without its query, cut to `maxLength`, the rest escaped. */
function toPrintable(text: string, maxLength: number): string {
  const query = text.indexOf('?');
  const kept = text.slice(0, query < 0 ? maxLength : Math.min(query, maxLength));
  if (!/[^\x20-\x7e]/.test(kept)) return kept;
  const escaped = kept.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.slice(0, maxLength);
}
