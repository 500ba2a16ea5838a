// What can be asked of keys, and what comes of it.
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey, Environment } from '../../domain/api-key.ts';
import type { KeyFields } from '../key-input.ts';
import type { CommandOptions, KeyFilter, KeySecret, Page, PageRequest } from '../ports.ts';

export interface NewKey extends KeyFields {
  readonly apiId: string;
  readonly orgId: string;
  /** Default `live`. */
  readonly environment?: Environment | undefined;
}

export interface KeyUpdate extends KeyFields, Revision {}

/** What changes of a key that was read take as their condition. */
export type Revision = Pick<CommandOptions<never>, 'expectedRevision' | 'onHeld' | 'source'>;

/** A key with its secret: shown this once, kept nowhere. */
export interface KeyWithSecret {
  readonly key: ApiKey;
  readonly secret: string;
}

/** A secret of a key with the name under which it can be ended. */
export interface NamedSecret extends KeySecret {
  readonly id: string;
}

/**
 * Each checks what the actor may do, writes its audit entry in the transaction of its change, and resolves when the change is
 * on disk and holds for every decision from then on. Rejects with a `ManagementError` for what is asked wrongly, with the
 * store's error when it can't be done now. What the actor may not see is not found. Safe concurrently.
 */
export interface KeyCommands {
  createKey(
    actor: Actor,
    input: NewKey,
    options?: Pick<CommandOptions<KeyWithSecret>, 'alongside' | 'onHeld'>,
  ): Promise<KeyWithSecret>;
  getKey(actor: Actor, id: string): Promise<ApiKey>;
  /** Newest first. Anyone but the operator must name their organization, or it is filled in. */
  listKeys(actor: Actor, filter: KeyFilter, page: PageRequest): Promise<Page<ApiKey>>;
  countKeys(actor: Actor, filter: KeyFilter): Promise<number>;
  /** Changes what `update` names, all of it or nothing, and leaves the rest. Revoked keys can't be changed. */
  updateKey(actor: Actor, id: string, update: KeyUpdate): Promise<ApiKey>;
  /**
   * Gives the key a new secret; all else stays. The old one works on for `overlap` (`now`, `1h`, `24h`, at most `30d`,
   * `until_ended`; default `24h`), but never beyond the key's own expiry.
   */
  rotateKey(
    actor: Actor,
    id: string,
    overlap?: string,
    options?: CommandOptions<KeyWithSecret>,
  ): Promise<KeyWithSecret>;
  /** The one in force first, then the superseded ones, newest first. */
  listSecrets(actor: Actor, id: string): Promise<readonly NamedSecret[]>;
  /**
   * Ends a superseded secret that still works at another time: `now`, a duration from now such as `7d`, or `until_ended`.
   * Never beyond the key's own expiry.
   */
  endSecret(
    actor: Actor,
    id: string,
    secretId: string,
    end: string,
    options?: Revision,
  ): Promise<readonly NamedSecret[]>;
  /** Switches the key off. Idempotent. */
  disableKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
  /** Switches it on again. Idempotent. */
  enableKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
  /** Hands the key to another organization, which may own such keys; what it was used for stays with the first. */
  transferKey(actor: Actor, id: string, toOrgId: string, options?: Revision): Promise<ApiKey>;
  /** From the moment it resolves, the key is refused. Idempotent. */
  revokeKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
}
