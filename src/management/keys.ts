// Commands on keys: create, get, list, update, rotate, end an overlap, disable, enable, transfer, revoke.

import { type Actor, auditOf, type KeyActor } from '../domain/actor.ts';
import { type ApiKey, type Environment, environments, keyStatus, type Organization } from '../domain/api-key.ts';
import type { AuditState } from '../domain/audit-record.ts';
import { grantOf } from '../domain/grant.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import { formatRateLimit, formatRateLimits, type RateLimit, tightest } from '../domain/rate-limit.ts';
import { createRedactor } from '../domain/redaction.ts';
import { digestSecret, generateSecret, hintOf, maskOf, randomBase36, randomBase62 } from '../domain/secret.ts';
import { assertScopesGivable, assertWithinGrant, checkKeyFields, type KeyFields, shown } from './key-input.ts';
import { invalidInput, ManagementError, notFound } from './management-error.ts';
import { defaultOverlap, parseOverlap } from './overlap.ts';
import type { ManagementParts } from './parts.ts';
import {
  type CommandOptions,
  type KeyChanges,
  type KeyFilter,
  type KeySecret,
  type ManagementOperations,
  type NewSecret,
  type Page,
  type PageRequest,
  untilEndedMs,
} from './ports.ts';
import { assertMayIn, assertMaySet, assertOperator, mayExceed, namesOf, readActor } from './rights.ts';

export interface NewKey extends KeyFields {
  readonly apiId: string;
  readonly orgId: string;
  /** Default `live`. */
  readonly environment?: Environment | undefined;
}

export interface KeyUpdate extends KeyFields, Revision {}

/** What changes of a key that was read take as their condition. */
type Revision = Pick<CommandOptions<never>, 'expectedRevision' | 'onHeld' | 'source'>;

/** A key with its secret: shown this once, kept nowhere. */
export interface KeyWithSecret {
  readonly key: ApiKey;
  readonly secret: string;
}

/** A secret of a key with the name under which it can be ended. */
export interface NamedSecret extends KeySecret {
  readonly id: string;
}

/**
 * Each checks what the actor may do, writes its audit entry in the transaction of its change, and resolves when the change is
 * on disk and holds for every decision from then on. Rejects with a `ManagementError` for what is asked wrongly, with the
 * store's error when it can't be done now. What the actor may not see is not found. Safe concurrently.
 */
export interface KeyCommands {
  createKey(
    actor: Actor,
    input: NewKey,
    options?: Pick<CommandOptions<KeyWithSecret>, 'alongside' | 'onHeld'>,
  ): Promise<KeyWithSecret>;
  getKey(actor: Actor, id: string): Promise<ApiKey>;
  /** Newest first. Anyone but the operator must name their organization, or it is filled in. */
  listKeys(actor: Actor, filter: KeyFilter, page: PageRequest): Promise<Page<ApiKey>>;
  countKeys(actor: Actor, filter: KeyFilter): Promise<number>;
  /** Changes what `update` names, all of it or nothing, and leaves the rest. Revoked keys can't be changed. */
  updateKey(actor: Actor, id: string, update: KeyUpdate): Promise<ApiKey>;
  /**
   * Gives the key a new secret; all else stays. The old one works on for `overlap` (`now`, `1h`, `24h`, at most `30d`,
   * `until_ended`; default `24h`), but never beyond the key's own expiry.
   */
  rotateKey(
    actor: Actor,
    id: string,
    overlap?: string,
    options?: CommandOptions<KeyWithSecret>,
  ): Promise<KeyWithSecret>;
  /** The one in force first, then the superseded ones, newest first. */
  listSecrets(actor: Actor, id: string): Promise<readonly NamedSecret[]>;
  /**
   * Ends a superseded secret that still works at another time: `now`, a duration from now such as `7d`, or `until_ended`.
   * Never beyond the key's own expiry.
   */
  endSecret(
    actor: Actor,
    id: string,
    secretId: string,
    end: string,
    options?: Revision,
  ): Promise<readonly NamedSecret[]>;
  /** Switches the key off. Idempotent. */
  disableKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
  /** Switches it on again. Idempotent. */
  enableKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
  /** Hands the key to another organization, which may own such keys; what it was used for stays with the first. */
  transferKey(actor: Actor, id: string, toOrgId: string, options?: Revision): Promise<ApiKey>;
  /** From the moment it resolves, the key is refused. Idempotent. */
  revokeKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
}

const dayMs = 86_400_000;

export function createKeyCommands({ store, apis, coherence, clock, revocations }: ManagementParts): KeyCommands {
  const redactor = createRedactor(apis.values());

  function apiOf(id: string): ProtectedApi {
    const api = apis.get(id);
    if (api !== undefined) return api;
    throw new ManagementError(
      'api_unknown',
      `api: no API ${shown(id, { redactor })} is configured: use one of ${[...apis.keys()].join(', ')}`,
      'api',
    );
  }

  async function findFor(actor: Actor, operations: ManagementOperations, id: string): Promise<ApiKey> {
    const key = await operations.findKey(id);
    if (key === undefined) throw notFound();
    assertMayIn(actor, key.orgId, 'key.read');
    // A key knows of the keys beside it only: the same API, the same environment, and where its policy lets it.
    if (actor.kind === 'key' && key.id !== actor.keyId) {
      const isBeside = key.apiId === actor.apiId && key.environment === actor.environment;
      if (!isBeside || !apiOf(actor.apiId).policy.selfService.list) throw notFound();
    }
    return key;
  }

  /** The key that gives the command, which must be good for requests itself at the moment of the change. */
  async function findCaller(actor: KeyActor, operations: ManagementOperations, nowMs: number): Promise<ApiKey> {
    const caller = await findFor(actor, operations, actor.keyId);
    const status = keyStatus(caller, nowMs);
    if (status !== 'active') throw notActive(status);
    const organization = await operations.findOrganization(caller.orgId);
    if (organization?.status !== 'active') throw orgNotActive();
    return caller;
  }

  /** What a key may do is its policy's, what a person may do their role's. */
  function assertMayChange(
    actor: Actor,
    key: Pick<ApiKey, 'orgId' | 'apiId'>,
    what: 'create' | 'revoke' | 'edit',
  ): void {
    assertMayIn(actor, key.orgId, 'key.write');
    if (actor.kind !== 'key') return;
    if (what !== 'edit' && actor.apiId === key.apiId && apiOf(key.apiId).policy.selfService[what]) return;
    throw new ManagementError(
      'not_permitted',
      `A key of this API can ${what} no keys: a person does that in the console.`,
    );
  }

  function scopeOf(actor: Actor, filter: KeyFilter): KeyFilter {
    if (actor.kind === 'operator') return filter;
    assertMayIn(actor, filter.orgId ?? actor.orgId, 'key.read');
    if (actor.kind === 'member') return { ...filter, orgId: actor.orgId };
    if (!apiOf(actor.apiId).policy.selfService.list) {
      throw new ManagementError(
        'not_permitted',
        'A key of this API can list no keys: a person does that in the console.',
      );
    }
    return { ...filter, orgId: actor.orgId, apiId: actor.apiId, environment: actor.environment };
  }

  /** One change of one key: rights, the change, its audit entry, then the caches. */
  async function change<Result>(
    caller: Actor,
    id: string,
    action: string,
    { expectedRevision, alongside, onHeld, source }: CommandOptions<Result>,
    work: (
      key: ApiKey,
      operations: ManagementOperations,
      nowMs: number,
    ) => Promise<{
      /** Default: the key as it was, and nothing is told or forgotten. */
      readonly after?: ApiKey;
      /** What the audit log says beside the members of the key that differ. */
      readonly note?: AuditState;
      readonly result: Result;
    }>,
  ): Promise<Result> {
    const { forgotten, position, result } = await store.transaction(async (operations) => {
      const nowMs = clock.nowMs();
      const actor = await readActor(caller, operations, nowMs);
      if (actor.kind === 'key') await findCaller(actor, operations, nowMs);
      const before = await findFor(actor, operations, id);
      assertMayChange(actor, before, action === 'key.revoked' ? 'revoke' : 'edit');
      if (expectedRevision !== undefined && expectedRevision !== before.revision) throw revisionMismatch();
      const { after, note, result } = await work(before, operations, nowMs);
      await alongside?.(operations, result);
      // What was so already may not hold everywhere yet: whoever made it so may have been interrupted.
      const forgotten = { digests: await operations.listDigests(id), orgIds: [] };
      if (after === undefined) return { forgotten, position: await operations.recordChange(forgotten), result };
      const difference = differ(describe(before), describe(after));
      const entry = {
        action,
        target: { kind: 'key', id },
        orgId: before.orgId,
        before: difference.before,
        after: { ...difference.after, ...note, ...(source !== undefined && { source }) },
      };
      await operations.appendAudit(auditOf(actor, nowMs, entry));
      return { forgotten, position: await operations.recordChange(forgotten), result };
    });
    const unreached = await coherence.hold(forgotten, position);
    onHeld?.({ position, unreached });
    return result;
  }

  /** Changes columns of a key that is not revoked; `changes` without members changes nothing. */
  async function applyChanges(key: ApiKey, changes: KeyChanges, operations: ManagementOperations, nowMs: number) {
    if (Object.keys(changes).length === 0) return { result: key };
    const after = await operations.updateKey(key.id, key.revision, changes, nowMs);
    if (after === undefined) throw notFound();
    if (after === 'conflict') throw revisionMismatch();
    return { after, result: after };
  }

  /** The organization, which may have one more key of the API. */
  async function findOwner(
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

  /** What changes when `actor` asks for `limits`: the key's grant too, where the actor may grant. */
  async function limitChanges(
    actor: Actor,
    key: ApiKey,
    limits: readonly RateLimit[],
    operations: ManagementOperations,
  ) {
    if (mayExceed(actor, 'key', 'rateLimits')) return { rateLimits: limits, grantedLimits: toGrant(limits) };
    const organization = await operations.findOrganization(key.orgId);
    if (organization === undefined) throw notFound();
    assertWithinGrant(limits, grantOf(key, organization, apiOf(key.apiId).policy));
    return { rateLimits: limits };
  }

  function setDisabled(actor: Actor, id: string, isDisabled: boolean, options: Revision = {}): Promise<ApiKey> {
    return change(actor, id, isDisabled ? 'key.disabled' : 'key.enabled', options, async (key, operations, nowMs) => {
      if (!apiOf(key.apiId).policy.canDisable) {
        throw new ManagementError(
          'disabling_not_supported',
          'Keys of this API can’t be switched off: revoke the key and create a new one when it is needed again.',
        );
      }
      if (key.revokedAtMs !== null) throw notActive('revoked');
      if ((key.disabledAtMs !== null) === isDisabled) return { result: key };
      return applyChanges(key, { disabledAtMs: isDisabled ? nowMs : null }, operations, nowMs);
    });
  }

  async function listNamedSecrets(operations: ManagementOperations, id: string): Promise<readonly NamedSecret[]> {
    return (await operations.listSecrets(id)).map((secret) => ({ ...secret, id: secretIdOf(secret.digest) }));
  }

  return {
    async createKey(caller, input, { alongside, onHeld } = {}) {
      const api = apiOf(input.apiId);
      assertMayChange(caller, input, 'create');
      const environment = checkEnvironment(input.environment ?? 'live', api);
      const { secret, kept } = makeSecret(api, environment);
      const forgotten = { digests: [kept.digest], orgIds: [] };
      const { key, position } = await store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        assertMayChange(actor, input, 'create');
        assertMaySet(actor, 'newKey', namesOf(input));
        // A missing name is an empty one: too short unless the policy makes it optional.
        const fields = checkKeyFields({ ...input, name: input.name ?? '' }, { policy: api.policy, redactor }, nowMs);
        const restrictions = { addresses: [], referrers: [], endpoints: [], scopes: [], ...fields.restrictions };
        if (api.policy.requiresAddresses && restrictions.addresses.length === 0) throw addressesRequired();
        if (!mayExceed(actor, 'newKey', 'scopes')) assertScopesGivable(restrictions.scopes, api.policy);
        const expiresAtMs = fields.expiresAtMs === undefined ? defaultExpiry(api, nowMs) : fields.expiresAtMs;
        const organization = await findOwner(operations, input.orgId, api, nowMs);
        const rateLimits = fields.rateLimits ?? [];
        const grantedLimits = mayExceed(actor, 'newKey', 'rateLimits') ? toGrant(rateLimits) : null;
        const grant = grantOf({ apiId: api.id, grantedLimits }, organization, api.policy);
        assertWithinGrant(rateLimits, grant);
        const wanted = { environment, restrictions, rateLimits, grantedLimits, expiresAtMs };
        const allowed =
          actor.kind === 'key' ? inherit(await findCaller(actor, operations, nowMs), wanted, grant) : wanted;
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
          after: describe(created),
        };
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        await alongside?.(operations, { key: created, secret });
        return { key: created, position: await operations.recordChange(forgotten) };
      });
      const unreached = await coherence.hold(forgotten, position);
      onHeld?.({ position, unreached });
      return { key, secret };
    },

    getKey: (actor, id) => findFor(actor, store, id),
    listKeys: async (actor, filter, page) => store.listKeys(scopeOf(actor, filter), page, clock.nowMs()),
    countKeys: async (actor, filter) => store.countKeys(scopeOf(actor, filter), clock.nowMs()),

    updateKey: (actor, id, { expectedRevision, onHeld, source, ...fields }) =>
      change(actor, id, 'key.updated', { expectedRevision, onHeld, source }, async (before, operations, nowMs) => {
        if (before.revokedAtMs !== null) throw notActive('revoked');
        const { policy } = apiOf(before.apiId);
        assertMaySet(actor, 'key', namesOf(fields));
        const { restrictions, ...checked } = checkKeyFields(fields, { policy, redactor }, nowMs, before.createdAtMs);
        if (policy.requiresAddresses && restrictions.addresses?.length === 0) throw addressesRequired();
        if (restrictions.scopes !== undefined && !mayExceed(actor, 'key', 'scopes')) {
          assertScopesGivable(restrictions.scopes, policy, before.restrictions.scopes);
        }
        const changes = {
          ...(Object.keys(restrictions).length > 0 && { restrictions: { ...before.restrictions, ...restrictions } }),
          ...(checked.name !== undefined && { name: checked.name }),
          ...(checked.rateLimits !== undefined && (await limitChanges(actor, before, checked.rateLimits, operations))),
          ...(checked.expiresAtMs !== undefined && { expiresAtMs: checked.expiresAtMs }),
        };
        return applyChanges(before, changes, operations, nowMs);
      }),

    rotateKey: async (actor, id, overlap = defaultOverlap, options = {}) => {
      const overlapMs = parseOverlap(overlap);
      return change(actor, id, 'key.rotated', options, async (before, operations, nowMs) => {
        const api = apiOf(before.apiId);
        if (!api.policy.canRotate) {
          throw new ManagementError(
            'rotation_not_supported',
            'Keys of this API keep their secret for life: create a new key, change over, then revoke this one.',
          );
        }
        const status = keyStatus(before, nowMs);
        if (status !== 'active') throw notActive(status);
        const { secret, kept } = makeSecret(api, before.environment);
        const endsAtMs = endOf(overlapMs, nowMs, before);
        const earlier = (await operations.listSecrets(id)).filter((each) => (each.endsAtMs ?? untilEndedMs) > endsAtMs);
        await revocations.append(earlier.map(({ digest }) => ({ at: nowMs, secret: digest, endsAt: endsAtMs })));
        const rotated = await operations.rotateKey(id, kept, endsAtMs, nowMs);
        if (rotated === undefined) throw notActive('revoked');
        const note = { earlierSecretsEndAt: formatEnd(endsAtMs) };
        return { after: rotated.key, note, result: { key: rotated.key, secret } };
      });
    },

    async listSecrets(actor, id) {
      await findFor(actor, store, id);
      return listNamedSecrets(store, id);
    },

    endSecret: async (actor, id, secretId, end, options = {}) => {
      const overlapMs = parseOverlap(end, 'endsIn');
      return change(actor, id, 'key.overlap_changed', options, async (before, operations, nowMs) => {
        const secret = (await listNamedSecrets(operations, id)).find((each) => each.id === secretId);
        if (secret === undefined) throw notFound();
        if (secret.endsAtMs === null) {
          throw new ManagementError(
            'secret_in_force',
            'This is the secret in force: rotate the key to replace it, or revoke the key.',
          );
        }
        if (secret.endsAtMs <= nowMs) {
          throw new ManagementError('secret_ended', 'This secret has ended, for good: rotate the key for a new one.');
        }
        if (before.revokedAtMs !== null) throw notActive('revoked');
        const endsAtMs = endOf(overlapMs, nowMs, before);
        await revocations.append([{ at: nowMs, secret: secret.digest, endsAt: endsAtMs }]);
        await operations.setSecretEnd(secret.digest, endsAtMs);
        const note = { secret: maskOf(secret.hint), earlierSecretsEndAt: formatEnd(endsAtMs) };
        return { after: before, note, result: await listNamedSecrets(operations, id) };
      });
    },

    disableKey: (actor, id, options) => setDisabled(actor, id, true, options),
    enableKey: (actor, id, options) => setDisabled(actor, id, false, options),

    transferKey: async (actor, id, toOrgId, options = {}) => {
      assertOperator(actor);
      return change(actor, id, 'key.transferred', options, async (before, operations, nowMs) => {
        if (before.revokedAtMs !== null) throw notActive('revoked');
        if (before.orgId === toOrgId) return { result: before };
        await findOwner(operations, toOrgId, apiOf(before.apiId), nowMs);
        // The grant was made for the first organization. As limits of its own it can't widen what the new one is granted.
        const rateLimits = tightest(before.grantedLimits ?? [], before.rateLimits);
        return applyChanges(before, { orgId: toOrgId, rateLimits, grantedLimits: null }, operations, nowMs);
      });
    },

    revokeKey: (actor, id, options = {}) =>
      change(actor, id, 'key.revoked', options, async (before, operations, nowMs) => {
        if (before.revokedAtMs !== null) return { result: before };
        await revocations.append([{ at: nowMs, key: id }]);
        const revoked = await operations.revokeKey(id, nowMs);
        if (revoked === undefined) throw notFound();
        return { after: revoked.key, result: revoked.key };
      }),
  };
}

export function defaultExpiry({ policy }: ProtectedApi, nowMs: number): number | null {
  const days = policy.expiry.defaultDays ?? policy.expiry.maxDays;
  return days === undefined ? null : nowMs + days * dayMs;
}

/** An id as the vendor's pages show it: a cuid on the panel, `key_…` elsewhere. */
export function newKeyId({ policy }: ProtectedApi): string {
  return policy.keyIds === 'cuid' ? `c${randomBase36(23)}` : `key_${randomBase62(20)}`;
}

/** The name of a secret: tells it from the key's others, and nothing of it. */
export function secretIdOf(digest: string): string {
  return `sec_${digest.slice(0, 16)}`;
}

/**
 * A key can hand on no more than it has: its restrictions, where it has any, bound what is asked for, and what is not asked
 * for is taken over.
 */
function inherit<Wanted extends Pick<ApiKey, 'environment' | 'restrictions' | 'rateLimits' | 'expiresAtMs'>>(
  parent: ApiKey,
  wanted: Wanted,
  grant: readonly RateLimit[],
): Wanted {
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
      referrers: bound('referrers'),
      endpoints: bound('endpoints'),
      scopes: asks.scopes,
    },
    rateLimits: wanted.rateLimits.length === 0 ? limits.map((limit) => narrow(limit, grant)) : wanted.rateLimits,
    expiresAtMs: wanted.expiresAtMs ?? parent.expiresAtMs,
  };
}

/** A limit that is no looser than the granted one of its window. */
function narrow(limit: RateLimit, grant: readonly RateLimit[]): RateLimit {
  const bound = grant.find(({ windowSeconds }) => windowSeconds === limit.windowSeconds);
  return bound !== undefined && bound.limit < limit.limit ? bound : limit;
}

/** An operator's limits as a grant: an empty list takes the key's grant back. */
export function toGrant(limits: readonly RateLimit[]): readonly RateLimit[] | null {
  return limits.length === 0 ? null : limits;
}

function exceeds(field: string, has: string): ManagementError {
  return new ManagementError(
    'exceeds_own_rights',
    `${field}: a key can give no more than it has itself (${has})`,
    field,
  );
}

/** What the audit log keeps of a key: nothing of its secret but the mask. */
function describe(key: ApiKey): AuditState {
  const at = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return {
    name: key.name,
    api: key.apiId,
    org: key.orgId,
    environment: key.environment,
    masked: maskOf(key.hint),
    ...key.restrictions,
    rateLimits: key.rateLimits.map(formatRateLimit),
    grantedLimits: key.grantedLimits?.map(formatRateLimit) ?? null,
    expiresAt: at(key.expiresAtMs),
    disabledAt: at(key.disabledAtMs),
    revokedAt: at(key.revokedAtMs),
    revision: key.revision,
  };
}

function differ(before: AuditState, after: AuditState): { before: AuditState; after: AuditState } {
  const changed = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (state: AuditState) => Object.fromEntries(changed.map((name) => [name, state[name]]));
  return { before: pick(before), after: pick(after) };
}

function makeSecret(api: ProtectedApi, environment: Environment): { secret: string; kept: NewSecret } {
  const secret = generateSecret(api.secret, environment);
  return { secret, kept: { digest: digestSecret(secret), hint: hintOf(secret, api.secret) } };
}

function endOf(overlapMs: number, nowMs: number, key: ApiKey): number {
  return Math.min(nowMs + overlapMs, untilEndedMs, key.expiresAtMs ?? untilEndedMs);
}

function formatEnd(endsAtMs: number): string {
  return endsAtMs >= untilEndedMs ? 'until ended' : new Date(endsAtMs).toISOString();
}

export function checkEnvironment(environment: Environment, api: ProtectedApi): Environment {
  if (api.secret.prefixes[environment] !== undefined) return environment;
  const offered = environments.filter((each) => api.secret.prefixes[each] !== undefined);
  throw invalidInput('environment', `keys of this API are ${offered.join(' or ')} only`);
}

/** Keys are made for organizations that exist, are active, and are of the kind that the policy asks for. */
export function checkOwner(organization: Organization | undefined, { policy }: ProtectedApi): Organization {
  if (organization === undefined) {
    throw invalidInput('org', 'there is no such organization: create it first, or list the organizations for its id');
  }
  if (organization.status !== 'active') throw orgNotActive();
  if (policy.orgKind !== undefined && organization.kind !== policy.orgKind) {
    throw new ManagementError(
      'org_kind_not_allowed',
      `org: only organizations of kind "${policy.orgKind}" have keys of this API, this one is "${organization.kind}"`,
      'org',
    );
  }
  return organization;
}

function orgNotActive(): ManagementError {
  return new ManagementError('org_not_active', 'org: the organization is suspended: resume it first', 'org');
}

export function keyLimitReached(maxKeysPerOrg: number): ManagementError {
  return new ManagementError(
    'key_limit_reached',
    `org: the organization has ${maxKeysPerOrg} keys of this API, the most it may have: revoke one it no longer needs`,
    'org',
  );
}

export function addressesRequired(): ManagementError {
  return invalidInput('addresses', 'keys of this API must name at least one address that they are used from');
}

function notActive(status: 'revoked' | 'expired' | 'disabled'): ManagementError {
  const fixes = {
    revoked: 'The key is revoked, for good: create a new key.',
    expired: 'The key has expired: set a later expiry first, or create a new key.',
    disabled: 'The key is switched off: switch it on first.',
  };
  return new ManagementError('key_not_active', fixes[status]);
}

function revisionMismatch(): ManagementError {
  return new ManagementError(
    'revision_mismatch',
    'The key was changed since it was read: read it again and repeat the change on its new revision.',
  );
}
