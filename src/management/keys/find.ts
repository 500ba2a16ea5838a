// Finds keys that an actor may see, the key that acts, and the organization for a key.
import type { Actor, KeyActor } from '../../domain/actor.ts';
import { type ApiKey, isSuspendedFor, keyStatus, type Organization } from '../../domain/api-key.ts';
import type { ProtectedApi } from '../../domain/protected-api.ts';
import type { Redactor } from '../../domain/redaction.ts';
import { externalIdTaken } from '../annotation-input.ts';
import { shown } from '../key-input.ts';
import { invalidInput, ManagementError, notFound } from '../management-error.ts';
import type { ManagementParts } from '../parts.ts';
import type { KeyFilter, ManagementOperations, Page, PageRequest } from '../ports.ts';
import { assertMayIn, assertNarrowed, assertReachesApi } from '../rights.ts';
import { keyLimitReached, notActive, orgNotActive } from './errors.ts';

/** The parts of commands on keys. */
export interface KeyParts extends ManagementParts {
  readonly redactor: Redactor;
}

/** See `KeyCommands.getKey`. */
export async function getKey(parts: KeyParts, actor: Actor, id: string): Promise<ApiKey> {
  return findKey(parts, actor, parts.store, id);
}

/** See `KeyCommands.listKeys`. */
export async function listKeys(
  parts: KeyParts,
  actor: Actor,
  filter: KeyFilter,
  page: PageRequest,
): Promise<Page<ApiKey>> {
  return parts.store.listKeys(restrictFilter(parts, actor, filter), page, parts.clock.nowMs());
}

/** See `KeyCommands.countKeys`. */
export async function countKeys(parts: KeyParts, actor: Actor, filter: KeyFilter): Promise<number> {
  return parts.store.countKeys(restrictFilter(parts, actor, filter), parts.clock.nowMs());
}

/** The filter, restricted to the keys that the actor may see. */
function restrictFilter(parts: KeyParts, actor: Actor, filter: KeyFilter): KeyFilter {
  if (actor.kind === 'operator') {
    assertNarrowed(actor, filter);
    return filter;
  }
  assertMayIn(actor, filter.orgId ?? actor.orgId, 'key.read');
  if (actor.kind === 'member') return { ...filter, orgId: actor.orgId };
  if (!apiOf(parts, actor.apiId).policy.selfService.list) {
    throw new ManagementError(
      'not_permitted',
      'A key of this API can list no keys: a person does that in the console.',
    );
  }
  return { ...filter, orgId: actor.orgId, apiId: actor.apiId, environment: actor.environment };
}

/** The configured API with this id. Throws `api_unknown`. */
export function apiOf(
  { apis, redactor }: Pick<KeyParts, 'apis' | 'redactor'>,
  id: string,
  field = 'api',
): ProtectedApi {
  const api = apis.get(id);
  if (api !== undefined) return api;
  throw new ManagementError(
    'api_unknown',
    `${field}: no API ${shown(id, { redactor })} is configured: use one of ${[...apis.keys()].join(', ')}`,
    field,
  );
}

/** The key, if the actor may see it. Rejects with `not_found`. */
export async function findKey(
  parts: KeyParts,
  actor: Actor,
  operations: Pick<ManagementOperations, 'findKey'>,
  id: string,
): Promise<ApiKey> {
  const key = await operations.findKey(id);
  if (key === undefined) throw notFound();
  assertMayIn(actor, key.orgId, 'key.read');
  assertReachesApi(actor, key.apiId);
  // A key sees only itself and, if its policy allows lists, keys of the same API and environment.
  if (actor.kind === 'key' && key.id !== actor.keyId) {
    const isSibling = key.apiId === actor.apiId && key.environment === actor.environment;
    if (!isSibling || !apiOf(parts, actor.apiId).policy.selfService.list) throw notFound();
  }
  return key;
}

/** The key that gives the command. It must be active itself at the moment of the change. */
export async function findCaller(
  parts: KeyParts,
  actor: KeyActor,
  operations: ManagementOperations,
  nowMs: number,
): Promise<ApiKey> {
  const caller = await findKey(parts, actor, operations, actor.keyId);
  const status = keyStatus(caller, nowMs);
  if (status !== 'active') throw notActive(status);
  const organization = await operations.findOrganization(caller.orgId);
  if (organization === undefined || isSuspendedFor(organization, caller.apiId)) throw orgNotActive(organization);
  return caller;
}

/**
 * Throws unless `actor` may do this. The policy decides for keys, the role for persons. A key rotates only itself,
 * because another key's secret could do more than it may itself.
 */
export function assertMayChange(
  parts: KeyParts,
  actor: Actor,
  key: Pick<ApiKey, 'orgId' | 'apiId'> & Partial<Pick<ApiKey, 'id'>>,
  action: 'create' | 'rotate' | 'revoke' | 'edit',
): void {
  assertMayIn(actor, key.orgId, 'key.write');
  assertReachesApi(actor, key.apiId);
  if (actor.kind !== 'key') return;
  const mayDo = action !== 'edit' && actor.apiId === key.apiId && apiOf(parts, key.apiId).policy.selfService[action];
  if (mayDo && (action !== 'rotate' || actor.keyId === key.id)) return;
  if (mayDo) {
    throw new ManagementError('not_permitted', 'A key can rotate only itself: a person rotates others in the console.');
  }
  throw new ManagementError(
    'not_permitted',
    `A key of this API can ${action} no keys: a person does that in the console.`,
  );
}

/** Throws `external_id_taken` if another key of the API has the external id. Revoked keys don't count. */
export async function assertExternalIdFree(
  operations: ManagementOperations,
  apiId: string,
  externalId: string | null | undefined,
  nowMs: number,
): Promise<void> {
  if (externalId === null || externalId === undefined) return;
  const { items } = await operations.listKeys({ apiId, externalId, isRevoked: false }, { limit: 1 }, nowMs);
  if (items.length > 0) throw externalIdTaken('another key of this API');
}

/** The organization, if it may have one more key of the API. Throws a `ManagementError`. */
export async function findOwner(
  operations: ManagementOperations,
  orgId: string,
  api: ProtectedApi,
  nowMs: number,
): Promise<Organization> {
  const organization = checkOwner(await operations.findOrganization(orgId), api);
  const { maxKeysPerOrg } = api.policy;
  if (maxKeysPerOrg === undefined) return organization;
  if ((await operations.countLivingKeys(api.id, orgId, nowMs)) < maxKeysPerOrg) return organization;
  throw keyLimitReached(maxKeysPerOrg);
}

/** The organization, if it exists, is active and is of the kind that the policy requires. Throws a `ManagementError`. */
export function checkOwner(organization: Organization | undefined, { id, policy }: ProtectedApi): Organization {
  if (organization === undefined) {
    throw invalidInput('org', 'no such organization: create it first, or list the organizations to find its id');
  }
  if (isSuspendedFor(organization, id)) throw orgNotActive(organization);
  if (policy.orgKind !== undefined && !organization.kinds.includes(policy.orgKind)) {
    throw new ManagementError(
      'org_kind_not_allowed',
      `org: keys of this API require an organization of kind "${policy.orgKind}", this one is "${organization.kinds.join(', ')}"`,
      'org',
    );
  }
  return organization;
}
