// The commands on keys: their inputs and results.
import type { Actor } from '../../domain/actor.ts';
import type { ApiKey, Environment } from '../../domain/api-key.ts';
import type { KeyFields } from '../key-input.ts';
import type { CommandOptions, KeyAddress, KeyAddresses, KeyFilter, KeySecret, Page, PageRequest } from '../ports.ts';

/** The input of `createKey`. */
export interface NewKey extends KeyFields {
  readonly apiId: string;
  readonly orgId: string;
  /** Default `live`. */
  readonly environment?: Environment | undefined;
  /** The id of a template of the policy. It sets the fields that are left out here. */
  readonly template?: string | undefined;
}

/** The input of `updateKey`. */
export interface KeyUpdate extends KeyFields, Revision {}

/** Options of a change of a key that the caller has read. */
export type Revision = Pick<CommandOptions<never>, 'expectedRevision' | 'onHeld' | 'source'>;

/** A key with its secret, which is shown only here and stored nowhere. */
export interface KeyWithSecret {
  readonly key: ApiKey;
  readonly secret: string;
}

/** A secret of a key, with the id under which it can be ended, and as the API of the key masks it. */
export interface NamedSecret extends KeySecret {
  readonly id: string;
  readonly masked: string;
}

/** Where a key was used from. */
export interface UsedAddresses extends Omit<KeyAddresses, 'addresses'> {
  /** From when the answer counts, in epoch milliseconds. */
  readonly fromMs: number;
  readonly addresses: readonly (KeyAddress & {
    /** Whether the list of the key has it, or all of the network. */
    readonly isOnList: boolean;
    /** Whether the policy allows it on a list. */
    readonly canBeListed: boolean;
  })[];
}

/** A key, and which of its secrets was looked for. */
export interface FoundKey {
  readonly key: ApiKey;
  readonly secret: NamedSecret;
}

/**
 * Each command checks the actor's permissions and writes its audit entry in the transaction of its change. It resolves
 * when the change is on disk and every later decision uses it. It rejects with a `ManagementError` for wrong input, and
 * with the store's error when the store fails. A key that the actor may not see is `not_found`. Safe concurrently.
 */
export interface KeyCommands {
  createKey(
    actor: Actor,
    input: NewKey,
    options?: Pick<CommandOptions<KeyWithSecret>, 'alongside' | 'onHeld'>,
  ): Promise<KeyWithSecret>;
  getKey(actor: Actor, id: string): Promise<ApiKey>;
  /**
   * The key of a secret that the caller knows only by its digest: SHA-256 or SHA-512 of the whole secret, in hex or
   * base64. Also finds a secret that was rotated away or has ended, and a revoked key.
   */
  findBySecret(actor: Actor, digest: string): Promise<FoundKey>;
  /**
   * Newest first. For anyone but the operator, `filter.orgId` is their own organization, and another is `not_found`.
   */
  listKeys(actor: Actor, filter: KeyFilter, page: PageRequest): Promise<Page<ApiKey>>;
  countKeys(actor: Actor, filter: KeyFilter): Promise<number>;
  /** Changes the given fields, all or none. Revoked keys can't be changed. */
  updateKey(actor: Actor, id: string, update: KeyUpdate): Promise<ApiKey>;
  /**
   * Gives the key a new secret and changes nothing else. The old secret works for `overlap` (`now`, `1h`, `24h`, at
   * most `30d`, `until_ended`; default `24h`), but never beyond the key's own expiry.
   */
  rotateKey(
    actor: Actor,
    id: string,
    overlap?: string,
    options?: CommandOptions<KeyWithSecret>,
  ): Promise<KeyWithSecret>;
  /** The current secret first, then the superseded ones, newest first. */
  listSecrets(actor: Actor, id: string): Promise<readonly NamedSecret[]>;
  /** The addresses from which the key was used in the last `days` days, 1 to 92, the most used first. */
  listAddresses(actor: Actor, id: string, days: number): Promise<UsedAddresses>;
  /**
   * Changes the end of a superseded secret that still works: `now`, a duration from now such as `7d`, or `until_ended`.
   * Never beyond the key's own expiry.
   */
  endSecret(
    actor: Actor,
    id: string,
    secretId: string,
    end: string,
    options?: Revision,
  ): Promise<readonly NamedSecret[]>;
  /** Disables the key. Idempotent. */
  disableKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
  /** Enables the key again. Idempotent. */
  enableKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
  /** Moves the key to another organization that may own such keys. Earlier usage stays with the first one. */
  transferKey(actor: Actor, id: string, toOrgId: string, options?: Revision): Promise<ApiKey>;
  /** Revokes the key for good. When it resolves, every node refuses the key. Idempotent. */
  revokeKey(actor: Actor, id: string, options?: Revision): Promise<ApiKey>;
}
