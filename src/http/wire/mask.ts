// Masked secrets of keys, as the API of each key masks them.
import type { ApiKey } from '../../domain/api-key.ts';
import { maskOf } from '../../domain/secret.ts';
import type { Gate } from '../../profiles/gate.ts';

/** The configured APIs by id. */
export type Gates = ReadonlyMap<string, Gate>;

/** The masked secret of a key, or of a superseded one. A key of an API that was removed has the default mask. */
export function maskIn(gates: Gates, { apiId, hint }: Pick<ApiKey, 'apiId' | 'hint'>): string {
  return maskOf(hint, gates.get(apiId)?.api.secret.mask);
}
