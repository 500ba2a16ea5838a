// Disables a key, and enables it again.
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import { ManagementError } from '../management-error.ts';
import { applyChanges, changeKey } from './change.ts';
import type { Revision } from './commands.ts';
import { notActive } from './errors.ts';
import { apiOf, type KeyParts } from './find.ts';

/** See `KeyCommands.disableKey`. */
export function disableKey(parts: KeyParts, actor: Actor, id: string, options: Revision = {}): Promise<ApiKey> {
  return setDisabled(parts, actor, id, true, options);
}

/** See `KeyCommands.enableKey`. */
export function enableKey(parts: KeyParts, actor: Actor, id: string, options: Revision = {}): Promise<ApiKey> {
  return setDisabled(parts, actor, id, false, options);
}

function setDisabled(
  parts: KeyParts,
  actor: Actor,
  id: string,
  isDisabled: boolean,
  options: Revision,
): Promise<ApiKey> {
  return changeKey(
    parts,
    actor,
    id,
    isDisabled ? 'key.disabled' : 'key.enabled',
    options,
    async (key, operations, nowMs) => {
      if (!apiOf(parts, key.apiId).policy.canDisable) {
        throw new ManagementError(
          'disabling_not_supported',
          'Keys of this API cannot be disabled: revoke the key, and create a new one when you need it again.',
        );
      }
      if (key.revokedAtMs !== null) throw notActive('revoked');
      if ((key.disabledAtMs !== null) === isDisabled) return { result: key };
      return applyChanges(key, { disabledAtMs: isDisabled ? nowMs : null }, operations, nowMs);
    },
  );
}
