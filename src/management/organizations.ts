// Commands on organizations: create, get, list, update, suspend, resume, delete.
import { isDeepStrictEqual } from 'node:util';
import { type Actor, auditOf } from '../domain/actor.ts';
import { type Annotations, noAnnotations } from '../domain/annotations.ts';
import type { Organization } from '../domain/api-key.ts';
import type { AuditState } from '../domain/audit-record.ts';
import { formatRateLimit } from '../domain/rate-limit.ts';
import { createRedactor, type Redactor } from '../domain/redaction.ts';
import { randomBase62 } from '../domain/secret.ts';
import { type AnnotationFields, checkAnnotations, externalIdTaken } from './annotation-input.ts';
import { assertNoSecret, checkName } from './display-name.ts';
import { eraseDeleted } from './erasure.ts';
import { checkRateLimits, type InputRules } from './key-input.ts';
import { invalidInput, ManagementError, notFound } from './management-error.ts';
import type { ManagementParts } from './parts.ts';
import type {
  CommandOptions,
  ErasedOrganization,
  ManagementOperations,
  OrganizationChanges,
  OrganizationFilter,
  Page,
  PageRequest,
} from './ports.ts';
import { assertMayIn, assertMaySet, assertOperator, namesOf, readActor } from './rights.ts';

/** The input of `createOrganization`. */
export interface NewOrganization extends AnnotationFields {
  /** 1 to 200 characters. */
  readonly name: string;
  /** The sort of organization: lower-case letters, digits, `-` and `_`, at most 32. Default `standard`. */
  readonly kind?: string | undefined;
  /** The same for several kinds, at most 10, instead of `kind`. */
  readonly kinds?: readonly string[] | undefined;
}

/** The input of `updateOrganization`. A member that is left out is not changed. */
export interface OrganizationUpdate extends AnnotationFields {
  readonly name?: string | undefined;
  /** Replaces all kinds. */
  readonly kind?: string | undefined;
  /** Replaces all kinds, instead of `kind`; at least 1, at most 10. */
  readonly kinds?: readonly string[] | undefined;
  /**
   * The limits granted to the organization's keys, by API id, such as `{ classic: ['600/m'] }`; at most 5 each. An
   * empty list removes the grant, so that the policy's limits apply again. Grants of other APIs stay unchanged.
   */
  readonly grantedLimits?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A deleted organization. */
export interface DeletedOrganization extends ErasedOrganization {
  readonly id: string;
  readonly deletedAtMs: number;
  /** The number of keys that this call revoked. 0 for an organization that was deleted before. */
  readonly keysRevoked: number;
  /** Audit entries of an older Miftah, which keep their content. */
  readonly entriesKept: number;
  /** Whether the erasure goes on after the reply. `entriesKept` then counts what it came to. */
  readonly isErasing: boolean;
}

type HeldOption = Pick<CommandOptions<never>, 'onHeld'>;

/** For changes that no decision uses: a name, a kind, an organization without keys. */
const forgetsNothing = { digests: [], orgIds: [] };

const nameLength = { min: 1, max: 200 };

/** The erasure of a large organization takes minutes. Clients wait for half a minute. */
const replyWithinMs = 15_000;

/**
 * Each command checks the actor's permissions and writes its audit entry in the transaction of its change. It resolves
 * when the change applies everywhere, and rejects with a `ManagementError` for wrong input.
 */
export interface OrganizationCommands {
  createOrganization(
    actor: Actor,
    input: NewOrganization,
    options?: Pick<CommandOptions<Organization>, 'alongside' | 'onHeld'>,
  ): Promise<Organization>;
  getOrganization(actor: Actor, id: string): Promise<Organization>;
  /** Newest first. For operators. */
  listOrganizations(actor: Actor, page: PageRequest, filter?: OrganizationFilter): Promise<Page<Organization>>;
  /**
   * Changes the given members. Admins and owners may change the name, only operators the other members. The new kinds
   * must be allowed to own the organization's keys, because they would otherwise work against the policy of their API.
   * When it resolves, the grants and the metadata apply to all its keys.
   */
  updateOrganization(actor: Actor, id: string, update: OrganizationUpdate, options?: HeldOption): Promise<Organization>;
  /** When it resolves, every node refuses all keys of the organization. Idempotent. */
  suspendOrganization(actor: Actor, id: string, options?: HeldOption): Promise<Organization>;
  /**
   * When it resolves, the state of each key decides again, except for APIs for which the organization is suspended.
   * Idempotent.
   */
  resumeOrganization(actor: Actor, id: string, options?: HeldOption): Promise<Organization>;
  /** When it resolves, every node refuses the organization's keys of one API. Idempotent. */
  suspendForApi(actor: Actor, id: string, apiId: string, options?: HeldOption): Promise<Organization>;
  /** Ends `suspendForApi`. While the organization is suspended as a whole, its keys stay refused. Idempotent. */
  resumeForApi(actor: Actor, id: string, apiId: string, options?: HeldOption): Promise<Organization>;
  /**
   * Revokes all its keys and erases the organization. When it resolves, every node refuses the keys. Its usage, the ids
   * and the digests of secrets stay; so do its members' accounts. The erasure of a large organization goes on after
   * that, and is finished after an interruption. For operators. Idempotent.
   */
  deleteOrganization(actor: Actor, id: string, options?: HeldOption): Promise<DeletedOrganization>;
}

export function createOrganizationCommands({
  store,
  apis,
  coherence,
  clock,
  revocations,
}: ManagementParts): OrganizationCommands {
  const redactor = createRedactor(apis.values());

  function checkOrganizationName(text: string): string {
    const name = checkName(text, nameLength);
    assertNoSecret('name', name, redactor);
    return name;
  }

  async function setStatus(
    caller: Actor,
    id: string,
    status: Organization['status'],
    { onHeld }: HeldOption = {},
    apiId?: string,
  ): Promise<Organization> {
    assertOperator(caller);
    const forgotten = { digests: [], orgIds: [id] };
    const { organization, position } = await store.transaction(async (operations) => {
      const nowMs = clock.nowMs();
      const actor = await readActor(caller, operations, nowMs);
      const before = await operations.findOrganization(id);
      if (before === undefined) throw notFound();
      const change =
        apiId === undefined ? { status } : { suspendedApis: changeSuspended(before.suspendedApis, apiId, status) };
      const former = apiId === undefined ? { status: before.status } : { suspendedApis: before.suspendedApis };
      // The earlier change may not apply everywhere yet, because its command may have been interrupted.
      if (isDeepStrictEqual(former, change)) {
        return { organization: before, position: await operations.recordChange(forgotten) };
      }
      const after = await operations.setOrganizationStatus(id, change);
      if (after === undefined) throw notFound();
      const entry = {
        action: status === 'active' ? 'org.resumed' : 'org.suspended',
        target: { kind: 'org', id },
        orgId: id,
        before: former,
        after: change,
      } as const;
      await operations.appendAudit(auditOf(actor, nowMs, entry));
      return { organization: after, position: await operations.recordChange(forgotten) };
    });
    const unreached = await coherence.hold(forgotten, position);
    onHeld?.({ position, unreached });
    return organization;
  }

  /** Throws `not_found` for an API that is not configured. One that is in the list can be taken out of it. */
  function changeSuspended(
    before: Organization['suspendedApis'],
    apiId: string,
    status: Organization['status'],
  ): Organization['suspendedApis'] {
    if (!apis.has(apiId) && !(status === 'active' && before.includes(apiId))) throw notFound();
    const others = before.filter((each) => each !== apiId);
    return status === 'active' ? others : [...others, apiId].sort();
  }

  /** Throws `org_kind_in_use` when it has active or disabled keys of an API that requires another kind. */
  async function assertKindFree(
    operations: ManagementOperations,
    { id }: Organization,
    kinds: readonly string[],
    nowMs: number,
  ): Promise<void> {
    for (const { id: apiId, policy } of apis.values()) {
      if (policy.orgKind === undefined || kinds.includes(policy.orgKind)) continue;
      const count = await operations.countLivingKeys(apiId, id, nowMs);
      if (count === 0) continue;
      throw new ManagementError(
        'org_kind_in_use',
        `kind: the organization has ${count} keys of ${apiId}, which require kind "${policy.orgKind}": revoke or transfer them first`,
        'kind',
      );
    }
  }

  return {
    async createOrganization(caller, { name, kind, kinds: several, ...fields }, { alongside, onHeld } = {}) {
      assertOperator(caller);
      const kinds = checkKinds(kind, several, redactor) ?? ['standard'];
      const checkedName = checkOrganizationName(name);
      const annotations = { ...noAnnotations, ...checkAnnotations(fields, noAnnotations, redactor) };
      const { organization, position } = await store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        await assertExternalIdFree(operations, annotations.externalId);
        const organization: Organization = {
          id: `org_${randomBase62(20)}`,
          name: checkedName,
          kinds,
          status: 'active',
          suspendedApis: [],
          grantedLimits: new Map(),
          ...annotations,
          createdAtMs: nowMs,
        };
        await operations.createOrganization(organization);
        const entry = {
          action: 'org.created',
          target: { kind: 'org', id: organization.id },
          orgId: organization.id,
          before: null,
          after: { name: organization.name, kind: kinds.join(', '), ...givenOf(annotations) },
        } as const;
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        await alongside?.(operations, organization);
        return { organization, position: await operations.recordChange(forgetsNothing) };
      });
      onHeld?.({ position, unreached: undefined });
      return organization;
    },

    async getOrganization(actor, id) {
      assertMayIn(actor, id, 'org.read');
      const organization = await store.findOrganization(id);
      if (organization === undefined) throw notFound();
      return organization;
    },

    async listOrganizations(actor, page, filter) {
      assertOperator(actor, 'read');
      return store.listOrganizations(page, filter);
    },

    async updateOrganization(caller, id, update, { onHeld } = {}) {
      const assertMay = (actor: Actor): void => {
        assertMayIn(actor, id, 'org.rename');
        assertMaySet(actor, 'organization', namesOf(update));
      };
      assertMay(caller);
      const { name, kind, kinds: several, grantedLimits, ...fields } = update;
      const kinds = checkKinds(kind, several, redactor);
      const checkedName = name === undefined ? undefined : checkOrganizationName(name);
      // Nodes must forget the keys in memory, also for an unchanged value: its change may not apply everywhere yet.
      const isDecidedBy = grantedLimits !== undefined || fields.metadata !== undefined;
      const forgotten = isDecidedBy ? { digests: [], orgIds: [id] } : forgetsNothing;
      const { organization, position } = await store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        assertMay(actor);
        const before = await operations.findOrganization(id);
        if (before === undefined) throw notFound();
        const grants = grantedLimits && changeGrants(before.grantedLimits, grantedLimits, { apis, redactor });
        const annotations = checkAnnotations(fields, before, redactor);
        if (annotations.externalId !== before.externalId) {
          await assertExternalIdFree(operations, annotations.externalId);
        }
        const changes: OrganizationChanges = {
          ...changedOf(annotations, before),
          ...(checkedName !== undefined && checkedName !== before.name && { name: checkedName }),
          ...(kinds !== undefined && !isDeepStrictEqual(kinds, before.kinds) && { kinds }),
          ...(grants !== undefined && !areSameGrants(grants, before.grantedLimits) && { grantedLimits: grants }),
        };
        if (Object.keys(changes).length === 0) {
          return { organization: before, position: await operations.recordChange(forgotten) };
        }
        if (changes.kinds !== undefined) await assertKindFree(operations, before, changes.kinds, nowMs);
        const after = await operations.updateOrganization(id, changes);
        if (after === undefined) throw notFound();
        const stateOf = (organization: Organization): AuditState => {
          const { name, kinds, grantedLimits } = organization;
          return {
            ...(changes.name !== undefined && { name }),
            ...(changes.kinds !== undefined && { kind: kinds.join(', ') }),
            ...(changes.grantedLimits !== undefined && { grantedLimits: formatGrants(grantedLimits) }),
            ...pickAnnotations(organization, (name) => changes[name] !== undefined),
          };
        };
        const entry = {
          action: 'org.updated',
          target: { kind: 'org', id },
          orgId: id,
          before: stateOf(before),
          after: stateOf(after),
        } as const;
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        return { organization: after, position: await operations.recordChange(forgotten) };
      });
      const unreached = forgotten === forgetsNothing ? undefined : await coherence.hold(forgotten, position);
      onHeld?.({ position, unreached });
      return organization;
    },

    suspendOrganization: (actor, id, options) => setStatus(actor, id, 'suspended', options),
    resumeOrganization: (actor, id, options) => setStatus(actor, id, 'active', options),
    suspendForApi: (actor, id, apiId, options) => setStatus(actor, id, 'suspended', options, apiId),
    resumeForApi: (actor, id, apiId, options) => setStatus(actor, id, 'active', options, apiId),

    async deleteOrganization(caller, id, { onHeld } = {}) {
      assertOperator(caller);
      const forgotten = { digests: [], orgIds: [id] };
      const { deleted, position } = await store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        const deletedAtMs = await operations.findDeletion(id);
        // The earlier deletion may not apply everywhere yet, because its command may have been interrupted.
        if (deletedAtMs !== undefined) {
          const deleted = { id, deletedAtMs, keysRevoked: 0, withoutOrganization: [] };
          return { deleted, position: await operations.recordChange(forgotten) };
        }
        if ((await operations.findOrganization(id)) === undefined) throw notFound();
        const keysRevoked = await operations.countUnrevokedKeys(id);
        const erased = await operations.eraseOrganization(id, nowMs);
        const entry = {
          action: 'org.deleted',
          target: { kind: 'org', id },
          orgId: id,
          before: null,
          after: { keysRevoked, withoutOrganization: erased.withoutOrganization.map((person) => person.id) },
        } as const;
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        const deleted = { id, deletedAtMs: nowMs, keysRevoked, ...erased };
        return { deleted, position: await operations.recordChange(forgotten) };
      });
      const unreached = await coherence.hold(forgotten, position);
      // Repeated too: the earlier command may have been interrupted.
      const startedMs = clock.nowMs();
      const isDue = () => clock.nowMs() - startedMs >= replyWithinMs;
      const { entriesKept, next } = await eraseDeleted({ store, revocations }, deleted, { isDue });
      // A fault is left to the pruner, which finishes erasures.
      if (next !== undefined) eraseDeleted({ store, revocations }, deleted, { from: next }).catch(() => undefined);
      onHeld?.({ position, unreached });
      return { ...deleted, entriesKept, isErasing: next !== undefined };
    },
  };
}

async function assertExternalIdFree(
  operations: ManagementOperations,
  externalId: string | null | undefined,
): Promise<void> {
  if (externalId === null || externalId === undefined) return;
  const { items } = await operations.listOrganizations({ limit: 1 }, { externalId });
  if (items.length > 0) throw externalIdTaken('another organization');
}

function pickAnnotations(from: Partial<Annotations>, isPicked: (name: keyof Annotations) => boolean): AuditState {
  const names = Object.keys(noAnnotations) as (keyof Annotations)[];
  return Object.fromEntries(names.filter(isPicked).map((name) => [name, from[name]]));
}

/** Those that say something, for the audit log. */
function givenOf(annotations: Annotations): AuditState {
  return pickAnnotations(annotations, (name) => !isDeepStrictEqual(annotations[name], noAnnotations[name]));
}

/** Those that differ from `before`. */
function changedOf(given: Partial<Annotations>, before: Annotations): Partial<Annotations> {
  return pickAnnotations(given, (name) => name in given && !isDeepStrictEqual(given[name], before[name]));
}

const maxKinds = 10;

/** The wanted kinds, each once. `undefined`: neither `kind` nor `kinds` is given. */
function checkKinds(
  kind: string | undefined,
  kinds: readonly string[] | undefined,
  redactor: Redactor,
): readonly string[] | undefined {
  if (kinds === undefined) {
    if (kind !== undefined) checkKind('kind', kind, redactor);
    return kind === undefined ? undefined : [kind];
  }
  if (kind !== undefined) throw invalidInput('kind', 'is given beside kinds: remove one of them');
  if (kinds.length === 0 || kinds.length > maxKinds) throw invalidInput('kinds', `must be 1 to ${maxKinds} kinds`);
  for (const [at, each] of kinds.entries()) checkKind(`kinds[${at}]`, each, redactor);
  return [...new Set(kinds)];
}

function checkKind(field: string, kind: string, redactor: Redactor): void {
  assertNoSecret(field, kind, redactor);
  if (/^[a-z][a-z0-9_-]{0,31}$/.test(kind)) return;
  throw invalidInput(field, 'must be up to 32 lower-case letters, digits, - or _, such as "dealer"');
}

/** Grants as text, by API id: `{ classic: ['600/m'] }`. */
export function formatGrants(grants: Organization['grantedLimits']): Record<string, string[]> {
  return Object.fromEntries([...grants].map(([apiId, limits]) => [apiId, limits.map(formatRateLimit)]));
}

function areSameGrants(a: Organization['grantedLimits'], b: Organization['grantedLimits']): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b]);
}

/** The grants after `update`. The grant for an API that is no longer configured can only be removed. */
function changeGrants(
  before: Organization['grantedLimits'],
  update: NonNullable<OrganizationUpdate['grantedLimits']>,
  { apis, redactor }: Pick<ManagementParts, 'apis'> & Pick<InputRules, 'redactor'>,
): Organization['grantedLimits'] {
  const grants = new Map(before);
  for (const [apiId, texts] of Object.entries(update)) {
    const field = `grantedLimits.${redactor.redactText(apiId).slice(0, 60)}`;
    const api = apis.get(apiId);
    if (api === undefined && !(texts.length === 0 && before.has(apiId))) {
      throw invalidInput(field, `no API with this id is configured: use one of ${[...apis.keys()].join(', ')}`);
    }
    const limits = api === undefined ? [] : checkRateLimits(field, texts, { policy: api.policy, redactor });
    if (limits.length === 0) grants.delete(apiId);
    else grants.set(apiId, limits);
  }
  return grants;
}
