// Changes fields of a key.
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import { grantOf } from '../../domain/granted-limits.ts';
import type { RateLimit } from '../../domain/rate-limit.ts';
import { assertMetadataGivable, checkAnnotations } from '../annotation-input.ts';
import { assertScopesGivable, assertWithinGrant, checkKeyFields } from '../key-input.ts';
import { notFound } from '../management-error.ts';
import type { ManagementOperations } from '../ports.ts';
import { assertMaySet, mayExceed, namesOf } from '../rights.ts';
import { applyChanges, changeKey } from './change.ts';
import type { KeyUpdate } from './commands.ts';
import { addressesRequired, notActive } from './errors.ts';
import { apiOf, assertExternalIdFree, type KeyParts } from './find.ts';

/** See `KeyCommands.updateKey`. */
export async function updateKey(
  parts: KeyParts,
  actor: Actor,
  id: string,
  { expectedRevision, onHeld, source, ...fields }: KeyUpdate,
): Promise<ApiKey> {
  const { redactor } = parts;
  return changeKey(
    parts,
    actor,
    id,
    'key.updated',
    { expectedRevision, onHeld, source },
    async (before, operations, nowMs) => {
      if (before.revokedAtMs !== null) throw notActive('revoked');
      const { policy } = apiOf(parts, before.apiId);
      assertMaySet(actor, 'key', namesOf(fields));
      const { restrictions, ...checked } = checkKeyFields(fields, { policy, redactor }, nowMs, before.createdAtMs);
      if (policy.requiresAddresses && restrictions.addresses?.length === 0) throw addressesRequired();
      if (restrictions.scopes !== undefined && !mayExceed(actor, 'key', 'scopes')) {
        assertScopesGivable(restrictions.scopes, policy, before.restrictions.scopes);
      }
      if (!mayExceed(actor, 'key', 'metadata')) assertMetadataGivable(fields.metadata, policy, before.metadata);
      const annotations = checkAnnotations(fields, before, redactor);
      if (annotations.externalId !== before.externalId) {
        await assertExternalIdFree(operations, before.apiId, annotations.externalId, nowMs);
      }
      const changes = {
        ...annotations,
        ...(Object.keys(restrictions).length > 0 && { restrictions: { ...before.restrictions, ...restrictions } }),
        ...(checked.name !== undefined && { name: checked.name }),
        ...(checked.rateLimits !== undefined &&
          (await limitChanges(parts, actor, before, checked.rateLimits, operations))),
        ...(checked.expiresAtMs !== undefined && { expiresAtMs: checked.expiresAtMs }),
      };
      return applyChanges(before, changes, operations, nowMs);
    },
  );
}

/** The changes when `actor` sets `limits`: also the key's grant, if the actor may grant. */
async function limitChanges(
  parts: KeyParts,
  actor: Actor,
  key: ApiKey,
  limits: readonly RateLimit[],
  operations: ManagementOperations,
) {
  if (mayExceed(actor, 'key', 'rateLimits')) return { rateLimits: limits, grantedLimits: toGrant(limits) };
  const organization = await operations.findOrganization(key.orgId);
  if (organization === undefined) throw notFound();
  assertWithinGrant(limits, grantOf(key, organization, apiOf(parts, key.apiId).policy));
  return { rateLimits: limits };
}

/** An operator's limits as a grant. An empty list removes the key's grant. */
export function toGrant(limits: readonly RateLimit[]): readonly RateLimit[] | null {
  return limits.length === 0 ? null : limits;
}
