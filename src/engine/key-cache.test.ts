// The key cache: one read for many callers, nothing stale, garbage apart from keys, a corrupt record harms one key.
import { describe, expect, test, vi } from 'vitest';
import { createManualClock } from '../domain/clock.ts';
import { commonPolicy } from '../profiles/profile.ts';
import { KeyCache, type KeyCacheOptions, LookUpRefused } from './key-cache.ts';
import { LookUpBudget } from './look-up-budget.ts';
import type { StoredSecret } from './ports.ts';

function storedSecret(
  digest: string,
  change: { orgId?: string; apiId?: string; revokedAtMs?: number } = {},
): StoredSecret {
  const orgId = change.orgId ?? 'org_1';
  return {
    digest,
    endsAtMs: null,
    key: {
      seq: 1,
      id: `key_${digest}`,
      apiId: change.apiId ?? 'api',
      orgId,
      environment: 'live',
      restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [] },
      rateLimits: [],
      grantedLimits: null,
      metadata: {},
      expiresAtMs: null,
      revokedAtMs: change.revokedAtMs ?? null,
      disabledAtMs: null,
    },
    org: { seq: 1, id: orgId, status: 'active', suspendedApis: [], grantedLimits: new Map(), metadata: {} },
  };
}

/** A store whose reads are answered by hand, in any order. */
function createHandStore() {
  const reads: { digest: string; answer(stored: StoredSecret | undefined): void; fail(error: Error): void }[] = [];
  return {
    reads,
    findSecret(digest: string) {
      const { promise, resolve, reject } = Promise.withResolvers<StoredSecret | undefined>();
      reads.push({ digest, answer: resolve, fail: reject });
      return promise;
    },
    /** The next unanswered read; waits for it to be asked. */
    async next() {
      for (let turn = 0; turn < 20 && reads.length === 0; turn++) await Promise.resolve();
      const read = reads.shift();
      if (read === undefined) throw new Error('the store was not asked');
      return read;
    },
  };
}

function createCache(change: Partial<KeyCacheOptions> = {}) {
  const store = createHandStore();
  const policyOf = (apiId: string) => (apiId === 'api' ? commonPolicy : undefined);
  return { store, cache: new KeyCache({ store, policyOf, ...change }) };
}

/** A cache over a plain map, for tests in which the order of events does not matter. */
function createMapCache(records: Map<string, StoredSecret>, change: Partial<KeyCacheOptions> = {}) {
  let reads = 0;
  const store = {
    async findSecret(digest: string) {
      reads++;
      return records.get(digest);
    },
  };
  return { cache: createCache({ store, ...change }).cache, countReads: () => reads };
}

describe('KeyCache', () => {
  test('reads the store once for all concurrent callers, and never again', async () => {
    const { store, cache } = createCache();
    const asked = Array.from({ length: 50 }, () => cache.load('d'));
    (await store.next()).answer(storedSecret('d'));
    const keys = await Promise.all(asked);
    expect(new Set(keys).size).toBe(1);
    expect(cache.get('d')).toBe(keys[0]);
    expect(store.reads).toEqual([]);
    expect(cache.counts).toEqual({ hits: 1, misses: 1, absentHits: 0, refused: 0 });
  });

  test('remembers that a digest is unknown', async () => {
    const { cache, countReads } = createMapCache(new Map());
    expect(await cache.load('d')).toBeUndefined();
    expect(await cache.load('d')).toBeUndefined();
    expect(countReads()).toBe(1);
    expect(cache.counts.absentHits).toBe(1);
  });

  test('a key of an API that is not configured is unknown', async () => {
    const { cache } = createMapCache(new Map([['d', storedSecret('d', { apiId: 'gone' })]]));
    expect(await cache.load('d')).toBeUndefined();
    expect(cache.get('d')).toBeUndefined();
  });

  test('garbage does not evict good keys, and is itself bounded', async () => {
    const records = new Map([['good', storedSecret('good')]]);
    const { cache, countReads } = createMapCache(records, { capacity: 4, absentCapacity: 4 });
    await cache.load('good');
    for (let at = 0; at < 100; at++) await cache.load(`garbage${at}`);
    expect(cache.get('good')).toBeDefined();
    const before = countReads();
    await cache.load('garbage0');
    expect(countReads()).toBe(before + 1);
  });

  test('holds no more keys than its capacity', async () => {
    const records = new Map(Array.from({ length: 50 }, (_, at) => [`d${at}`, storedSecret(`d${at}`)]));
    const { cache } = createMapCache(records, { capacity: 10 });
    for (const digest of records.keys()) await cache.load(digest);
    expect(cache.size).toBeLessThanOrEqual(10);
    expect((await cache.load('d0'))?.id).toBe('key_d0');
  });

  test('forgets a key, so that the next request sees the change', async () => {
    const records = new Map([['d', storedSecret('d')]]);
    const { cache } = createMapCache(records);
    await cache.load('d');
    records.set('d', storedSecret('d', { revokedAtMs: 1 }));
    cache.forgetSecrets(['d']);
    expect(cache.get('d')).toBeUndefined();
    expect((await cache.load('d'))?.isRevoked).toBe(true);
  });

  test('forgets that a digest was unknown when its key is created', async () => {
    const records = new Map<string, StoredSecret>();
    const { cache } = createMapCache(records);
    await cache.load('d');
    records.set('d', storedSecret('d'));
    cache.forgetSecrets(['d']);
    expect((await cache.load('d'))?.id).toBe('key_d');
  });

  test.each([
    ['its key', (cache: KeyCache) => cache.forgetSecrets(['d'])],
    ['its organization', (cache: KeyCache) => cache.forgetOrganization('org_1')],
  ])('a read that was running when %s was forgotten is repeated', async (_what, forget) => {
    const { store, cache } = createCache();
    const early = cache.load('d');
    const stale = await store.next();
    forget(cache);
    const late = cache.load('d');
    stale.answer(storedSecret('d'));
    const fresh = await store.next();
    expect(cache.get('d')).toBeUndefined();
    fresh.answer(storedSecret('d', { revokedAtMs: 1 }));
    expect((await early)?.isRevoked).toBe(true);
    expect((await late)?.isRevoked).toBe(true);
    expect(cache.get('d')?.isRevoked).toBe(true);
  });

  test('a stale read of an unknown key does not hide a key that was created meanwhile', async () => {
    const { store, cache } = createCache();
    const asked = cache.load('d');
    const stale = await store.next();
    cache.forgetSecrets(['d']);
    stale.answer(undefined);
    (await store.next()).answer(storedSecret('d'));
    expect((await asked)?.id).toBe('key_d');
    expect(cache.get('d')?.id).toBe('key_d');
  });

  test('being forgotten several times during several reads still ends with the last state', async () => {
    const { store, cache } = createCache();
    const asked = cache.load('d');
    for (let round = 0; round < 3; round++) {
      const read = await store.next();
      cache.forgetSecrets(['d']);
      read.answer(storedSecret('d'));
    }
    (await store.next()).answer(storedSecret('d', { revokedAtMs: 9 }));
    expect((await asked)?.isRevoked).toBe(true);
  });

  test('forgetting one organization leaves the keys of another', async () => {
    const records = new Map([
      ['a', storedSecret('a', { orgId: 'org_a' })],
      ['b', storedSecret('b', { orgId: 'org_b' })],
    ]);
    const { cache } = createMapCache(records);
    await cache.load('a');
    await cache.load('b');
    cache.forgetOrganization('org_a');
    expect(cache.get('a')).toBeUndefined();
    expect(cache.get('b')?.id).toBe('key_b');
  });

  test('forgets the keys of one API, and which secrets are unknown', async () => {
    const { store, cache } = createCache({ policyOf: () => commonPolicy });
    for (const [digest, stored] of [
      ['a', storedSecret('a', { apiId: 'palm' })],
      ['b', storedSecret('b')],
      ['c', undefined],
    ] as const) {
      const loaded = cache.load(digest);
      (await store.next()).answer(stored);
      await loaded;
    }
    expect(cache.get('a')?.id).toBe('key_a');
    cache.forgetApis(new Set(['palm']));
    expect(cache.get('a')).toBeUndefined();
    expect(cache.get('b')?.id).toBe('key_b');
    const known = cache.load('c');
    (await store.next()).answer(storedSecret('c'));
    expect((await known)?.id).toBe('key_c');
  });

  test('after a failure of the store the next call asks again', async () => {
    const { store, cache } = createCache();
    const first = cache.load('d');
    const second = cache.load('d');
    (await store.next()).fail(new Error('disk'));
    await expect(first).rejects.toThrow('disk');
    await expect(second).rejects.toThrow('disk');
    const third = cache.load('d');
    (await store.next()).answer(storedSecret('d'));
    expect((await third)?.id).toBe('key_d');
  });

  test('a read that fails after it became stale is a failure, not an old answer', async () => {
    const { store, cache } = createCache();
    const asked = cache.load('d');
    const read = await store.next();
    cache.forgetSecrets(['d']);
    read.fail(new Error('disk'));
    await expect(asked).rejects.toThrow('disk');
    expect(cache.get('d')).toBeUndefined();
  });

  test.each<[string, Partial<StoredSecret['key']['restrictions']>]>([
    ['a malformed address', { addresses: ['10.0.0.0/'] }],
    ['a malformed referrer', { referrers: ['x.*'] }],
    ['a malformed endpoint', { endpoints: ['GET //'] }],
    ['a list that is missing', { addresses: undefined as never }],
    ['a list that is null', { scopes: null as never }],
  ])('a record with %s fails for its own key only', async (_what, restrictions) => {
    const bad = storedSecret('bad');
    const corrupt = { ...bad, key: { ...bad.key, restrictions: { ...bad.key.restrictions, ...restrictions } } };
    const { cache } = createMapCache(
      new Map([
        ['bad', corrupt],
        ['good', storedSecret('good')],
      ]),
    );
    await expect(cache.load('bad')).rejects.toThrow(TypeError);
    expect(cache.get('bad')).toBeUndefined();
    expect((await cache.load('good'))?.id).toBe('key_good');
    await expect(cache.load('bad')).rejects.toThrow(TypeError);
  });

  describe('with a budget for unknown secrets', () => {
    const client = { clientAddress: '203.0.113.7' };

    /** A cache over the keys `present`, with a budget and a manual clock. */
    function createBudgeted(present: readonly string[], change: Partial<KeyCacheOptions> = {}) {
      const clock = createManualClock(0);
      const budget = new LookUpBudget({ clock, onSpent: () => undefined });
      const records = new Map(present.map((digest) => [digest, storedSecret(digest)]));
      return { clock, ...createMapCache(records, { budget, ...change }) };
    }

    test('does not ask the store for a client that asked for too many, and asks again later', async () => {
      const { cache, clock, countReads } = createBudgeted(['good']);
      for (let at = 0; at < 1_000; at++) expect(await cache.load(`garbage${at}`, client)).toBeUndefined();
      await expect(cache.load('garbage', client)).rejects.toThrow(LookUpRefused);
      await expect(cache.load('good', client)).rejects.toThrow(LookUpRefused);
      expect(countReads()).toBe(1_000);
      expect(cache.counts).toEqual({ hits: 0, misses: 1_000, absentHits: 0, refused: 2 });
      clock.advance(10);
      expect((await cache.load('good', client))?.id).toBe('key_good');
    });

    test('refuses nothing that memory or a running read can answer', async () => {
      const { cache } = createBudgeted(['good', 'late']);
      await cache.load('good', client);
      for (let at = 0; at < 1_000; at++) await cache.load(`garbage${at}`, client);
      expect(cache.get('good')?.id).toBe('key_good');
      expect(await cache.load('garbage999', client)).toBeUndefined();
      const others = cache.load('late', { clientAddress: '203.0.113.8' });
      expect((await cache.load('late', client))?.id).toBe('key_late');
      await others;
    });

    test('refuses an operator nothing', async () => {
      const { cache, countReads } = createBudgeted([]);
      for (let at = 0; at < 1_500; at++) await cache.load(`garbage${at}`);
      expect(countReads()).toBe(1_500);
    });

    test('holds also where memory may not be used', async () => {
      const { cache, countReads } = createBudgeted(['good'], { canServe: () => false });
      for (let at = 0; at < 600; at++) await cache.load('garbage', client);
      for (let at = 0; at < 400; at++) await cache.fresh.load('garbage', client);
      await expect(cache.load('good', client)).rejects.toThrow(LookUpRefused);
      await expect(cache.fresh.load('good', client)).rejects.toThrow(LookUpRefused);
      expect(countReads()).toBe(1_000);
    });

    test('charges nothing when the store fails', async () => {
      const store = {
        findSecret: () => Promise.reject(new Error('the store is down')),
      };
      const { cache } = createBudgeted([], { store });
      for (let at = 0; at < 1_500; at++) await expect(cache.load('d', client)).rejects.toThrow('the store is down');
    });

    test('allows a cold start: many existing keys from one address, all at once', async () => {
      const digests = Array.from({ length: 10_000 }, (_, at) => `d${at}`);
      const { cache } = createBudgeted(digests);
      const keys = await Promise.all(digests.map((digest) => cache.load(digest, client)));
      expect(keys.every((key) => key !== undefined)).toBe(true);
      expect(cache.counts.refused).toBe(0);
    });
  });

  describe('whose memory may be incomplete', () => {
    test('answers nothing from it, and reads for each request', async () => {
      let isComplete = true;
      const { store, cache } = createCache({ canServe: () => isComplete });
      const first = cache.load('d');
      (await store.next()).answer(storedSecret('d'));
      expect((await first)?.id).toBe('key_d');
      isComplete = false;
      expect(cache.get('d')).toBeUndefined();
      const asked = [cache.load('d'), cache.load('d')];
      (await store.next()).answer(storedSecret('d'));
      (await store.next()).answer(storedSecret('d', { revokedAtMs: 1 }));
      expect((await Promise.all(asked)).map((key) => key?.isRevoked)).toEqual([false, true]);
      isComplete = true;
      expect(cache.get('d')?.isRevoked).toBe(false);
    });

    test('reads again when it became incomplete during a shared read', async () => {
      let isComplete = true;
      const { store, cache } = createCache({ canServe: () => isComplete });
      const asked = cache.load('d');
      const read = await store.next();
      isComplete = false;
      read.answer(storedSecret('d'));
      (await store.next()).answer(storedSecret('d', { revokedAtMs: 1 }));
      expect((await asked)?.isRevoked).toBe(true);
    });

    test('does not trust that a digest is unknown', async () => {
      let isComplete = true;
      const { store, cache } = createCache({ canServe: () => isComplete });
      const asked = cache.load('d');
      (await store.next()).answer(undefined);
      expect(await asked).toBeUndefined();
      isComplete = false;
      const again = cache.load('d');
      (await store.next()).answer(storedSecret('d'));
      expect((await again)?.id).toBe('key_d');
    });
  });

  describe('asked for the present state of the store', () => {
    test('reads for each call, whatever is in memory', async () => {
      const { store, cache } = createCache();
      const first = cache.load('d');
      (await store.next()).answer(storedSecret('d'));
      await first;
      expect(cache.fresh.get('d')).toBeUndefined();
      const asked = [cache.fresh.load('d'), cache.fresh.load('d')];
      (await store.next()).answer(storedSecret('d', { revokedAtMs: 1 }));
      (await store.next()).answer(undefined);
      expect((await Promise.all(asked)).map((key) => key?.isRevoked)).toEqual([true, undefined]);
      expect(cache.get('d')?.isRevoked).toBe(false);
    });

    test('waits for the store no longer than its timeout', async () => {
      vi.useFakeTimers();
      try {
        const { cache } = createCache({ freshTimeoutMs: 700 });
        const asked = expect(cache.fresh.load('d')).rejects.toMatchObject({ code: 'unavailable' });
        await vi.advanceTimersByTimeAsync(699);
        expect(vi.getTimerCount()).toBe(1);
        await vi.advanceTimersByTimeAsync(1);
        await asked;
        expect(vi.getTimerCount()).toBe(0);
      } finally {
        vi.useRealTimers();
      }
    });
  });

  test('forgets everything on forgetAll, running reads included', async () => {
    const { store, cache } = createCache();
    const first = cache.load('a');
    (await store.next()).answer(storedSecret('a'));
    await first;
    const asked = cache.load('b');
    const read = await store.next();
    cache.forgetAll();
    expect(cache.get('a')).toBeUndefined();
    read.answer(storedSecret('b'));
    (await store.next()).answer(storedSecret('b', { revokedAtMs: 1 }));
    expect((await asked)?.isRevoked).toBe(true);
  });
});
