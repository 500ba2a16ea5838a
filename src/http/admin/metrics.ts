// Prometheus metrics. A scrape reads plain counters, so counting costs the hot path one increment.
import { readFileSync } from 'node:fs';
import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client';
import type { DenialRecorder } from '../../denials/denial-recorder.ts';
import type { KeyCache } from '../../engine/key-cache.ts';
import type { UsageRecorder } from '../../metering/usage-recorder.ts';
import type { Pruner } from '../../retention/pruner.ts';
import { addCounter, addGauge, only } from './collected.ts';

/** The sources of the metrics. */
export interface MetricsParts {
  readonly usage: Pick<UsageRecorder, 'totals' | 'counts' | 'journal'>;
  readonly denials: Pick<DenialRecorder, 'keylessTotals' | 'counts'>;
  readonly cache: Pick<KeyCache, 'counts' | 'size'>;
  readonly pruner: Pick<Pruner, 'counts'>;
  /** Absent: this process counts limits alone. */
  readonly sharedLimits?: SharedLimitsStatus | undefined;
  /** How far this machine's clock is ahead of the database's. Absent: a single process, which uses its own clock. */
  readonly clockAheadMs?: (() => number) | undefined;
}

/** The state of the limiter whose store all nodes share. */
export interface SharedLimitsStatus {
  /** The number of decisions by source; the metric `miftah_limiter_decisions_total` explains each. */
  readonly counts: Readonly<Record<'roundTrip' | 'block' | 'usedUp' | 'outage', number>>;
  /** How often the connection to the store was lost. */
  readonly outages: number;
  /** Whether the store cannot count now. */
  readonly isOut: boolean;
}

/** Creates the metrics of this process. No label is a key, an organization or an address: their number is unbounded. */
export function createMetrics({ usage, denials, cache, pruner, sharedLimits, clockAheadMs }: MetricsParts): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });

  new Counter({
    name: 'miftah_verifications_total',
    help: 'Decided requests by final outcome; environment is "none" if no key has the secret.',
    labelNames: ['api', 'outcome', 'environment'],
    registers,
    collect() {
      this.reset();
      for (const { apiId, environment, outcome, count } of usage.totals()) {
        this.inc({ api: apiId, outcome, environment }, count);
      }
      for (const { apiId, reason, count } of denials.keylessTotals()) {
        this.inc({ api: apiId, outcome: reason, environment: 'none' }, count);
      }
    },
  });
  registerAllowed(usage, registers);
  new Counter({
    name: 'miftah_cache_requests_total',
    help: 'Lookups of secrets: found in memory (hit), known in memory to have no key (absent_hit), looked up in the database (miss), or refused because the client looked up too many unknown secrets (refused).',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      this.inc({ result: 'hit' }, cache.counts.hits);
      this.inc({ result: 'absent_hit' }, cache.counts.absentHits);
      this.inc({ result: 'miss' }, cache.counts.misses);
      this.inc({ result: 'refused' }, cache.counts.refused);
    },
  });
  new Gauge({
    name: 'miftah_cache_keys',
    help: 'Keys held in memory.',
    registers,
    collect() {
      this.set(cache.size);
    },
  });
  for (const [name, help, counts] of [
    ['miftah_usage_events_total', 'Uses of keys; dropped ones had no space on the disk or in memory.', usage.counts],
    ['miftah_denial_events_total', 'Denied requests; dropped ones had no space in memory.', denials.counts],
  ] as const) {
    new Counter({
      name,
      help,
      labelNames: ['result'],
      registers,
      collect() {
        this.reset();
        this.inc({ result: 'recorded' }, counts.recorded - counts.dropped);
        this.inc({ result: 'dropped' }, counts.dropped);
      },
    });
  }
  for (const [name, help, read] of [
    [
      'segments',
      'Closed segments of the usage journal that are not yet in the database.',
      () => usage.journal.segments,
    ],
    ['bytes', 'Size of the usage journal that is not yet in the database.', () => usage.journal.bytes],
  ] as const) {
    new Gauge({
      name: `miftah_usage_journal_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
  new Counter({
    name: 'miftah_usage_journal_failures_total',
    help: 'Failed writes of the usage journal; their data stays in memory until a write succeeds.',
    registers,
    collect() {
      this.reset();
      this.inc(usage.journal.failures);
    },
  });
  registerPruning(pruner, registers);
  addLimits(registry, sharedLimits);
  addGauge(registry, {
    name: 'miftah_clock_ahead_seconds',
    help: 'How far the clock of this machine is ahead of the database, whose time all nodes use.',
    read: () => only(clockAheadMs && clockAheadMs() / 1000),
  });
  new Gauge({
    name: 'miftah_build_info',
    help: 'Always 1; the version is in the label.',
    labelNames: ['version'],
    registers,
  }).set({ version: readVersion() }, 1);
  return registry;
}

function registerPruning(pruner: MetricsParts['pruner'], registers: Registry[]): void {
  new Counter({
    name: 'miftah_retention_removed_total',
    help: 'Rows that were removed from the database because they were older than the retention settings allow.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const [kind, count] of Object.entries(pruner.counts.removed)) this.inc({ kind }, count);
    },
  });
  new Counter({
    name: 'miftah_retention_failures_total',
    help: 'Failed rounds of removing old rows; the next round goes on.',
    registers,
    collect() {
      this.reset();
      this.inc(pruner.counts.failures);
    },
  });
}

function registerAllowed(usage: MetricsParts['usage'], registers: Registry[]): void {
  new Counter({
    name: 'miftah_replies_total',
    help: 'Allowed requests by the status class of the upstream: 1xx to 5xx, none (it did not reply) or unknown (this server did not see the reply).',
    labelNames: ['api', 'environment', 'status'],
    registers,
    collect() {
      this.reset();
      for (const { apiId, environment, statusClass, count } of usage.totals())
        if (statusClass !== undefined) this.inc({ api: apiId, environment, status: statusClass }, count);
    },
  });
  new Counter({
    name: 'miftah_billed_requests_total',
    help: 'Allowed requests that are billed by the policy of their API.',
    labelNames: ['api', 'environment'],
    registers,
    collect() {
      this.reset();
      for (const { apiId, environment, isBilled, count } of usage.totals())
        if (isBilled) this.inc({ api: apiId, environment }, count);
    },
  });
}

/** Without Redis, these metrics have no series. */
function addLimits(registry: Registry, limits: SharedLimitsStatus | undefined): void {
  addCounter(registry, {
    name: 'miftah_limiter_decisions_total',
    help: 'Rate-limited requests decided by asking Redis (round_trip), from a block of this node (block), because the window was known to be exhausted (used_up), or by policy while Redis was down (outage).',
    read() {
      if (limits === undefined) return [];
      const { roundTrip, block, usedUp, outage } = limits.counts;
      const counts = { round_trip: roundTrip, block, used_up: usedUp, outage };
      return Object.entries(counts).map(([how, value]) => ({ labels: { how }, value }));
    },
  });
  addCounter(registry, {
    name: 'miftah_limiter_outages_total',
    help: 'Number of times that the connection to Redis was lost.',
    read: () => only(limits?.outages),
  });
  addGauge(registry, {
    name: 'miftah_limiter_outage',
    help: '1 while Redis cannot count limits.',
    read: () => only(limits && Number(limits.isOut)),
  });
}

function readVersion(): string {
  // The sources and the build are equally deep below the root.
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
}
