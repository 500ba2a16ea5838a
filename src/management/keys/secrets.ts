// The secrets of a key: the current one, and the superseded ones.
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey, Environment } from '../../domain/api-key.ts';
import { parseDigest, toStoredDigest } from '../../domain/imported-secret.ts';
import type { ProtectedApi } from '../../domain/protected-api.ts';
import { digestSecret, type FillSecret, generateSecret, hintOf, maskOf } from '../../domain/secret.ts';
import { invalidInput, ManagementError, notFound } from '../management-error.ts';
import { parseOverlap } from '../overlap.ts';
import { type ManagementOperations, type NewSecret, untilEndedMs } from '../ports.ts';
import { changeKey } from './change.ts';
import type { FoundKey, NamedSecret, Revision } from './commands.ts';
import { notActive } from './errors.ts';
import { findKey, type KeyParts } from './find.ts';

/** See `KeyCommands.listSecrets`. */
export async function listSecrets(parts: KeyParts, actor: Actor, id: string): Promise<readonly NamedSecret[]> {
  const key = await findKey(parts, actor, parts.store, id);
  return listNamedSecrets(parts, parts.store, key);
}

/** See `KeyCommands.findBySecret`. */
export async function findBySecret(parts: KeyParts, actor: Actor, text: string): Promise<FoundKey> {
  const stated = parseDigest(text);
  if (stated === undefined) {
    throw invalidInput('digest', 'must be the SHA-256 or the SHA-512 of a secret, in hex or base64');
  }
  const digest = toStoredDigest(stated);
  const found = await parts.store.findKeyByDigest(digest);
  if (found === undefined) throw notFound();
  const key = await findKey(parts, actor, parts.store, found.id);
  const secret = (await listNamedSecrets(parts, parts.store, key)).find((each) => each.digest === digest);
  if (secret === undefined) throw notFound();
  return { key, secret };
}

/** See `KeyCommands.endSecret`. */
export async function endSecret(
  parts: KeyParts,
  actor: Actor,
  id: string,
  secretId: string,
  end: string,
  options: Revision = {},
): Promise<readonly NamedSecret[]> {
  const overlapMs = parseOverlap(end, 'endsIn');
  return changeKey(parts, actor, id, 'key.overlap_changed', options, async (before, operations, nowMs) => {
    const secret = (await listNamedSecrets(parts, operations, before)).find((each) => each.id === secretId);
    if (secret === undefined) throw notFound();
    if (secret.endsAtMs === null) {
      throw new ManagementError(
        'secret_in_force',
        'This is the current secret: rotate the key to replace it, or revoke the key.',
      );
    }
    if (secret.endsAtMs <= nowMs) {
      throw new ManagementError('secret_ended', 'This secret has expired for good: rotate the key to get a new one.');
    }
    if (before.revokedAtMs !== null) throw notActive('revoked');
    const endsAtMs = endOf(overlapMs, nowMs, before);
    await parts.revocations.append([{ at: nowMs, secret: secret.digest, endsAt: endsAtMs }]);
    await operations.setSecretEnd(secret.digest, endsAtMs);
    const note = { secret: secret.masked, earlierSecretsEndAt: formatEnd(endsAtMs) };
    return { after: before, note, result: await listNamedSecrets(parts, operations, before) };
  });
}

async function listNamedSecrets(
  { apis }: Pick<KeyParts, 'apis'>,
  operations: Pick<ManagementOperations, 'listSecrets'>,
  { id, apiId }: Pick<ApiKey, 'id' | 'apiId'>,
): Promise<readonly NamedSecret[]> {
  const mask = apis.get(apiId)?.secret.mask;
  const secrets = await operations.listSecrets(id);
  return secrets.map((secret) => ({ ...secret, id: secretIdOf(secret.digest), masked: maskOf(secret.hint, mask) }));
}

/** The id of a secret. It distinguishes the secrets of a key, and reveals nothing of them. */
export function secretIdOf(digest: string): string {
  return `sec_${digest.slice(0, 16)}`;
}

/** A new secret, and the parts of it that are stored. */
export function makeSecret(
  api: ProtectedApi,
  environment: Environment,
  fill?: FillSecret,
): { secret: string; kept: NewSecret } {
  const secret = generateSecret(api.secret, environment, fill);
  return { secret, kept: { digest: digestSecret(secret), hint: hintOf(secret, api.secret) } };
}

/** The end of an overlap, in epoch milliseconds: at most the key's own expiry. `untilEndedMs`: no end. */
export function endOf(overlapMs: number, nowMs: number, key: ApiKey): number {
  return Math.min(nowMs + overlapMs, untilEndedMs, key.expiresAtMs ?? untilEndedMs);
}

/** An end for the audit log: ISO 8601, or `until ended`. */
export function formatEnd(endsAtMs: number): string {
  return endsAtMs >= untilEndedMs ? 'until ended' : new Date(endsAtMs).toISOString();
}
