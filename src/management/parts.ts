// The parts of management commands.
import type { Clock } from '../domain/clock.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { FillSecret } from '../domain/secret.ts';
import type { Coherence, ManagementStore, RevocationLog } from './ports.ts';

/** The parts that all commands share. */
export interface ManagementParts {
  readonly store: ManagementStore;
  /** The configured APIs by id. */
  readonly apis: ReadonlyMap<string, ProtectedApi>;
  /** Called after the commit of each change, before the command reports success. */
  readonly coherence: Coherence;
  readonly clock: Clock;
  readonly revocations: RevocationLog;
  /** Makes the characters of a new key's secret. Default: random ones. For tests only. */
  readonly fillSecret?: FillSecret | undefined;
}
