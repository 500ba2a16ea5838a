// The cache in front of the key store: digest -> compiled key, bounded, never stale.
import { OperationalError } from '../domain/operational-error.ts';
import type { Policy } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { EndLookUp, LookUpBudget } from './look-up-budget.ts';
import type { KeyStore, StoredSecret } from './ports.ts';
import { RecentMap } from './recent-map.ts';
import { compileKey, type VerificationKey } from './verification-key.ts';

export interface KeyCacheOptions {
  readonly store: KeyStore;
  /** The policy of a configured API. `undefined`: the API is not configured, so its keys are unknown. */
  readonly policyOf: (apiId: string) => Policy | undefined;
  /** The most keys in memory. A cached key takes some 400 bytes (`docs/performance.md`). Default 500,000. */
  readonly capacity?: number;
  /** The most digests remembered as unknown, apart from the keys: garbage can't evict good keys. Default 20,000. */
  readonly absentCapacity?: number;
  /**
   * Whether the memory is up to date. Every decision calls it, so it must be fast. While it returns `false`, each
   * request asks the store itself. Default: always `true`.
   */
  readonly canServe?: () => boolean;
  /** The longest time that `fresh` waits for the store. Default 1,000. */
  readonly freshTimeoutMs?: number;
  /** Bounds look-ups of unknown secrets by client. Default: no bound. */
  readonly budget?: LookUpBudget;
}

/** The store was not asked, because the client has looked up too many unknown secrets. */
export class LookUpRefused extends Error {}

/** Counters for `/metrics`: how often the cache answered, and how. */
export interface KeyCacheCounts {
  hits: number;
  misses: number;
  absentHits: number;
  refused: number;
}

/** Finds the key of a digest, for decisions. */
export interface KeySource {
  /** The key, if it is known without I/O. */
  get(digest: string): VerificationKey | undefined;
  /**
   * The key. `undefined`: no configured API has it. Rejects when the store fails, and with `LookUpRefused` when
   * `client` has used up its budget. Without `client`, an operator asks, and no budget applies.
   */
  load(digest: string, client?: Client): Promise<VerificationKey | undefined>;
}

/** The client that causes a look-up. */
type Client = Pick<RequestFacts, 'clientAddress'>;

/** A read of the store that several callers share. */
interface Flight {
  isStale: boolean;
  readonly done: Promise<VerificationKey | undefined>;
}

/**
 * Remembers the store's answers until a `forget…` call. Code that changes a key or an organization must call `forget…`
 * after the commit and before it reports success. From then on, no decision uses the older state. A read that was
 * running during the call is repeated, so it can't bring the old state back.
 */
export class KeyCache implements KeySource {
  readonly counts: KeyCacheCounts = { hits: 0, misses: 0, absentHits: 0, refused: 0 };
  readonly #keys: RecentMap<VerificationKey>;
  readonly #absent: RecentMap<true>;
  readonly #flights = new Map<string, Flight>();
  readonly #store: KeyStore;
  readonly #policyOf: (apiId: string) => Policy | undefined;
  readonly #canServe: () => boolean;
  readonly #freshTimeoutMs: number;
  readonly #budget: LookUpBudget | undefined;
  /**
   * The same keys, but each call reads the store. For decisions that need changes that this memory may not have yet.
   * Rejects when the store takes longer than `freshTimeoutMs`.
   */
  readonly fresh: KeySource = {
    get: () => undefined,
    load: async (digest, client) =>
      endLookUp(this.#beginLookUp(client), withTimeout(this.#read(digest), this.#freshTimeoutMs)),
  };

  constructor(options: KeyCacheOptions) {
    this.#store = options.store;
    this.#policyOf = options.policyOf;
    this.#canServe = options.canServe ?? always;
    this.#freshTimeoutMs = options.freshTimeoutMs ?? 1000;
    this.#budget = options.budget;
    this.#keys = new RecentMap(options.capacity ?? 500_000);
    this.#absent = new RecentMap(options.absentCapacity ?? 20_000);
  }

  /** The key, if it is in memory. */
  get(digest: string): VerificationKey | undefined {
    if (!this.#canServe()) return undefined;
    const key = this.#keys.get(digest);
    if (key !== undefined) this.counts.hits++;
    return key;
  }

  /**
   * The key from the store. `undefined`: no configured API has it. Concurrent calls for one digest share one read while
   * the memory is up to date; the budget of the first client pays. Rejects, and caches nothing, when the store fails or
   * the client may not ask.
   */
  async load(digest: string, client?: Client): Promise<VerificationKey | undefined> {
    if (this.#canServe()) {
      const key = await this.#loadShared(digest, client);
      if (this.#canServe()) return key;
    }
    // A shared read may have begun before this request, and this node no longer hears of changes since then.
    return endLookUp(this.#beginLookUp(client), this.#read(digest));
  }

  #loadShared(digest: string, client: Client | undefined): Promise<VerificationKey | undefined> {
    if (this.#absent.get(digest) === true) {
      this.counts.absentHits++;
      return Promise.resolve(undefined);
    }
    const running = this.#flights.get(digest);
    if (running !== undefined) return running.done;
    const end = this.#beginLookUp(client);
    const { promise, resolve } = Promise.withResolvers<VerificationKey | undefined>();
    const flight: Flight = { isStale: false, done: promise };
    this.#flights.set(digest, flight);
    resolve(endLookUp(end, this.#fill(digest, flight)).finally(() => this.#flights.delete(digest)));
    return promise;
  }

  /** Charges the client's budget. Throws `LookUpRefused` when it is used up. */
  #beginLookUp(client: Client | undefined): EndLookUp {
    const isCounted = this.#budget !== undefined && client !== undefined;
    const end = isCounted ? this.#budget.begin(client.clientAddress) : uncounted;
    if (end === undefined) {
      this.counts.refused++;
      throw new LookUpRefused('this client has looked up too many unknown secrets');
    }
    this.counts.misses++;
    return end;
  }

  async #read(digest: string): Promise<VerificationKey | undefined> {
    return this.#compile(await this.#store.findSecret(digest));
  }

  async #fill(digest: string, flight: Flight): Promise<VerificationKey | undefined> {
    for (;;) {
      flight.isStale = false;
      const stored = await this.#store.findSecret(digest);
      if (flight.isStale) continue;
      const key = this.#compile(stored);
      if (key === undefined) this.#absent.set(digest, true);
      else this.#keys.set(digest, key);
      return key;
    }
  }

  #compile(stored: StoredSecret | undefined): VerificationKey | undefined {
    const policy = stored === undefined ? undefined : this.#policyOf(stored.key.apiId);
    return stored === undefined || policy === undefined ? undefined : compileKey(stored, policy);
  }

  /** Forgets everything that a committed change makes wrong. */
  forget({ digests, orgIds }: { readonly digests: Iterable<string>; readonly orgIds: Iterable<string> }): void {
    this.forgetSecrets(digests);
    for (const orgId of orgIds) this.forgetOrganization(orgId);
  }

  /** Forgets these secrets, known or unknown. */
  forgetSecrets(digests: Iterable<string>): void {
    for (const digest of digests) {
      this.#keys.delete(digest);
      this.#absent.delete(digest);
      const flight = this.#flights.get(digest);
      if (flight !== undefined) flight.isStale = true;
    }
  }

  /** Forgets all keys of an organization. Linear in the size of the cache: some 20 ms for a million keys. */
  forgetOrganization(orgId: string): void {
    this.#keys.deleteWhere((key) => key.orgId === orgId);
    for (const flight of this.#flights.values()) flight.isStale = true;
  }

  /**
   * Forgets all keys of these APIs, and what is known as unknown: it may be a key of one of them. As slow as
   * `forgetOrganization`.
   */
  forgetApis(apiIds: ReadonlySet<string>): void {
    this.#keys.deleteWhere((key) => apiIds.has(key.apiId));
    this.#absent.clear();
    for (const flight of this.#flights.values()) flight.isStale = true;
  }

  /** Forgets everything, running reads included. */
  forgetAll(): void {
    this.#keys.clear();
    this.#absent.clear();
    for (const flight of this.#flights.values()) flight.isStale = true;
  }

  get size(): number {
    return this.#keys.size;
  }
}

function always(): boolean {
  return true;
}

function uncounted(): void {}

/** Returns the result of `read` after it has reported to the budget. The client does not pay for a failed read. */
async function endLookUp(
  end: EndLookUp,
  read: Promise<VerificationKey | undefined>,
): Promise<VerificationKey | undefined> {
  let foundNothing = false;
  try {
    const key = await read;
    foundNothing = key === undefined;
    return key;
  } finally {
    end(foundNothing);
  }
}

/**
 * Rejects with `unavailable` when `read` takes longer than `timeoutMs`. The read may continue; its result is ignored.
 */
async function withTimeout<Result>(read: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new OperationalError('unavailable', `the store did not answer within ${timeoutMs} ms`));
    timer = setTimeout(giveUp, timeoutMs);
  });
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
  }
}
