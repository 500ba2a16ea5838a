// The store of imported keys. It works in bulk, because a million round trips would take hours.
import type { Organization } from '../../domain/api-key.ts';
import type { AuditEntry } from '../../domain/audit-record.ts';
import type { StandingReader } from '../../domain/standing.ts';
import type { ChangePosition, ForgottenByChange, NewApiKey, NewSecret } from '../ports.ts';

/** A key with the digest of its existing secret. */
export interface ImportedKey extends NewApiKey {
  readonly secret: NewSecret;
}

/** Reads and writes of many rows at once. Lists may be empty, and may have a few thousand entries. */
export interface ImportOperations extends StandingReader {
  /** The API id of each digest that exists. `null`: its organization was deleted. */
  findDigests(digests: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  findOrganizations(ids: readonly string[]): Promise<readonly Organization[]>;
  /** All organizations with one of these names. Several may have the same name. */
  findOrganizationsNamed(names: readonly string[]): Promise<readonly Organization[]>;
  /** For each organization that has any, the number of its keys of the API that are neither revoked nor expired. */
  countLivingKeys(apiId: string, orgIds: readonly string[], nowMs: number): Promise<ReadonlyMap<string, number>>;
  /** Those of the external ids that a key of the API has. Revoked keys don't count. */
  findExternalIds(apiId: string, externalIds: readonly string[]): Promise<ReadonlySet<string>>;
  createOrganizations(organizations: readonly Organization[]): Promise<void>;
  /** Creates keys with revision 1, last changed at `nowMs`. Rejects with `conflict` when one of the digests exists. */
  createKeys(keys: readonly ImportedKey[], nowMs: number): Promise<void>;
  appendAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** As `ManagementOperations.recordChange`. */
  recordChange(change: ForgottenByChange): Promise<ChangePosition>;
}

export interface ImportStore {
  /** As `ManagementStore.transaction`. */
  transaction<Result>(work: (operations: ImportOperations) => Promise<Result>): Promise<Result>;
}
