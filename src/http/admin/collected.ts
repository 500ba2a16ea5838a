// Metrics that are read at each scrape. A value that is unknown is left out, and never 0.
import type { Metric, Registry } from '@prometheus-io/client';
import type { HistogramReading } from '../../telemetry/duration-histogram.ts';

/** One series of a metric. */
export interface Sample<Value = number> {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: Value;
}

/** What a metric is, and how its series are read. A `read` that rejects gives a metric without series. */
export interface Collected<Value = number> {
  readonly name: string;
  readonly help: string;
  readonly read: () => readonly Sample<Value>[] | Promise<readonly Sample<Value>[]>;
}

export function addCounter(registry: Registry, metric: Collected): void {
  add(registry, 'counter', metric);
}

export function addGauge(registry: Registry, metric: Collected): void {
  add(registry, 'gauge', metric);
}

/** Adds a histogram that is counted elsewhere: an observation by the library costs more than a decision. */
export function addHistogram(registry: Registry, { name, help, read }: Collected<HistogramReading>): void {
  add(registry, 'histogram', {
    name,
    help,
    read: async () =>
      (await read()).flatMap(({ labels, value: { buckets, count, sumMs } }) => [
        ...buckets.map((bucket) => ({
          metricName: `${name}_bucket`,
          labels: { ...labels, le: String(bucket.upToMs / 1000) },
          value: bucket.count,
        })),
        { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sumMs / 1000 },
        { metricName: `${name}_count`, labels, value: count },
      ]),
  });
}

/** The sample of a metric without labels; none if its value is unknown. */
export function only(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ labels: {}, value }];
}

function add(registry: Registry, type: 'counter' | 'gauge' | 'histogram', { name, help, read }: Collected): void {
  const metric = {
    name,
    async get() {
      const values = await Promise.resolve()
        .then(read)
        .catch(() => []);
      return { name, help, type, values, aggregator: 'sum' };
    },
  };
  // The registry asks for no more than this of a metric; its type has the library's own classes.
  registry.registerMetric(metric as unknown as Metric);
}
