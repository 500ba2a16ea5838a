// Creates a key.

import { type Actor, auditOf } from '../../domain/actor.ts';
import { noAnnotations } from '../../domain/annotations.ts';
import { type ApiKey, type Environment, environments } from '../../domain/api-key.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { grantOf } from '../../domain/granted-limits.ts';
import type { ProtectedApi } from '../../domain/protected-api.ts';
import { formatRateLimits, type RateLimit, tightest } from '../../domain/rate-limit.ts';
import { randomBase36, randomBase62 } from '../../domain/secret.ts';
import { assertMetadataGivable, checkAnnotations } from '../annotation-input.ts';
import { assertScopesGivable, assertWithinGrant, checkKeyFields } from '../key-input.ts';
import { invalidInput, ManagementError } from '../management-error.ts';
import type { CommandOptions } from '../ports.ts';
import { assertMaySet, assertNarrowed, mayExceed, namesOf, readActor } from '../rights.ts';
import { describe } from './change.ts';
import type { KeyWithSecret, NewKey } from './commands.ts';
import { addressesRequired } from './errors.ts';
import { apiOf, assertExternalIdFree, assertMayChange, findCaller, findOwner, type KeyParts } from './find.ts';
import { makeSecret } from './secrets.ts';
import { applyTemplate } from './template.ts';
import { toGrant } from './update.ts';

/** See `KeyCommands.createKey`. */
export async function createKey(
  parts: KeyParts,
  caller: Actor,
  input: NewKey,
  { alongside, onHeld }: Pick<CommandOptions<KeyWithSecret>, 'alongside' | 'onHeld'> = {},
): Promise<KeyWithSecret> {
  const { store, clock, coherence, redactor } = parts;
  assertNarrowed(caller, input);
  const api = apiOf(parts, input.apiId);
  assertMayChange(parts, caller, input, 'create');
  const environment = checkEnvironment(input.environment ?? 'live', api);
  const { secret, kept } = makeSecret(api, environment, parts.fillSecret);
  const forgotten = { digests: [kept.digest], orgIds: [] };
  const { key, position } = await store.transaction(async (operations) => {
    const nowMs = clock.nowMs();
    const actor = await readActor(caller, operations, nowMs);
    assertMayChange(parts, actor, input, 'create');
    assertMaySet(actor, 'newKey', namesOf(input));
    const filled = applyTemplate(input, api.policy, redactor, nowMs);
    // A missing name counts as empty: it is too short unless the policy makes names optional.
    const fields = checkKeyFields({ ...filled, name: input.name ?? '' }, { policy: api.policy, redactor }, nowMs);
    const restrictions = { addresses: [], referrers: [], endpoints: [], scopes: [], ...fields.restrictions };
    if (api.policy.requiresAddresses && restrictions.addresses.length === 0) throw addressesRequired();
    if (!mayExceed(actor, 'newKey', 'scopes')) assertScopesGivable(restrictions.scopes, api.policy);
    if (!mayExceed(actor, 'newKey', 'metadata')) {
      assertMetadataGivable(input.metadata, api.policy, noAnnotations.metadata);
    }
    const annotations = { ...noAnnotations, ...checkAnnotations(input, noAnnotations, redactor) };
    const expiresAtMs = fields.expiresAtMs === undefined ? defaultExpiry(api, nowMs) : fields.expiresAtMs;
    const organization = await findOwner(operations, input.orgId, api, nowMs);
    const mayGrant = mayExceed(actor, 'newKey', 'rateLimits');
    const wantedLimits = fields.rateLimits ?? [];
    const grantedLimits = mayGrant ? toGrant(wantedLimits) : null;
    const grant = grantOf({ apiId: api.id, grantedLimits }, organization, api.policy);
    // The limits of a template are not the actor's wish: where the grant is smaller, it counts.
    const isPreset = input.rateLimits === undefined && !mayGrant;
    const rateLimits = isPreset ? wantedLimits.map((limit) => narrow(limit, grant)) : wantedLimits;
    assertWithinGrant(rateLimits, grant);
    await assertExternalIdFree(operations, api.id, annotations.externalId, nowMs);
    const wanted = { environment, restrictions, rateLimits, grantedLimits, expiresAtMs, ...annotations };
    const allowed =
      actor.kind === 'key' ? inherit(await findCaller(parts, actor, operations, nowMs), wanted, grant) : wanted;
    const created = await operations.createKey(
      {
        id: newKeyId(api),
        apiId: api.id,
        orgId: input.orgId,
        name: fields.name ?? '',
        createdAtMs: nowMs,
        ...allowed,
      },
      kept,
    );
    const entry = {
      action: 'key.created',
      target: { kind: 'key', id: created.id },
      orgId: created.orgId,
      before: null,
      after: { ...describe(created, parts), ...(input.template !== undefined && { template: input.template }) },
    } as const;
    await operations.appendAudit(auditOf(actor, nowMs, entry));
    await alongside?.(operations, { key: created, secret });
    return { key: created, position: await operations.recordChange(forgotten) };
  });
  const unreached = await coherence.hold(forgotten, position);
  onHeld?.({ position, unreached });
  return { key, secret };
}

/** The expiry of a key for which none is stated, in epoch milliseconds. `null`: never. */
export function defaultExpiry({ policy }: ProtectedApi, nowMs: number): number | null {
  const days = policy.expiry.defaultDays ?? policy.expiry.maxDays;
  return days === undefined ? null : nowMs + days * oneDayMs;
}

/** A new id in the form of the vendor's pages: a cuid for the panel, else `key_…`. */
export function newKeyId({ policy }: ProtectedApi): string {
  return policy.keyIds === 'cuid' ? `c${randomBase36(23)}` : `key_${randomBase62(20)}`;
}

/** The environment, if keys of the API can have it. Throws `invalid_input`. */
export function checkEnvironment(environment: Environment, api: ProtectedApi): Environment {
  if (api.secret.prefixes[environment] !== undefined) return environment;
  const offered = environments.filter((each) => api.secret.prefixes[each] !== undefined);
  throw invalidInput('environment', `keys of this API can only be ${offered.join(' or ')}`);
}

/**
 * Bounds a new key by the key that creates it. Each restriction of the parent applies to the child too: a wider one
 * throws `exceeds_own_rights`, and a missing one is inherited. To the upstream, the child is what its parent is.
 */
function inherit<
  Wanted extends Pick<ApiKey, 'environment' | 'restrictions' | 'rateLimits' | 'expiresAtMs' | 'metadata'>,
>(parent: ApiKey, wanted: Wanted, grant: readonly RateLimit[]): Wanted {
  const has = parent.restrictions;
  const asks = wanted.restrictions;
  if (wanted.environment !== parent.environment) throw exceeds('environment', parent.environment);
  const bound = (field: 'addresses' | 'referrers' | 'endpoints'): readonly string[] => {
    if (has[field].length === 0) return asks[field];
    const beyond = asks[field].findIndex((entry) => !has[field].includes(entry));
    if (beyond >= 0) throw exceeds(`${field}[${beyond}]`, has[field].join(', '));
    return asks[field].length === 0 ? has[field] : asks[field];
  };
  const beyond = asks.scopes.findIndex((scope) => !has.scopes.includes('*') && !has.scopes.includes(scope));
  if (beyond >= 0) throw exceeds(`scopes[${beyond}]`, has.scopes.join(', ') || 'no scope');
  if (parent.expiresAtMs !== null && wanted.expiresAtMs !== null && wanted.expiresAtMs > parent.expiresAtMs) {
    throw exceeds('expiresAt', new Date(parent.expiresAtMs).toISOString());
  }
  const limits = tightest(parent.grantedLimits ?? [], parent.rateLimits);
  for (const { limit, windowSeconds } of limits) {
    const asked = wanted.rateLimits.find((each) => each.windowSeconds === windowSeconds);
    if (wanted.rateLimits.length > 0 && (asked === undefined || asked.limit > limit)) {
      throw exceeds('rateLimits', formatRateLimits(limits));
    }
  }
  return {
    ...wanted,
    restrictions: {
      addresses: bound('addresses'),
      // With the list of its parent, the child gets what that list does.
      ...(asks.addresses.length === 0 && { addressCheck: has.addressCheck }),
      referrers: bound('referrers'),
      endpoints: bound('endpoints'),
      scopes: asks.scopes,
    },
    rateLimits: wanted.rateLimits.length === 0 ? limits.map((limit) => narrow(limit, grant)) : wanted.rateLimits,
    expiresAtMs: wanted.expiresAtMs ?? parent.expiresAtMs,
    metadata: parent.metadata,
  };
}

/** The limit, or the granted one of its window if that is tighter. */
function narrow(limit: RateLimit, grant: readonly RateLimit[]): RateLimit {
  const bound = grant.find(({ windowSeconds }) => windowSeconds === limit.windowSeconds);
  return bound !== undefined && bound.limit < limit.limit ? bound : limit;
}

function exceeds(field: string, has: string): ManagementError {
  return new ManagementError(
    'exceeds_own_rights',
    `${field}: a key can give no more than it has itself (${has})`,
    field,
  );
}
