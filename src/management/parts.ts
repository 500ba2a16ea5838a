// What management commands work with.
import type { Clock } from '../domain/clock.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { KeyCache } from '../engine/key-cache.ts';
import type { ManagementStore, RevocationLog } from './ports.ts';

export interface ManagementParts {
  readonly store: ManagementStore;
  /** The configured APIs by id. */
  readonly apis: ReadonlyMap<string, ProtectedApi>;
  /** Told to forget after each change is committed and before it is reported. */
  readonly cache: Pick<KeyCache, 'forgetSecrets' | 'forgetOrganization'>;
  readonly clock: Clock;
  readonly revocations: RevocationLog;
}
