// The neutral routes: list in pages by cursor, create, get, revoke and rotate. Names are those of the admin API.
import { z } from 'zod';
import { type ApiKey, keyStatus } from '../../domain/api-key.ts';
import { OperationalError } from '../../domain/operational-error.ts';
import { formatRateLimit } from '../../domain/rate-limit.ts';
import { maskOf } from '../../domain/secret.ts';
import { invalidInput, notFound } from '../../management/management-error.ts';
import { bodyReader, inVendorsWords, queryReader, type ShapeNames, writeMembers } from './names.ts';
import type { ManagementAnswer, ManagementCall, ManagementShape } from './shape.ts';

const listQuery = {
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .default(50),
  cursor: z.string().max(200, 'must be nextCursor of the previous page').optional(),
};

/** The lists of one page together; one key with the longest lists still fits. */
const maxPageBytes = 256 * 1024;

const text = z.string('must be a string').optional();
const texts = z.array(z.string('must be a string'), 'must be a list of strings').optional();

const newKey = {
  name: text,
  addresses: texts,
  referrers: texts,
  endpoints: texts,
  scopes: texts,
  rateLimits: texts,
  expiresAt: z.string('must be a string or null').nullish(),
};

/** The keys of the caller's API and environment that are not revoked, newest first. */
function listKeys(names: ShapeNames) {
  const readQuery = queryReader(listQuery, names.query);
  return async ({ keys, actor, query, ...call }: ManagementCall): Promise<ManagementAnswer> => {
    const { limit, cursor } = readQuery(query);
    const page = { limit, cursor, maxBytes: maxPageBytes };
    const { items, nextCursor } = await keys.listKeys(actor, { isRevoked: false }, page).catch((error: unknown) => {
      if (!(error instanceof OperationalError) || error.code !== 'cursor_invalid') throw error;
      throw invalidInput(names.query.cursor as string, `must be ${names.list.nextCursor} of the previous page`);
    });
    const list = { items: items.map((key) => describeKey(key, call, names)), nextCursor };
    return { status: 200, body: writeMembers(names.list, list) };
  };
}

function createKey(names: ShapeNames) {
  const readBody = bodyReader(newKey, names.body);
  return async ({ keys, actor, body, ...call }: ManagementCall): Promise<ManagementAnswer> => {
    const { apiId, environment } = call;
    const wanted = { apiId, orgId: actor.orgId, environment, ...readBody(body) };
    const { key, secret } = await inVendorsWords(names.body, keys.createKey(actor, wanted));
    return { status: 201, body: describeKey(key, call, names, secret) };
  };
}

/** A key that the caller may see. A revoked one stays visible under its id. */
function getKey(names: ShapeNames) {
  return async (call: ManagementCall): Promise<ManagementAnswer> => {
    return { status: 200, body: describeKey(await findKey(call), call, names) };
  };
}

/** Idempotent, like the admin API's. */
function revokeKey(names: ShapeNames) {
  return async (call: ManagementCall): Promise<ManagementAnswer> => {
    const { id } = await findKey(call);
    return { status: 200, body: describeKey(await call.keys.revokeKey(call.actor, id), call, names) };
  };
}

/** The old secret works for the default overlap: a stolen key can't lock its owner out at once. */
function rotateKey(names: ShapeNames) {
  const readBody = bodyReader({}, {});
  return async (call: ManagementCall): Promise<ManagementAnswer> => {
    readBody(call.body);
    const { id } = await findKey(call);
    const { key, secret } = await call.keys.rotateKey(call.actor, id);
    return { status: 200, body: describeKey(key, call, names, secret) };
  };
}

async function findKey({ keys, actor, apiId, id }: ManagementCall): Promise<ApiKey> {
  const key = await keys.getKey(actor, id);
  if (key.apiId !== apiId) throw notFound();
  return key;
}

function describeKey(
  key: ApiKey,
  { nowMs, mask }: Pick<ManagementCall, 'nowMs' | 'mask'>,
  names: ShapeNames,
  secret?: string,
): object {
  const { id, name, environment, rateLimits } = key;
  const { addressCheck: _, ...restrictions } = key.restrictions;
  const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return writeMembers(names.key, {
    id,
    name,
    environment,
    masked: maskOf(key.hint, mask),
    status: keyStatus(key, nowMs),
    ...restrictions,
    rateLimits: rateLimits.map(formatRateLimit),
    createdAt: at(key.createdAtMs),
    secretCreatedAt: at(key.secretCreatedAtMs),
    expiresAt: at(key.expiresAtMs),
    revokedAt: at(key.revokedAtMs),
    lastUsedAt: at(key.lastUsedAtMs),
    ...(secret !== undefined && { secret }),
  });
}

/** Names that are Miftah's own. */
function named(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

const lists = ['addresses', 'referrers', 'endpoints', 'scopes', 'rateLimits'] as const;
const instants = ['createdAt', 'secretCreatedAt', 'expiresAt', 'revokedAt', 'lastUsedAt'] as const;

/** The neutral routes. They take keys only. */
export const standardShape: ManagementShape = {
  takesSessions: false,
  path: '/v1/keys',
  names: {
    query: named('limit', 'cursor'),
    body: named('name', ...lists, 'expiresAt'),
    key: named('id', 'name', 'environment', 'masked', 'status', ...lists, ...instants, 'secret'),
    list: { items: 'data', nextCursor: 'nextCursor' },
    made: {},
  },
  fixed: {},
  routes: (path, names) => [
    { method: 'GET', path, answer: listKeys(names) },
    { method: 'POST', path, answer: createKey(names) },
    { method: 'GET', path: `${path}/{id}`, answer: getKey(names) },
    { method: 'DELETE', path: `${path}/{id}`, answer: revokeKey(names) },
    { method: 'POST', path: `${path}/{id}/rotate`, isBodyOptional: true, answer: rotateKey(names) },
  ],
};
