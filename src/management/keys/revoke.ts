// Revokes a key for good.
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import { notFound } from '../management-error.ts';
import { changeKey } from './change.ts';
import type { Revision } from './commands.ts';
import type { KeyParts } from './find.ts';

/** See `KeyCommands.revokeKey`. */
export async function revokeKey(parts: KeyParts, actor: Actor, id: string, options: Revision = {}): Promise<ApiKey> {
  return changeKey(parts, actor, id, 'key.revoked', options, async (before, operations, nowMs) => {
    if (before.revokedAtMs !== null) return { result: before };
    await parts.revocations.append([{ at: nowMs, key: id }]);
    const revoked = await operations.revokeKey(id, nowMs);
    if (revoked === undefined) throw notFound();
    return { after: revoked.key, result: revoked.key };
  });
}
