// How long decisions and exchanges took, and how upstreams failed, for each API since the start of the process.
import { DurationHistogram } from './duration-histogram.ts';

/** The ways in, as metrics and the access log name them. */
const carriers = ['proxy', 'node', 'fetch', 'verify', 'nginx', 'forward', 'envoy', 'grpc'] as const;

export type Carrier = (typeof carriers)[number];

/** A decision from memory takes microseconds; one that asks a database or Redis, milliseconds. */
const decisionBoundsMs = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000];
const exchangeBoundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];

/** What one API's requests took. */
export class ApiTraffic {
  /** From the arrival of a request to its verdict. */
  readonly decisions: Readonly<Record<Carrier, DurationHistogram>> = Object.fromEntries(
    carriers.map((carrier) => [carrier, new DurationHistogram(decisionBoundsMs)]),
  ) as Record<Carrier, DurationHistogram>;
  /** From the arrival of a request that the proxy forwards to the end of its reply. */
  readonly exchanges = new DurationHistogram(exchangeBoundsMs);
  /** Failures of the upstream by kind. */
  readonly failures = new Map<string, number>();

  countFailure(kind: string): void {
    this.failures.set(kind, (this.failures.get(kind) ?? 0) + 1);
  }
}

/** The traffic of all APIs. What an API has counted stays when a reload changes or removes it. */
export class Traffic {
  readonly #apis = new Map<string, ApiTraffic>();

  of(apiId: string): ApiTraffic {
    const traffic = this.#apis.get(apiId) ?? new ApiTraffic();
    this.#apis.set(apiId, traffic);
    return traffic;
  }

  get apis(): ReadonlyMap<string, ApiTraffic> {
    return this.#apis;
  }
}
