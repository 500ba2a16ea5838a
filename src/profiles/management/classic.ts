// The routes of the classic API: a list without pages, and revoke. The quoted comments are from its page.
import type { ApiKey } from '../../domain/api-key.ts';
import { notFound } from '../../management/management-error.ts';
import { type ShapeNames, writeMembers } from './names.ts';
import type { ManagementAnswer, ManagementCall, ManagementShape } from './shape.ts';

/** The vendor's list has no pages, so a reply has the newest keys up to this number. */
const maxListed = 1000;

/** "Listing API Keys": the keys of the caller's environment that are not revoked, newest first. */
function listKeys(names: ShapeNames) {
  return async ({ keys, actor }: ManagementCall): Promise<ManagementAnswer> => {
    const { items } = await keys.listKeys(actor, { isRevoked: false }, { limit: maxListed });
    const list = { success: true, items: items.map((key) => describeKey(key, names)) };
    return { status: 200, body: writeMembers(names.list, list) };
  };
}

/**
 * "Revoking an API Key". The reply is the same 404 for a key that is unknown, already revoked, of another account, or
 * of the other environment.
 */
async function revokeKey({ keys, actor, id }: ManagementCall): Promise<ManagementAnswer> {
  const { revokedAtMs } = await keys.getKey(actor, id);
  if (revokedAtMs !== null) throw notFound();
  await keys.revokeKey(actor, id);
  return { status: 200, body: { success: true, message: 'API key revoked successfully' } };
}

function describeKey({ id, name, hint, createdAtMs, lastUsedAtMs }: ApiKey, names: ShapeNames): object {
  return writeMembers(names.key, {
    id,
    name,
    prefix: hint.prefix,
    createdAt: toSecond(createdAtMs),
    lastUsedAt: lastUsedAtMs === null ? null : toSecond(lastUsedAtMs),
  });
}

/** `2025-01-01T00:00:00Z`: without milliseconds, as on the vendor's page. */
function toSecond(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** "Key Management" has listing and revoking, but no creating. */
export const classicShape: ManagementShape = {
  takesSessions: false,
  path: '/v1/api-keys',
  names: {
    query: {},
    body: {},
    key: { id: 'id', name: 'name', prefix: 'prefix', createdAt: 'created_at', lastUsedAt: 'last_used' },
    list: { items: 'data' },
    made: {},
  },
  fixed: { list: ['success'] },
  routes: (path, names) => [
    { method: 'GET', path, answer: listKeys(names) },
    { method: 'DELETE', path: `${path}/{id}`, answer: revokeKey },
  ],
};
