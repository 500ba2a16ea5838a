// Groups refusals in memory and hands them to the store, at most once a second, within a bound that no flood can pass.

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
  /** Told of every failed flush, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
  /** Default 1,000. */
  readonly flushIntervalMs?: number;
  /**
   * Groups held between two flushes at most: under 1 KB each, and as many again in the batch that is being written. A fifth
   * of them is for refusals without a key; of the rest, one organization has an eighth at most, so that none pushes out
   * another's. Beyond it, denials of new groups are dropped and counted as dropped. Default 10,000.
   */
  readonly maxGroups?: number;
  readonly timer?: Timer;
}

/** Refusals of requests that were no key's, since the start: for `/metrics`. Those of keys are counted as their use. */
export interface KeylessTotal {
  readonly apiId: string;
  readonly reason: Reason;
  readonly count: number;
}

export interface DenialRecorder extends DenialSink {
  /** Resolves when all denials recorded before the call are stored. */
  flush(): Promise<void>;
  /** The last flush; rejects when it fails. */
  close(): Promise<void>;
  keylessTotals(): KeylessTotal[];
  /** Denials recorded, and of those the ones that memory had no room for. */
  readonly counts: { readonly recorded: number; readonly dropped: number };
}

type Writable<Value> = { -readonly [Member in keyof Value]: Value[Member] };

const maxMethodLength = 20;
const maxPathLength = 200;

/** What is kept of a request is the first sample of its group: method and path, never the query, control characters escaped. */
export function createDenialRecorder(options: DenialRecorderOptions): DenialRecorder {
  const { store, clock, maxGroups = 10_000 } = options;
  const maxKeyless = Math.ceil(maxGroups / 5);
  const maxOfKeys = maxGroups - maxKeyless;
  const maxOfOrg = Math.ceil(maxOfKeys / 8);
  let groups = new Map<string, Writable<DenialGroup>>();
  /** Groups of each organization. */
  let sizes = new Map<string | undefined, number>();
  /** Methods and paths of each key, reason and hour that have groups of their own. */
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

  /** Adds one to the group of that name, if there is one. */
  function count(name: string, nowMs: number): boolean {
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
      // A stranger may own all addresses of a /64. A key's clients are shown one by one, as its list may name them.
      const client = key === undefined && clientAddress !== undefined ? clientGroupOf(clientAddress) : clientAddress;
      const sample = { method: showable(method, maxMethodLength), path: showable(path, maxPathLength) };
      const isOfRequest = key !== undefined && isDecidedByRequest(reason);
      const kind = `${apiId} ${key?.id ?? ''} ${reason} ${hourMs}`;
      const alike = isOfRequest ? `${sample.method} ${sample.path}` : (client ?? '');
      if (count(`${kind} ${alike}`, nowMs)) return;
      const isBeyond = isOfRequest && (samples.get(kind) ?? 0) >= maxSamplesPerHour;
      if (isBeyond && count(`${kind} ${otherSamples}`, nowMs)) return;
      loop.wake();
      if (!hasRoom(key?.orgId)) {
        counts.dropped++;
        return;
      }
      sizes.set(key?.orgId, (sizes.get(key?.orgId) ?? 0) + 1);
      if (isOfRequest) samples.set(kind, (samples.get(kind) ?? 0) + 1);
      groups.set(`${kind} ${isBeyond ? otherSamples : alike}`, {
        apiId,
        orgId: key?.orgId ?? null,
        keyId: key?.id ?? null,
        reason,
        clientAddress: client ?? null,
        hourMs,
        count: 1,
        firstAtMs: nowMs,
        lastAtMs: nowMs,
        ...(isBeyond ? { alike: otherSamples, method: '', path: '' } : { alike, ...sample }),
      });
    },

    flush: () => loop.flush(),
    close: () => loop.close(),

    keylessTotals: () =>
      [...keyless].flatMap(([apiId, byReason]) => [...byReason].map(([reason, count]) => ({ apiId, reason, count }))),
  };
}

/** What may be printed in a log or a terminal: anything but printable ASCII escaped, a query cut off, capped. */
function showable(text: string, maxLength: number): string {
  const query = text.indexOf('?');
  const kept = text.slice(0, query < 0 ? maxLength : Math.min(query, maxLength));
  if (!/[^\x20-\x7e]/.test(kept)) return kept;
  const escaped = kept.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.slice(0, maxLength);
}
