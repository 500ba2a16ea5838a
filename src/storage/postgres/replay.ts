// Applies the revocation logs to a PostgreSQL database that may be older than they are.
import type { Kysely } from 'kysely';
import type { Revocation } from '../../management/ports.ts';
import { appendAudit } from '../queries/audit.ts';
import { merge, type ReplayAudit, type Replayed } from '../revocations.ts';
import type { Database } from '../schema.ts';
import type { RecordChange } from '../storage.ts';
import { transact } from '../transact.ts';

/** The entries to apply, and what goes with them. */
export interface PostgresReplay {
  /** The entries of all nodes' logs, in any order. */
  readonly entries: readonly Revocation[];
  /** Whether to end all sessions too: in an older database, a session may still exist that its person has ended. */
  readonly endsSessions: boolean;
  /** Makes the audit entry for the result; `undefined`: none. */
  readonly describe: (replayed: Replayed) => ReplayAudit | undefined;
}

/** Rows that one statement looks up. */
const rowsPerLook = 5_000;
/** Rows that one transaction changes, while other changes wait. */
const rowsPerChange = 500;

/** In the order of their references: a table before those that it refers to. */
const sessionTables = ['session_orgs', 'auth_session', 'auth_verification'] as const;

/**
 * Revokes the keys and ends the secrets of the entries, unless that is already so. It skips what the database does not
 * know. Each transaction takes one portion. If a run is interrupted, run it again. Other nodes learn what to forget.
 */
export async function replayOnPostgres(
  {
    reader,
    writer,
    recordChange,
  }: Readonly<Record<'reader' | 'writer', Kysely<Database>>> & {
    readonly recordChange: RecordChange;
  },
  { entries, endsSessions, describe }: PostgresReplay,
): Promise<Replayed> {
  const { revokedAt, endsAt } = merge(entries.toSorted((a, b) => a.at - b.at));
  let keysRevoked = 0;
  let secretsEnded = 0;

  for (const ids of portions([...revokedAt.keys()], rowsPerLook)) {
    const living = await reader
      .selectFrom('api_keys')
      .select(['id', 'seq'])
      .where('id', 'in', ids)
      .where('revoked_at', 'is', null)
      .execute();
    for (const keys of portions(living, rowsPerChange)) {
      await transact(writer, async (transaction) => {
        for (const { id } of keys) {
          const at = revokedAt.get(id) as number;
          await transaction
            .updateTable('api_keys')
            .set(({ eb, fn }) => ({
              revoked_at: at,
              updated_at: fn<number>('greatest', ['updated_at', eb.val(at)]),
              revision: eb('revision', '+', 1),
            }))
            .where('id', '=', id)
            .where('revoked_at', 'is', null)
            .execute();
        }
        const seqs = keys.map(({ seq }) => seq);
        const secrets = await transaction.selectFrom('secrets').select('digest').where('key_seq', 'in', seqs).execute();
        await recordChange(transaction, { digests: secrets.map(({ digest }) => digest), orgIds: [] });
      });
      keysRevoked += keys.length;
    }
  }

  for (const digests of portions([...endsAt.keys()], rowsPerLook)) {
    const rows = await reader
      .selectFrom('secrets')
      .select(['digest', 'ends_at'])
      .where('digest', 'in', digests)
      .execute();
    const lasting = rows.filter(({ digest, ends_at }) => ends_at === null || ends_at > (endsAt.get(digest) as number));
    for (const secrets of portions(lasting, rowsPerChange)) {
      await transact(writer, async (transaction) => {
        for (const { digest } of secrets) {
          const at = endsAt.get(digest) as number;
          await transaction.updateTable('secrets').set({ ends_at: at }).where('digest', '=', digest).execute();
        }
        await recordChange(transaction, { digests: secrets.map(({ digest }) => digest), orgIds: [] });
      });
      secretsEnded += secrets.length;
    }
  }

  const replayed = { keysRevoked, secretsEnded };
  const audit = describe(replayed);
  if (audit === undefined && !endsSessions) return replayed;
  await transact(writer, async (transaction) => {
    if (endsSessions) for (const table of sessionTables) await transaction.deleteFrom(table).execute();
    if (audit !== undefined) {
      const target = { kind: 'database', id: 'database' };
      const rest = { via: 'restore', address: null, requestId: null, target, orgId: null, before: null } as const;
      await appendAudit(transaction, { ...audit, ...rest });
    }
  });
  return replayed;
}

function* portions<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
