// Commands on keys: create, get, list, update, rotate, revoke.
import { type ApiKey, type Environment, environments, keyStatus, type Organization } from '../domain/api-key.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import { digestSecret, generateSecret, hintOf, randomBase62 } from '../domain/secret.ts';
import { checkKeyFields, type KeyFields } from './key-input.ts';
import { invalidInput, ManagementError, notFound } from './management-error.ts';
import { defaultOverlap, parseOverlap } from './overlap.ts';
import type { ManagementParts } from './parts.ts';
import type { KeyFilter, NewSecret, Page, PageRequest } from './ports.ts';

export interface NewKey extends KeyFields {
  readonly apiId: string;
  readonly orgId: string;
  /** Default `live`. */
  readonly environment?: Environment | undefined;
}

export interface KeyUpdate extends KeyFields {
  /** The revision the caller saw; when the key has another one by now, nothing is changed. Left out: the newest. */
  readonly expectedRevision?: number | undefined;
}

/** A key with its secret: shown this once, kept nowhere. */
export interface KeyWithSecret {
  readonly key: ApiKey;
  readonly secret: string;
}

/**
 * Each resolves when its change is on disk and holds for every decision from then on; rejects with a `ManagementError` for
 * what is asked wrongly, with the store's error when it can't be done now. Safe concurrently.
 */
export interface KeyCommands {
  createKey(input: NewKey): Promise<KeyWithSecret>;
  getKey(id: string): Promise<ApiKey>;
  /** Newest first. */
  listKeys(filter: KeyFilter, page: PageRequest): Promise<Page<ApiKey>>;
  /** Changes what `update` names and leaves the rest. Revoked keys can't be changed. */
  updateKey(id: string, update: KeyUpdate): Promise<ApiKey>;
  /**
   * Gives the key a new secret. The old one works on for `overlap` (`now`, `1h`, `24h`, at most `30d`; default `24h`), but
   * never beyond the key's own expiry.
   */
  rotateKey(id: string, overlap?: string): Promise<KeyWithSecret>;
  /** From the moment it resolves, the key is refused. Idempotent. */
  revokeKey(id: string): Promise<ApiKey>;
}

export function createKeyCommands({ store, apis, cache, clock }: ManagementParts): KeyCommands {
  function apiOf(id: string): ProtectedApi {
    const api = apis.get(id);
    if (api !== undefined) return api;
    throw new ManagementError(
      'api_unknown',
      `api: no API ${JSON.stringify(id.slice(0, 60))} is configured: use one of ${[...apis.keys()].join(', ')}`,
      'api',
    );
  }

  return {
    async createKey(input) {
      const api = apiOf(input.apiId);
      const nowMs = clock.nowMs();
      const environment = checkEnvironment(input.environment ?? 'live', api);
      // A missing name is an empty one: too short unless the policy makes it optional.
      const fields = checkKeyFields({ ...input, name: input.name ?? '' }, api.policy, nowMs);
      const { secret, kept } = makeSecret(api, environment);
      const key = await store.transaction(async (operations) => {
        checkOwner(await operations.findOrganization(input.orgId), api);
        return operations.createKey(
          {
            id: `key_${randomBase62(20)}`,
            apiId: api.id,
            orgId: input.orgId,
            environment,
            name: fields.name ?? '',
            restrictions: { addresses: [], referrers: [], endpoints: [], scopes: [], ...fields.restrictions },
            rateLimits: fields.rateLimits ?? [],
            createdAtMs: nowMs,
            expiresAtMs: fields.expiresAtMs ?? null,
          },
          kept,
        );
      });
      cache.forgetSecrets([kept.digest]);
      return { key, secret };
    },

    async getKey(id) {
      const key = await store.findKey(id);
      if (key === undefined) throw notFound();
      return key;
    },

    listKeys: (filter, page) => store.listKeys(filter, page, clock.nowMs()),

    async updateKey(id, { expectedRevision, ...fields }) {
      const nowMs = clock.nowMs();
      const { key, digests } = await store.transaction(async (operations) => {
        const before = await operations.findKey(id);
        if (before === undefined) throw notFound();
        if (before.revokedAtMs !== null) throw notActive('revoked');
        if (expectedRevision !== undefined && expectedRevision !== before.revision) throw revisionMismatch();
        const { restrictions, ...checked } = checkKeyFields(fields, apiOf(before.apiId).policy, nowMs);
        const changes = {
          ...(Object.keys(restrictions).length > 0 && { restrictions: { ...before.restrictions, ...restrictions } }),
          ...(checked.name !== undefined && { name: checked.name }),
          ...(checked.rateLimits !== undefined && { rateLimits: checked.rateLimits }),
          ...(checked.expiresAtMs !== undefined && { expiresAtMs: checked.expiresAtMs }),
        };
        if (Object.keys(changes).length === 0) return { key: before, digests: [] };
        const after = await operations.updateKey(id, before.revision, changes, nowMs);
        if (after === undefined) throw notFound();
        if (after === 'conflict') throw revisionMismatch();
        return { key: after, digests: await operations.listDigests(id) };
      });
      cache.forgetSecrets(digests);
      return key;
    },

    async rotateKey(id, overlap = defaultOverlap) {
      const overlapMs = parseOverlap(overlap);
      const nowMs = clock.nowMs();
      const { key, digests, secret } = await store.transaction(async (operations) => {
        const before = await operations.findKey(id);
        if (before === undefined) throw notFound();
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
        const earlierEndAtMs = Math.min(nowMs + overlapMs, before.expiresAtMs ?? Number.MAX_SAFE_INTEGER);
        const rotated = await operations.rotateKey(id, kept, earlierEndAtMs, nowMs);
        if (rotated === undefined) throw notActive('revoked');
        return { ...rotated, secret };
      });
      cache.forgetSecrets(digests);
      return { key, secret };
    },

    async revokeKey(id) {
      const revoked = await store.revokeKey(id, clock.nowMs());
      if (revoked === undefined) throw notFound();
      cache.forgetSecrets(revoked.digests);
      return revoked.key;
    },
  };
}

function makeSecret(api: ProtectedApi, environment: Environment): { secret: string; kept: NewSecret } {
  const secret = generateSecret(api.secret, environment);
  return { secret, kept: { digest: digestSecret(secret), hint: hintOf(secret, api.secret) } };
}

function checkEnvironment(environment: Environment, api: ProtectedApi): Environment {
  if (api.secret.prefixes[environment] !== undefined) return environment;
  const offered = environments.filter((each) => api.secret.prefixes[each] !== undefined);
  throw invalidInput('environment', `keys of this API are ${offered.join(' or ')} only`);
}

/** Keys are made for organizations that exist, are active, and are of the kind that the policy asks for. */
function checkOwner(organization: Organization | undefined, { policy }: ProtectedApi): void {
  if (organization === undefined) {
    throw invalidInput('org', 'there is no such organization: create it first, or list the organizations for its id');
  }
  if (organization.status !== 'active') {
    throw new ManagementError('org_not_active', 'org: the organization is suspended: resume it first', 'org');
  }
  if (policy.orgKind !== undefined && organization.kind !== policy.orgKind) {
    throw new ManagementError(
      'org_kind_not_allowed',
      `org: only organizations of kind "${policy.orgKind}" have keys of this API, this one is "${organization.kind}"`,
      'org',
    );
  }
}

function notActive(status: 'revoked' | 'expired'): ManagementError {
  return new ManagementError(
    'key_not_active',
    status === 'revoked'
      ? 'The key is revoked, for good: create a new key.'
      : 'The key has expired: set a later expiry first, or create a new key.',
  );
}

function revisionMismatch(): ManagementError {
  return new ManagementError(
    'revision_mismatch',
    'The key was changed since it was read: read it again and repeat the change on its new revision.',
  );
}
