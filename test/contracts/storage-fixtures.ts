// Organizations, keys and secrets for tests of the storage.
import { randomUUID } from 'node:crypto';
import { noAnnotations } from '../../src/domain/annotations.ts';
import type { Environment } from '../../src/domain/api-key.ts';
import { digestSecret, generateSecret, hintOf, type SecretFormat } from '../../src/domain/secret.ts';
import type { NewApiKey, NewSecret } from '../../src/management/ports.ts';
import type {
  AddressUses,
  CountedClass,
  RouteSeries,
  SupersededUse,
  UsageBatch,
  UsageSeries,
} from '../../src/metering/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';

const format: SecretFormat = { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 };

type Plain<Columns> = {
  readonly [Name in keyof Columns]: Columns[Name] extends ArrayLike<number> ? readonly number[] : Columns[Name];
};

/** A series in plain arrays. Default: nothing is billed, and every status class and response time is unknown. */
export type PlainSeries = Plain<
  Omit<UsageSeries, 'billed' | 'statuses' | 'extraWeights' | 'billedExtraWeights' | 'times'>
> & {
  readonly extraWeights?: readonly number[];
  readonly billedExtraWeights?: readonly number[];
  /** By bucket, then by organization. */
  readonly times?: readonly (readonly number[] | undefined)[];
  readonly billed?: readonly number[] | undefined;
  readonly statuses?: Readonly<Partial<Record<CountedClass, readonly number[]>>>;
};

/** Requests of a key from an address; `''`: from those beyond the limit. */
export interface PlainAddressUse {
  readonly keySeq: number;
  readonly orgSeq: number;
  readonly hourMs: number;
  readonly address: string;
  readonly count: number;
  readonly refused?: number;
}

/** A usage batch in plain arrays, in any order. */
export interface PlainUsage {
  readonly series?: readonly PlainSeries[];
  readonly routes?: readonly (PlainSeries & Pick<RouteSeries, 'route'>)[];
  readonly addresses?: readonly PlainAddressUse[];
  readonly lastUses?: {
    readonly keySeqs: readonly number[];
    readonly atMs: readonly number[];
    readonly addresses: readonly (string | null)[];
  };
  readonly superseded?: readonly SupersededUse[];
}

/** The batch in the form of the store. Belongs to a new run unless `run` is given. */
export function usageBatch(
  {
    series = [],
    routes = [],
    addresses: addressUses = [],
    lastUses = { keySeqs: [], atMs: [], addresses: [] },
    superseded = [],
  }: PlainUsage,
  { run = String(randomUUID()), sequence = 1 } = {},
): UsageBatch {
  const inOrder = (compare: (a: number, b: number) => number, length: number) =>
    Array.from({ length }, (_, at) => at).sort(compare);
  const uses = inOrder((a, b) => Number(lastUses.keySeqs[a]) - Number(lastUses.keySeqs[b]), lastUses.keySeqs.length);
  const addresses = [...new Set(lastUses.addresses)].filter((address) => address !== null);
  const toSeries = <Series extends PlainSeries>(plain: Series) => {
    const { keySeqs, orgSeqs, counts, billed, statuses = {}, extraWeights, billedExtraWeights, times, ...kind } = plain;
    const order = inOrder(
      (a, b) => Number(orgSeqs[a]) - Number(orgSeqs[b]) || Number(keySeqs[a]) - Number(keySeqs[b]),
      keySeqs.length,
    );
    const pick = (column: readonly number[]) => Uint32Array.from(order, (at) => column[at] as number);
    const pickUnits = (column: readonly number[]) => Float64Array.from(order, (at) => column[at] as number);
    return {
      ...kind,
      keySeqs: pick(keySeqs),
      orgSeqs: pick(orgSeqs),
      counts: pick(counts),
      billed: billed && pick(billed),
      statuses: Object.fromEntries(Object.entries(statuses).map(([name, numbers]) => [name, pick(numbers)])),
      ...(extraWeights && { extraWeights: pickUnits(extraWeights) }),
      ...(billedExtraWeights && { billedExtraWeights: pickUnits(billedExtraWeights) }),
      ...(times && { times: times.map((bucket) => bucket && Uint32Array.from(bucket)) }),
    };
  };
  return {
    run,
    sequence,
    series: series.map(toSeries),
    routes: routes.map(({ route, ...plain }) => ({ ...toSeries(plain), route })),
    addresses: toAddressUses(addressUses),
    lastUses: {
      keySeqs: Uint32Array.from(uses, (at) => lastUses.keySeqs[at] as number),
      atMs: Float64Array.from(uses, (at) => lastUses.atMs[at] as number),
      addressAt: Uint32Array.from(uses, (at) => addresses.indexOf(lastUses.addresses[at] as string) + 1),
      addresses,
    },
    superseded,
  };
}

function toAddressUses(uses: readonly PlainAddressUse[]): AddressUses {
  const all = uses.toSorted((a, b) => a.keySeq - b.keySeq || a.hourMs - b.hourMs || (a.address < b.address ? -1 : 1));
  const addresses = [...new Set(all.map(({ address }) => address))].filter((address) => address !== '');
  return {
    keySeqs: Uint32Array.from(all, ({ keySeq }) => keySeq),
    orgSeqs: Uint32Array.from(all, ({ orgSeq }) => orgSeq),
    hoursMs: Float64Array.from(all, ({ hourMs }) => hourMs),
    addressAt: Uint32Array.from(all, ({ address }) => addresses.indexOf(address) + 1),
    counts: Uint32Array.from(all, ({ count }) => count),
    refused: Uint32Array.from(all, ({ refused = 0 }) => refused),
    addresses,
  };
}

/** Adds usage to the store. */
export async function addUsage({ usage }: Pick<Storage, 'usage'>, plain: PlainUsage): Promise<void> {
  const batch = usageBatch(plain);
  await usage.beginRun(batch.run, now);
  await usage.flushUsage(batch);
}

/** One key's last use. */
export function lastUseOf(keySeq: number, atMs: number, address: string | null = null): PlainUsage {
  return { lastUses: { keySeqs: [keySeq], atMs: [atMs], addresses: [address] } };
}

/** The time at which everything is created unless stated otherwise. */
export const now = 1_760_000_000_000;

export function newSecret(environment: Environment = 'live'): NewSecret & { readonly secret: string } {
  const secret = generateSecret(format, environment);
  return { secret, digest: digestSecret(secret), hint: hintOf(secret, format) };
}

export function newKey(orgId: string, fields: Partial<NewApiKey> = {}): NewApiKey {
  return {
    id: `key_${randomUUID()}`,
    apiId: 'classic',
    orgId,
    environment: 'live',
    name: 'a key',
    restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [] },
    rateLimits: [],
    grantedLimits: null,
    ...noAnnotations,
    createdAtMs: now,
    expiresAtMs: null,
    ...fields,
  };
}

export async function createOrg(storage: Storage, id = `org_${randomUUID()}`): Promise<string> {
  await storage.management.createOrganization({
    id,
    name: id,
    kinds: ['dealer'],
    status: 'active',
    suspendedApis: [],
    grantedLimits: new Map(),
    ...noAnnotations,
    createdAtMs: now,
  });
  return id;
}
