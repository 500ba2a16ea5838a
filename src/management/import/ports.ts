// Where imported keys go: in bulk, for a round trip for each of a million rows would take hours.
import type { Organization } from '../../domain/api-key.ts';
import type { AuditEntry } from '../../domain/audit-record.ts';
import type { StandingReader } from '../../domain/standing.ts';
import type { ChangePosition, ForgottenByChange, NewApiKey, NewSecret } from '../ports.ts';

/** A key that comes with the digest of the secret that it has already. */
export interface ImportedKey extends NewApiKey {
  readonly secret: NewSecret;
}

/** Reads and writes of many rows at once; lists may be empty and hold some thousand entries. */
export interface ImportOperations extends StandingReader {
  /** Of those that exist, the API of their key. */
  findDigests(digests: readonly string[]): Promise<ReadonlyMap<string, string>>;
  findOrganizations(ids: readonly string[]): Promise<readonly Organization[]>;
  /** All that have one of these names, which several may have. */
  findOrganizationsNamed(names: readonly string[]): Promise<readonly Organization[]>;
  /** Of each organization that has any, its keys of the API that are neither revoked nor expired. */
  countLivingKeys(apiId: string, orgIds: readonly string[], nowMs: number): Promise<ReadonlyMap<string, number>>;
  createOrganizations(organizations: readonly Organization[]): Promise<void>;
  /** Revision 1, last changed at `nowMs`. Rejects with `conflict` when one of the digests exists. */
  createKeys(keys: readonly ImportedKey[], nowMs: number): Promise<void>;
  appendAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** As of `ManagementOperations`. */
  recordChange(change: ForgottenByChange): Promise<ChangePosition>;
}

export interface ImportStore {
  /** As `ManagementStore.transaction`. */
  transaction<Result>(work: (operations: ImportOperations) => Promise<Result>): Promise<Result>;
}
