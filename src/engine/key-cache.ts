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
  /** The policy of a configured API; `undefined` for one that is not configured, whose keys are then unknown. */
  readonly policyOf: (apiId: string) => Policy | undefined;
  /** Keys held at most. A cached key takes some 400 bytes (`docs/performance.md`). Default 500,000. */
  readonly capacity?: number;
  /** Digests remembered as nobody's at most, apart from the keys: garbage can't push good keys out. Default 20,000. */
  readonly absentCapacity?: number;
  /**
   * Whether what is in memory is complete: asked on every decision, so it must be quick. While it says no, each request asks the
   * store for itself. Default: always.
   */
  readonly canServe?: () => boolean;
  /** How long `fresh` waits for the store. Default 1,000. */
  readonly freshTimeoutMs?: number;
  /** What clients may ask the store for in vain. Default: anything. */
  readonly budget?: LookUpBudget;
}

/** The store was not asked, since the client has asked it for too many secrets that are nobody's. */
export class LookUpRefused extends Error {}

/** How often the cache answered, and how: counters for `/metrics`. */
export interface KeyCacheCounts {
  hits: number;
  misses: number;
  absentHits: number;
  refused: number;
}

/** Where a decision finds its key. */
export interface KeySource {
  /** The key if it can be told without I/O. */
  get(digest: string): VerificationKey | undefined;
  /**
   * The key, `undefined` if no configured API has it. Rejects when that can't be told: with `LookUpRefused` when `client` has
   * used up what it may ask for in vain. Without `client` it is an operator who asks, whom nobody counts.
   */
  load(digest: string, client?: Client): Promise<VerificationKey | undefined>;
}

/** On whose behalf the store is asked. */
type Client = Pick<RequestFacts, 'clientAddress'>;

interface Flight {
  isStale: boolean;
  readonly done: Promise<VerificationKey | undefined>;
}

/**
 * Answers from memory what the store said, until it is told to forget. Whoever changes a key or an organization must call
 * `forget…` after the change is committed and before reporting success: from then on no decision uses the older state. A
 * read that was under way when `forget…` was called is read again, so it can't bring the old state back.
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
   * The same keys, each from a read of the store that begins with the call; for decisions that must know of what this memory may
   * not. Rejects when the store takes longer than `freshTimeoutMs`.
   */
  readonly fresh: KeySource = {
    get: () => undefined,
    load: async (digest, client) =>
      endLookUp(this.#beginLookUp(client), endsWithin(this.#read(digest), this.#freshTimeoutMs)),
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

  /** The key if it is in memory; no I/O. */
  get(digest: string): VerificationKey | undefined {
    if (!this.#canServe()) return undefined;
    const key = this.#keys.get(digest);
    if (key !== undefined) this.counts.hits++;
    return key;
  }

  /**
   * The key from the store, `undefined` if no configured API has it. Concurrent calls for one digest share one read, as long
   * as what is read may be kept; it goes on the account of the client that began it. Rejects when the store can't tell or may
   * not be asked; nothing is cached then.
   */
  async load(digest: string, client?: Client): Promise<VerificationKey | undefined> {
    if (this.#canServe()) {
      const key = await this.#loadTogether(digest, client);
      if (this.#canServe()) return key;
    }
    // A read that began before this request can't stand for it: nobody tells now what has changed since.
    return endLookUp(this.#beginLookUp(client), this.#read(digest));
  }

  #loadTogether(digest: string, client: Client | undefined): Promise<VerificationKey | undefined> {
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

  /** Throws `LookUpRefused` when the client may not ask the store now. */
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

  /** Forgets what a committed change makes wrong. */
  forget({ digests, orgIds }: { readonly digests: Iterable<string>; readonly orgIds: Iterable<string> }): void {
    this.forgetSecrets(digests);
    for (const orgId of orgIds) this.forgetOrganization(orgId);
  }

  /** Forgets these secrets, present or absent. */
  forgetSecrets(digests: Iterable<string>): void {
    for (const digest of digests) {
      this.#keys.delete(digest);
      this.#absent.delete(digest);
      const flight = this.#flights.get(digest);
      if (flight !== undefined) flight.isStale = true;
    }
  }

  /** Forgets all keys of an organization. Linear in the cache's size: some 20 ms for a million keys. */
  forgetOrganization(orgId: string): void {
    this.#keys.deleteWhere((key) => key.orgId === orgId);
    for (const flight of this.#flights.values()) flight.isStale = true;
  }

  /** Forgets everything. */
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

/** What `read` brings, once it is charged. A store that can't tell is not held against the client. */
async function endLookUp(
  end: EndLookUp,
  read: Promise<VerificationKey | undefined>,
): Promise<VerificationKey | undefined> {
  let wasInVain = false;
  try {
    const key = await read;
    wasInVain = key === undefined;
    return key;
  } finally {
    end(wasInVain);
  }
}

/** Rejects with `unavailable` when `read` takes longer than `timeoutMs`; it may go on, and what it brings is passed over. */
async function endsWithin<Result>(read: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const give = () => reject(new OperationalError('unavailable', `the store did not answer within ${timeoutMs} ms`));
    timer = setTimeout(give, timeoutMs);
  });
  try {
    return await Promise.race([read, late]);
  } finally {
    clearTimeout(timer);
  }
}
