// The commands on keys. Each has its own file in keys/. Every command that changes one key uses `changeKey`.
import { createRedactor } from '../domain/redaction.ts';
import { listAddresses } from './keys/addresses.ts';
import type { KeyCommands } from './keys/commands.ts';
import { createKey } from './keys/create.ts';
import { disableKey, enableKey } from './keys/disable.ts';
import { countKeys, getKey, listKeys } from './keys/find.ts';
import { revokeKey } from './keys/revoke.ts';
import { rotateKey } from './keys/rotate.ts';
import { endSecret, findBySecret, listSecrets } from './keys/secrets.ts';
import { transferKey } from './keys/transfer.ts';
import { updateKey } from './keys/update.ts';
import type { ManagementParts } from './parts.ts';

export function createKeyCommands(shared: ManagementParts): KeyCommands {
  const parts = { ...shared, redactor: createRedactor(shared.apis.values()) };
  return {
    createKey: (actor, input, options) => createKey(parts, actor, input, options),
    getKey: (actor, id) => getKey(parts, actor, id),
    findBySecret: (actor, digest) => findBySecret(parts, actor, digest),
    listKeys: (actor, filter, page) => listKeys(parts, actor, filter, page),
    countKeys: (actor, filter) => countKeys(parts, actor, filter),
    updateKey: (actor, id, update) => updateKey(parts, actor, id, update),
    rotateKey: (actor, id, overlap, options) => rotateKey(parts, actor, id, overlap, options),
    listSecrets: (actor, id) => listSecrets(parts, actor, id),
    listAddresses: (actor, id, days) => listAddresses(parts, actor, id, days),
    endSecret: (actor, id, secretId, end, options) => endSecret(parts, actor, id, secretId, end, options),
    disableKey: (actor, id, options) => disableKey(parts, actor, id, options),
    enableKey: (actor, id, options) => enableKey(parts, actor, id, options),
    transferKey: (actor, id, toOrgId, options) => transferKey(parts, actor, id, toOrgId, options),
    revokeKey: (actor, id, options) => revokeKey(parts, actor, id, options),
  };
}
