// The one way to change a key.
import { type Actor, auditOf } from '../../domain/actor.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import type { AuditAction, AuditState } from '../../domain/audit-record.ts';
import { formatRateLimit } from '../../domain/rate-limit.ts';
import { maskOf } from '../../domain/secret.ts';
import { notFound } from '../management-error.ts';
import type { CommandOptions, KeyChanges, ManagementOperations } from '../ports.ts';
import { readActor } from '../rights.ts';
import { revisionMismatch } from './errors.ts';
import { assertMayChange, findCaller, findKey, type KeyParts } from './find.ts';

/** The change itself, within the transaction. */
export type Work<Result> = (key: ApiKey, operations: ManagementOperations, nowMs: number) => Promise<Changed<Result>>;

/** What a key may do to keys, where its policy allows it. Everything else is an edit, which no key may do. */
const actionsOfKeys: Readonly<Partial<Record<AuditAction, 'rotate' | 'revoke'>>> = {
  'key.rotated': 'rotate',
  'key.revoked': 'revoke',
};

/** What a command changed. */
export interface Changed<Result> {
  /** The changed key. Default: the key is unchanged, and no audit entry is written. */
  readonly after?: ApiKey;
  /** More members for the audit entry, besides those of the key that differ. */
  readonly note?: AuditState;
  readonly result: Result;
}

/**
 * Changes one key. In one transaction it checks permissions, does `work` and writes the audit entry. Then it waits
 * until every node has forgotten the old state of the key. If it rejects with a `ManagementError`, nothing was changed.
 */
export async function changeKey<Result>(
  parts: KeyParts,
  caller: Actor,
  id: string,
  action: Extract<AuditAction, `key.${string}`>,
  { expectedRevision, alongside, onHeld, source }: CommandOptions<Result>,
  work: Work<Result>,
): Promise<Result> {
  const { store, clock, coherence } = parts;
  const { forgotten, position, result } = await store.transaction(async (operations) => {
    const nowMs = clock.nowMs();
    const actor = await readActor(caller, operations, nowMs);
    if (actor.kind === 'key') await findCaller(parts, actor, operations, nowMs);
    const before = await findKey(parts, actor, operations, id);
    assertMayChange(parts, actor, before, actionsOfKeys[action] ?? 'edit');
    if (expectedRevision !== undefined && expectedRevision !== before.revision) throw revisionMismatch();
    const { after, note, result } = await work(before, operations, nowMs);
    await alongside?.(operations, result);
    // An earlier change may not apply everywhere yet, because its command may have been interrupted.
    const forgotten = { digests: await operations.listDigests(id), orgIds: [] };
    if (after === undefined) return { forgotten, position: await operations.recordChange(forgotten), result };
    const difference = differ(describe(before, parts), describe(after, parts));
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

/** Changes columns of a key that is not revoked. Rejects with `not_found` or `revision_mismatch`. */
export async function applyChanges(
  key: ApiKey,
  changes: KeyChanges,
  operations: ManagementOperations,
  nowMs: number,
): Promise<Changed<ApiKey>> {
  if (Object.keys(changes).length === 0) return { result: key };
  const after = await operations.updateKey(key.id, key.revision, changes, nowMs);
  if (after === undefined) throw notFound();
  if (after === 'conflict') throw revisionMismatch();
  return { after, result: after };
}

/** The state of a key for the audit log. Of its secret it has only the mask. */
export function describe(key: ApiKey, { apis }: Pick<KeyParts, 'apis'>): AuditState {
  const at = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
  return {
    name: key.name,
    api: key.apiId,
    org: key.orgId,
    environment: key.environment,
    masked: maskOf(key.hint, apis.get(key.apiId)?.secret.mask),
    ...key.restrictions,
    addressCheck: key.restrictions.addressCheck ?? 'enforce',
    rateLimits: key.rateLimits.map(formatRateLimit),
    grantedLimits: key.grantedLimits?.map(formatRateLimit) ?? null,
    expiresAt: at(key.expiresAtMs),
    tags: key.tags,
    metadata: key.metadata,
    externalId: key.externalId,
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
