// Fills an organization through the store as months of work would: keys of every state, usage and denied requests. Used
// to try the console.
import { noAnnotations } from '../../src/domain/annotations.ts';
import type { Environment } from '../../src/domain/api-key.ts';
import { digestSecret, generateSecret, hintOf, randomBase62, type SecretFormat } from '../../src/domain/secret.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { addUsage } from '../contracts/storage-fixtures.ts';

export interface SeedOptions {
  readonly orgId: string;
  /** The API of all keys; `format` is the form of its secrets. */
  readonly apiId: string;
  readonly format: SecretFormat;
  readonly environments?: readonly Environment[];
  /** Default 10,000. */
  readonly keys?: number;
  readonly nowMs?: number;
  /** Patterns for names, where `{n}` is the number of the key. Default: some in both languages. */
  readonly names?: readonly string[];
}

export interface SeededKey {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly digest: string;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const keysPerTransaction = 500;
const daysOfUse = 30;

const namePatterns = [
  'Production server {n}',
  'خادم الإنتاج {n}',
  'Billing worker {n}',
  'تطبيق الجوال {n}',
  'CI pipeline {n}',
  'Staging {n}',
  'Reports <nightly> {n}',
  'متجر رام الله {n}',
];

/**
 * Creates about 2,000 keys a second. Of a hundred keys, about five are revoked, five have expired, three expire within
 * two weeks, two are in an overlap, and 80 are used. Only ids and secrets differ between two runs with the same number
 * of keys.
 */
export async function seedOrganization(storage: Storage, options: SeedOptions): Promise<readonly SeededKey[]> {
  const { orgId, apiId, format, environments = ['live'], keys: count = 10_000, nowMs = Date.now() } = options;
  const { names = namePatterns } = options;
  const seeded: SeededKey[] = [];
  for (let from = 0; from < count; from += keysPerTransaction) {
    await storage.management.transaction(async (operations) => {
      for (let at = from; at < Math.min(from + keysPerTransaction, count); at++) {
        const environment = environments[at % environments.length] as Environment;
        const made = makeSecret(format, environment);
        const name = (names[at % names.length] as string).replace('{n}', String(at + 1));
        const id = `key_${randomBase62(20)}`;
        const createdAtMs = nowMs - 120 * dayMs + Math.floor((at / count) * 100 * dayMs);
        const addresses = [`203.0.113.${at % 256}`, ...(at % 3 === 0 ? [`198.51.100.${at % 256}`] : [])];
        const restrictions = { addresses, referrers: [], endpoints: [], scopes: [] };
        const expiresAtMs = expiryOf(at, nowMs);
        const limits = { rateLimits: [], grantedLimits: null, ...noAnnotations };
        const key = { id, apiId, orgId, environment, name, restrictions, ...limits, createdAtMs, expiresAtMs };
        await operations.createKey(key, made);
        if (at % 20 === 7) await operations.revokeKey(id, nowMs - dayMs);
        seeded.push({ id, name, secret: made.secret, digest: made.digest });
        if (at % 50 !== 11) continue;
        const next = makeSecret(format, environment);
        await operations.rotateKey(id, next, nowMs + dayMs, nowMs - hourMs);
        seeded[at] = { id, name, secret: next.secret, digest: next.digest };
      }
    });
  }
  await seedUse(storage, seeded, options, nowMs);
  await seedDenials(storage, seeded, options, nowMs);
  return seeded;
}

function makeSecret(format: SecretFormat, environment: Environment) {
  const secret = generateSecret(format, environment);
  return { secret, digest: digestSecret(secret), hint: hintOf(secret, format) };
}

function expiryOf(at: number, nowMs: number): number | null {
  if (at % 20 === 13) return nowMs - dayMs;
  return at % 33 === 5 ? nowMs + (1 + (at % 13)) * dayMs : null;
}

async function seedUse(
  storage: Storage,
  seeded: readonly SeededKey[],
  { apiId, environments = ['live'] }: SeedOptions,
  nowMs: number,
): Promise<void> {
  const users: { readonly at: number; readonly seq: number; readonly orgSeq: number }[] = [];
  for (const [at, { digest }] of seeded.entries()) {
    if (at % 5 === 4) continue;
    const found = await storage.keyStore.findSecret(digest);
    if (found !== undefined) users.push({ at, seq: found.key.seq, orgSeq: found.org.seq });
  }
  for (let day = 0; day < daysOfUse; day++) {
    const hour = nowMs - day * dayMs;
    const hourStart = hour - (hour % hourMs);
    const series = environments.flatMap((environment, index) =>
      (['allowed', 'address_not_allowed'] as const).map((outcome) => {
        const used = users.filter(
          ({ at }) =>
            at % environments.length === index && (at + day) % 3 > 0 && (outcome === 'allowed' || at % 9 === 0),
        );
        return {
          apiId,
          environment,
          outcome,
          hourMs: hourStart,
          keySeqs: used.map(({ seq }) => seq),
          orgSeqs: used.map(({ orgSeq }) => orgSeq),
          counts: used.map(({ at }) => 1 + ((at * 7 + day * 13) % (outcome === 'allowed' ? 240 : 9))),
        };
      }),
    );
    const lastUses =
      day > 0
        ? { keySeqs: [], atMs: [], addresses: [] }
        : {
            keySeqs: users.map(({ seq }) => seq),
            atMs: users.map(({ at }) => nowMs - (at % 100) * dayMs - at * 60),
            addresses: users.map(({ at }) => `203.0.113.${at % 256}`),
          };
    await addUsage(storage, { series, lastUses });
  }
}

async function seedDenials(
  storage: Storage,
  seeded: readonly SeededKey[],
  { apiId, orgId }: SeedOptions,
  nowMs: number,
): Promise<void> {
  const reasons = ['address_not_allowed', 'key_expired', 'key_revoked', 'endpoint_not_allowed'] as const;
  const groups = seeded.slice(0, 200).map(({ id }, at) => {
    const lastAtMs = nowMs - at * 300_000;
    return {
      apiId,
      orgId,
      keyId: id,
      reason: reasons[at % reasons.length] as (typeof reasons)[number],
      groupedBy: reasons[at % reasons.length] === 'endpoint_not_allowed' ? `seeded ${at}` : `192.0.2.${at}`,
      clientAddress: `192.0.2.${at}`,
      hourMs: lastAtMs - (lastAtMs % hourMs),
      count: 1 + (at % 40),
      firstAtMs: lastAtMs - 60_000,
      lastAtMs,
      method: at % 2 === 0 ? 'GET' : 'POST',
      path: '/v1/users/usr_123',
    };
  });
  await storage.denials.flushDenials(groups, nowMs);
}
