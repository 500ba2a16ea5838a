// Measures the storage by itself: look-ups, opening, management writes and bytes per key, at 1,000 and 1,000,000 keys.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noAnnotations } from '../src/domain/annotations.ts';
import { digestSecret, hintOf } from '../src/domain/secret.ts';
import { openSqlite } from '../src/storage/sqlite/storage.ts';
import { type KeySet, makeKeys, orgIdAt, secretAt } from './make-keys.ts';

const set: KeySet = {
  seed: 'storage',
  apiId: 'classic',
  environment: 'live',
  format: { prefixes: { live: 'sk_live_', test: 'sk_test_' }, length: 48 },
  restrictions: { addresses: ['203.0.113.7'], referrers: [], endpoints: ['GET /v1/users/*'], scopes: ['read'] },
  rateLimits: [{ limit: 600, windowSeconds: 60 }],
};
const sizes = process.argv.slice(2).map(Number);

for (const size of sizes.length > 0 ? sizes : [1000, 1_000_000]) {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-bench-'));
  try {
    console.log(JSON.stringify(await measure(join(folder, 'miftah.db'), size)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(file: string, size: number) {
  const makeSeconds = (await time(() => makeKeys(file, size, set))) / 1000;
  const bytesPerKey = Math.round(statSync(file).size / size);
  let storage = await openSqlite({ file });
  await storage.close();
  const openMs = await time(async () => {
    storage = await openSqlite({ file });
  });

  const { keyStore, management, usage } = storage;
  const digests = Array.from({ length: 20_000 }, () => digestSecret(secretAt(set, Math.floor(Math.random() * size))));
  const lookUp = async () => {
    for (const digest of digests) await keyStore.findSecret(digest);
  };
  const lookUps = [await time(lookUp), await time(lookUp), await time(lookUp), await time(lookUp), await time(lookUp)];
  const absent = Array.from({ length: 20_000 }, (_, at) => digestSecret(`absent ${at}`));
  const absentMs = await time(async () => {
    for (const digest of absent) await keyStore.findSecret(digest);
  });

  const create = (index: number) => {
    const secret = secretAt({ ...set, seed: 'new' }, index);
    const key = { id: `new_${index}`, apiId: set.apiId, orgId: orgIdAt(set, index), environment: set.environment };
    const fields = {
      name: 'new',
      restrictions: set.restrictions ?? never(),
      rateLimits: [],
      grantedLimits: null,
      ...noAnnotations,
      expiresAtMs: null,
    };
    const hint = hintOf(secret, set.format);
    return management.createKey({ ...key, ...fields, createdAtMs: 0 }, { digest: digestSecret(secret), hint });
  };
  const creates: number[] = [];
  for (let index = 0; index < 500; index++) creates.push(await time(() => create(index)));
  const revokes: number[] = [];
  for (let index = 0; index < 200; index++) revokes.push(await time(() => management.revokeKey(`new_${index}`, 1)));

  const listMs = await time(() => management.listKeys({ orgId: orgIdAt(set, 0) }, { limit: 50 }, 0));
  const listApiMs = await time(() => management.listKeys({ apiId: set.apiId }, { limit: 50 }, 0));
  const countMs = await time(() => management.countKeys({}, 0));
  const countOrgMs = await time(() => management.countKeys({ orgId: orgIdAt(set, 0) }, 0));

  const seqs = Uint32Array.from({ length: 2000 }, (_, at) => at + 1);
  const series = {
    apiId: set.apiId,
    environment: set.environment,
    outcome: 'allowed' as const,
    hourMs: 0,
    keySeqs: seqs,
    orgSeqs: seqs.map((seq) => Math.ceil(seq / 2)),
    counts: seqs.map(() => 1),
    billed: undefined,
    statuses: {},
  };
  const lastUses = {
    keySeqs: seqs,
    atMs: Float64Array.from(seqs),
    addressAt: seqs.map(() => 1),
    addresses: ['203.0.113.7'],
  };
  const none = new Uint32Array();
  const noAddresses = {
    ...{ keySeqs: none, orgSeqs: none, hoursMs: new Float64Array(), addressAt: none, counts: none, refused: none },
    addresses: [],
  };
  await usage.beginRun('bench', 0);
  const flushes: number[] = [];
  const blocked: number[] = [];
  for (let flush = 0; flush < 20; flush++) {
    const started = performance.now();
    const batch = {
      run: 'bench',
      sequence: flush + 1,
      series: [series],
      routes: [],
      addresses: noAddresses,
      lastUses,
      superseded: [],
    };
    const done = usage.flushUsage(structuredClone(batch));
    // The work of the main thread: handing the batch over.
    await new Promise(setImmediate);
    blocked.push(performance.now() - started);
    await done;
    flushes.push(performance.now() - started);
  }
  await storage.close();
  return {
    keys: size,
    makeSeconds: round(makeSeconds),
    bytesPerKey,
    openMs: round(openMs),
    findSecretUs: round((median(lookUps) * 1000) / digests.length),
    findSecretFirstRoundUs: round(((lookUps[0] ?? 0) * 1000) / digests.length),
    findAbsentUs: round((absentMs * 1000) / absent.length),
    createP50Ms: round(median(creates)),
    createP99Ms: round(creates.toSorted((a, b) => a - b)[494] ?? 0),
    revokeP50Ms: round(median(revokes)),
    listOrgMs: round(listMs),
    listApiMs: round(listApiMs),
    countAllMs: round(countMs),
    countOrgMs: round(countOrgMs),
    flush2000Ms: round(median(flushes)),
    flush2000OnMainThreadMs: round(median(blocked)),
  };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function never(): never {
  throw new TypeError('unreachable');
}
