// The routes of the hosting panel: a list in numbered pages, create and delete. The quoted comments are from its page.
import { z } from 'zod';
import type { ApiKey } from '../../domain/api-key.ts';
import { invalidInput, notFound } from '../../management/management-error.ts';
import { readInput, readQuery } from './input.ts';
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
const listQuery = z.object({ page: wholeNumber(maxReach).default(1), limit: wholeNumber(100).default(50) });

const text = z.string('must be a string');

/** An optional field. `null` counts as absent, because JSON libraries write it for a missing value. */
function orNull<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const newKey = z.strictObject(
  {
    memo: orNull(text),
    allowedIps: orNull(z.array(text, 'must be a list of IP addresses')),
    expiresAt: orNull(text),
  },
  'must be a JSON object',
);

/** "Retrieve a paginated list of API keys": newest first, without deleted keys. Expired keys stay until deleted. */
async function listKeys({ keys, actor, apiId, query }: ManagementCall): Promise<ManagementAnswer> {
  const { page, limit } = readQuery(listQuery, query);
  if (page * limit > maxReach)
    throw invalidInput('page', `is too far into the list: page × limit may be at most ${maxReach}`);
  const filter = { apiId, isRevoked: false };
  const { items } = await keys.listKeys(actor, filter, { limit, offset: (page - 1) * limit });
  const total = await keys.countKeys(actor, filter);
  const pagination = { page, perPage: limit, total, totalPages: Math.max(1, Math.ceil(total / limit)) };
  return { status: 200, body: { data: items.map(describeKey), pagination } };
}

/** "The secret_token in the meta field is only returned during key creation." */
async function createKey({ keys, actor, apiId, environment, body }: ManagementCall): Promise<ManagementAnswer> {
  const { memo, allowedIps, expiresAt } = readInput(newKey, body);
  const { orgId } = actor;
  const fields = { name: memo, addresses: allowedIps, expiresAt };
  const { key, secret } = await keys.createKey(actor, { apiId, orgId, environment, ...fields });
  return { status: 201, body: { data: describeKey(key), meta: { secret_token: secret } } };
}

/** "API key not found or does not belong to the authenticated user": both get one answer, and so does a deleted key. */
async function deleteKey({ keys, actor, apiId, id }: ManagementCall): Promise<ManagementAnswer> {
  const key = await keys.getKey(actor, id);
  if (key.revokedAtMs !== null || key.apiId !== apiId) throw notFound();
  await keys.revokeKey(actor, id);
  return { status: 200, body: { success: true } };
}

function describeKey({ id, name, restrictions, lastUsedAtMs, createdAtMs }: ApiKey): object {
  return {
    identifier: id,
    description: name,
    allowed_ips: restrictions.addresses,
    last_used_at: lastUsedAtMs === null ? null : new Date(lastUsedAtMs).toISOString(),
    created_at: new Date(createdAtMs).toISOString(),
  };
}

/** The vendor's three routes accept a key or a session. */
export const panelShape: ManagementShape = {
  takesSessions: true,
  fieldNames: { name: 'memo', addresses: 'allowedIps' },
  routes: (path) => [
    { method: 'GET', path, answer: listKeys },
    { method: 'POST', path, answer: createKey },
    { method: 'DELETE', path: `${path}/{id}`, answer: deleteKey },
  ],
};
