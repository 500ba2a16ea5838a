// The routes of the hosting panel: a list in numbered pages, create and delete. The quoted comments are from its page.
import { z } from 'zod';
import type { ApiKey } from '../../domain/api-key.ts';
import { invalidInput, notFound } from '../../management/management-error.ts';
import { bodyReader, inVendorsWords, queryReader, type ShapeNames, writeMembers } from './names.ts';
import type { ManagementAnswer, ManagementCall, ManagementShape } from './shape.ts';

/** A whole number from 1 to `max`, in digits only: `Number` alone would also read `1e2` and `0x10`. */
function wholeNumber(max: number) {
  const message = `must be a whole number from 1 to ${max}`;
  const digits = z.string().regex(/^[1-9]\d{0,8}$/, message);
  return digits.transform(Number).refine((number) => number <= max, message);
}

/** The last position in the list that a page may reach. The database skips all keys before the page one by one. */
const maxReach = 1_000_000;

/** "The page number to retrieve (minimum: 1). Number of items per page (minimum: 1, maximum: 100)." */
const listQuery = { page: wholeNumber(maxReach).default(1), limit: wholeNumber(100).default(50) };

const text = z.string('must be a string');

/** An optional field. `null` counts as absent, because JSON libraries write it for a missing value. */
function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const newKey = {
  name: orNull(text),
  addresses: orNull(z.array(text, 'must be a list of IP addresses')),
  expiresAt: orNull(text),
};

/** "Retrieve a paginated list of API keys": newest first, without deleted keys. Expired keys stay until deleted. */
function listKeys(names: ShapeNames) {
  const readQuery = queryReader(listQuery, names.query);
  return async ({ keys, actor, apiId, query }: ManagementCall): Promise<ManagementAnswer> => {
    const { page, limit } = readQuery(query);
    if (page * limit > maxReach) {
      const { page: pageName = '', limit: limitName = '' } = names.query;
      const fix = `is too far into the list: ${pageName} × ${limitName} may be at most ${maxReach}`;
      throw invalidInput(pageName, fix);
    }
    const filter = { apiId, isRevoked: false };
    const { items } = await keys.listKeys(actor, filter, { limit, offset: (page - 1) * limit });
    const total = await keys.countKeys(actor, filter);
    const pagination = { page, perPage: limit, total, totalPages: Math.max(1, Math.ceil(total / limit)) };
    const list = { items: items.map((key) => describeKey(key, names)), pagination };
    return { status: 200, body: writeMembers(names.list, list) };
  };
}

/** "The secret_token in the meta field is only returned during key creation." */
function createKey(names: ShapeNames) {
  const readBody = bodyReader(newKey, names.body);
  return async ({ keys, actor, apiId, environment, body }: ManagementCall): Promise<ManagementAnswer> => {
    const fields = readBody(body);
    const { orgId } = actor;
    const made = keys.createKey(actor, { apiId, orgId, environment, ...fields });
    const { key, secret } = await inVendorsWords(names.body, made);
    return { status: 201, body: { data: describeKey(key, names), meta: writeMembers(names.made, { secret }) } };
  };
}

/** "API key not found or does not belong to the authenticated user": both get one answer, and so does a deleted key. */
async function deleteKey({ keys, actor, apiId, id }: ManagementCall): Promise<ManagementAnswer> {
  const key = await keys.getKey(actor, id);
  if (key.revokedAtMs !== null || key.apiId !== apiId) throw notFound();
  await keys.revokeKey(actor, id);
  return { status: 200, body: { success: true } };
}

function describeKey({ id, name, restrictions, lastUsedAtMs, createdAtMs }: ApiKey, names: ShapeNames): object {
  return writeMembers(names.key, {
    id,
    name,
    addresses: restrictions.addresses,
    lastUsedAt: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString(),
    createdAt: new Date(createdAtMs).toISOString(),
  });
}

/** The vendor's three routes accept a key or a session. */
export const panelShape: ManagementShape = {
  takesSessions: true,
  path: '/api/account/api-keys',
  names: {
    query: { page: 'page', limit: 'limit' },
    body: { name: 'memo', addresses: 'allowedIps', expiresAt: 'expiresAt' },
    key: {
      id: 'identifier',
      name: 'description',
      addresses: 'allowed_ips',
      lastUsedAt: 'last_used_at',
      createdAt: 'created_at',
    },
    list: { items: 'data' },
    made: { secret: 'secret_token' },
  },
  fixed: { list: ['pagination'] },
  routes: (path, names) => [
    { method: 'GET', path, answer: listKeys(names) },
    { method: 'POST', path, answer: createKey(names) },
    { method: 'DELETE', path: `${path}/{id}`, answer: deleteKey },
  ],
};
