// What the internal listener needs of the storage beyond the features' own ports.

/** A checked copy of the database. Whoever gets one reads `body` to its end or cancels it, which gives its space back. */
export interface BackupCopy {
  readonly bytes: number;
  /** SHA-256 of the whole copy, in hex. */
  readonly sha256: string;
  readonly body: ReadableStream<Uint8Array>;
}
