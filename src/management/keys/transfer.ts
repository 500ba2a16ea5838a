// Moves a key to another organization.
import type { Actor } from '../../domain/actor.ts';
import { noAnnotations } from '../../domain/annotations.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import { tightest } from '../../domain/rate-limit.ts';
import { assertOperator } from '../rights.ts';
import { applyChanges, changeKey } from './change.ts';
import type { Revision } from './commands.ts';
import { notActive } from './errors.ts';
import { apiOf, findOwner, type KeyParts } from './find.ts';

/** See `KeyCommands.transferKey`. */
export async function transferKey(
  parts: KeyParts,
  actor: Actor,
  id: string,
  toOrgId: string,
  options: Revision = {},
): Promise<ApiKey> {
  assertOperator(actor);
  return changeKey(parts, actor, id, 'key.transferred', options, async (before, operations, nowMs) => {
    if (before.revokedAtMs !== null) throw notActive('revoked');
    if (before.orgId === toOrgId) return { result: before };
    await findOwner(operations, toOrgId, apiOf(parts, before.apiId), nowMs);
    // The grant was for the first organization. As the key's own limits, it can't widen the grant of the new one.
    const rateLimits = tightest(before.grantedLimits ?? [], before.rateLimits);
    // Metadata was about the first organization too, and an upstream may trust it.
    const changes = { orgId: toOrgId, rateLimits, grantedLimits: null, metadata: noAnnotations.metadata };
    return applyChanges(before, changes, operations, nowMs);
  });
}
