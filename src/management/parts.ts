// What management commands work with.
import type { Clock } from '../domain/clock.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { Coherence, ManagementStore, RevocationLog } from './ports.ts';

export interface ManagementParts {
  readonly store: ManagementStore;
  /** The configured APIs by id. */
  readonly apis: ReadonlyMap<string, ProtectedApi>;
  /** Asked after each change is committed and before it is reported. */
  readonly coherence: Coherence;
  readonly clock: Clock;
  readonly revocations: RevocationLog;
}
