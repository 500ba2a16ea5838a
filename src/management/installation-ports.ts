// The operator's view of the installation: backups, the nodes that share the database, and their configurations.
import type { TokenGrant } from '../domain/grant.ts';

/** A checked copy of the database. Read `body` to its end or cancel it, so that its disk space is freed. */
export interface BackupCopy {
  readonly bytes: number;
  /** SHA-256 of the whole copy, in hex. */
  readonly sha256: string;
  readonly body: ReadableStream<Uint8Array>;
}

/** One of the nodes that share the database. */
export interface NodeDescription {
  readonly id: string;
  readonly name: string;
  /** Whether it is this process. */
  readonly isThis: boolean;
  /** The newest change that it knows. `null`: there is only one node, which knows all changes. */
  readonly revision: number | null;
  /** Milliseconds since its last renewal of the lease, by the database's clock. */
  readonly seenMsAgo: number;
  /**
   * By the same clock, for people. `leased`: it decides from its cache. `may_serve_cached`: the database knows no lease
   * of it, but the node may continue without one (`onStoreOutage`). `stale`: it can do neither until it renews, or it
   * is gone.
   */
  readonly state: NodeState;
  /** The digest of the configuration that it uses. `null`: it has not said, because it runs an older version. */
  readonly configuration: string | null;
}

/** See `NodeDescription.state`. */
export const nodeStates = ['leased', 'may_serve_cached', 'stale'] as const;

export type NodeState = (typeof nodeStates)[number];

/** A fault of a configuration, with its fix. It holds no secret. */
export interface ConfigFault {
  /** `miftah.yaml:12`, `--public`, or the name of a variable. Empty: no place in particular. */
  readonly place: string;
  /** The name of the setting. Empty: the whole configuration. */
  readonly setting: string;
  readonly detail: string;
}

/** What a reload would do on a node, or did. Digests, and names of settings; never their values. */
export interface ReloadChange {
  /** The digest of the configuration that the node used before. */
  readonly before: string;
  /** The digest of the one that it then uses. */
  readonly after: string;
  /** The settings that change. Empty: nothing does. */
  readonly changed: readonly string[];
  /** Settings of the file that differ from those in use, and need a restart. */
  readonly needRestart: readonly string[];
}

/** Who reloads. `signal`: the process got SIGHUP, which names no one. */
export type ReloadAuthor =
  | {
      readonly kind: 'operator';
      readonly address: string | null;
      readonly requestId: string | null;
      /** The token with which they act. `undefined`: the operator token. */
      readonly token?: TokenGrant | undefined;
    }
  | { readonly kind: 'signal' };

/** A configuration that a node has read and checked, and does not use yet. */
export interface PreparedReload extends ReloadChange {
  readonly kind: 'ready';
  /**
   * Uses the configuration, after an audit entry that says so. Returns why it could not; then nothing has changed.
   * Never rejects.
   */
  use(author: ReloadAuthor): Promise<readonly ConfigFault[]>;
}

/** Reads and checks the configuration of this node, and changes nothing. Never rejects. */
export type PrepareReload = () => Promise<
  PreparedReload | { readonly kind: 'refused'; readonly faults: readonly ConfigFault[] }
>;

/**
 * How a node took part. `ready`: its configuration is valid, and not in use. `changed`: it uses the new one.
 * `unchanged`: nothing differed. `refused`: its configuration has faults. `failed`: it was ready, but could not change.
 * `silent`: it did not answer in time. `gone`: it left the record of nodes meanwhile.
 */
export const reloadOutcomes = ['ready', 'changed', 'unchanged', 'refused', 'failed', 'silent', 'gone'] as const;

export type ReloadOutcome = (typeof reloadOutcomes)[number];

/** A node in a reload. */
export interface ReloadedNode extends Partial<ReloadChange> {
  readonly id: string;
  readonly name: string;
  readonly isThis: boolean;
  readonly outcome: ReloadOutcome;
  /** Why it was `refused`, or has `failed`. */
  readonly faults?: readonly ConfigFault[];
}

/** What the operator wants of a reload. */
export interface ReloadWish {
  readonly author: ReloadAuthor;
  /** Whether to check all nodes, and change nothing. */
  readonly isDryRun: boolean;
  /** Whether nodes may end with different configurations. */
  readonly mayDiffer: boolean;
}

/**
 * The result of a reload. Only with `done`, and with `incomplete` on some nodes, anything has changed. `refused`,
 * `silent` and `differs` say why nothing did. `busy`: another reload is under way, and no node was asked.
 */
export interface ReloadResult {
  readonly kind: 'done' | 'checked' | 'refused' | 'silent' | 'differs' | 'incomplete' | 'busy' | 'unsupported';
  readonly nodes: readonly ReloadedNode[];
}

/** Reloads the configuration of all nodes of an installation. */
export interface Reloads {
  /** Sets how this node reads its configuration. Until then, and in a library, a reload is `unsupported`. */
  follow(prepare: PrepareReload): void;
  /** Checks every node first, and changes all of them or none. Rejects with a `StorageError`; then nothing has changed. */
  run(wish: ReloadWish): Promise<ReloadResult>;
}
