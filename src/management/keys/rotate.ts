// Gives a key a new secret.
import type { Actor } from '../../domain/actor.ts';
import { keyStatus } from '../../domain/api-key.ts';
import { ManagementError } from '../management-error.ts';
import { defaultOverlap, parseOverlap } from '../overlap.ts';
import { type CommandOptions, untilEndedMs } from '../ports.ts';
import { assertMaySet } from '../rights.ts';
import { changeKey } from './change.ts';
import type { KeyWithSecret } from './commands.ts';
import { notActive } from './errors.ts';
import { apiOf, type KeyParts } from './find.ts';
import { endOf, formatEnd, makeSecret } from './secrets.ts';

/** See `KeyCommands.rotateKey`. */
export async function rotateKey(
  parts: KeyParts,
  actor: Actor,
  id: string,
  overlap = defaultOverlap,
  options: CommandOptions<KeyWithSecret> = {},
): Promise<KeyWithSecret> {
  const overlapMs = parseOverlap(overlap);
  return changeKey(parts, actor, id, 'key.rotated', options, async (before, operations, nowMs) => {
    if (overlap !== defaultOverlap) assertMaySet(actor, 'key', ['overlap']);
    const api = apiOf(parts, before.apiId);
    if (!api.policy.canRotate) {
      throw new ManagementError(
        'rotation_not_supported',
        'Keys of this API cannot be rotated: create a new key, switch your clients to it, then revoke this one.',
      );
    }
    const status = keyStatus(before, nowMs);
    if (status !== 'active') throw notActive(status);
    const { secret, kept } = makeSecret(api, before.environment);
    const endsAtMs = endOf(overlapMs, nowMs, before);
    const earlier = (await operations.listSecrets(id)).filter((each) => (each.endsAtMs ?? untilEndedMs) > endsAtMs);
    await parts.revocations.append(earlier.map(({ digest }) => ({ at: nowMs, secret: digest, endsAt: endsAtMs })));
    const rotated = await operations.rotateKey(id, kept, endsAtMs, nowMs);
    if (rotated === undefined) throw notActive('revoked');
    const note = { earlierSecretsEndAt: formatEnd(endsAtMs) };
    return { after: rotated.key, note, result: { key: rotated.key, secret } };
  });
}
