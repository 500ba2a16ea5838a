// What a database holds and how busy its driver is, as far as the driver can tell.

/** For `/metrics`. A driver leaves out what it does not have. */
export interface StorageLoad {
  /** Sizes of the files, in bytes. */
  readonly files?: { readonly database: number; readonly wal: number };
  /** Calls that wait for the only writer. */
  readonly waitingForWriter?: number;
  /** The connections of each pool, by its name. */
  readonly pools?: Readonly<Record<string, PoolLoad>>;
}

/** The connections of a pool, and the calls that wait for one. */
export interface PoolLoad {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}
