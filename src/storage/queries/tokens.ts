// Queries on tokens: keys of Miftah itself, which no other query lists or finds by id.
import type { ExpressionBuilder, Kysely } from 'kysely';
import { noAnnotations } from '../../domain/annotations.ts';
import type { ApiKey } from '../../domain/api-key.ts';
import { systemOrgId, tokenApiId } from '../../domain/token.ts';
import type { NewSecret, NewToken, Page, PageRequest, TokenUse } from '../../management/ports.ts';
import type { Database } from '../schema.ts';
import { createKey, readKey, selectKeys } from './api-keys.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { toOrganizationRow } from './organizations.ts';

/** The condition that a row is a token. */
export function isToken({ eb }: ExpressionBuilder<Database, 'api_keys'>) {
  return eb('api_keys.api_id', '=', tokenApiId);
}

/** Inserts the token and its first secret, and with the first token of a database the organization that owns tokens. */
export async function createToken(db: Kysely<Database>, token: NewToken, secret: NewSecret): Promise<ApiKey> {
  const owner = toOrganizationRow({
    id: systemOrgId,
    name: 'Miftah',
    kinds: ['system'],
    status: 'active',
    suspendedApis: [],
    grantedLimits: new Map(),
    ...noAnnotations,
    createdAtMs: token.createdAtMs,
  });
  await db
    .insertInto('organizations')
    .values(owner)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  const { scopes, ...fields } = token;
  return createKey(
    db,
    {
      ...fields,
      ...noAnnotations,
      apiId: tokenApiId,
      orgId: systemOrgId,
      environment: 'live',
      restrictions: { addresses: [], referrers: [], endpoints: [], scopes },
      rateLimits: [],
      grantedLimits: null,
      metadata: { name: token.name },
    },
    secret,
  );
}

/** The token, revoked or not. */
export async function findToken(db: Kysely<Database>, id: string): Promise<ApiKey | undefined> {
  const row = await selectKeys(db).where('api_keys.id', '=', id).where(isToken).executeTakeFirst();
  return row && readKey(row);
}

/** A page of tokens, newest first, revoked ones too. Rejects with `cursor_invalid`. */
export async function listTokens(db: Kysely<Database>, { limit, cursor }: PageRequest): Promise<Page<ApiKey>> {
  let query = selectKeys(db)
    .where(isToken)
    .orderBy('api_keys.seq', 'desc')
    .limit(limit + 1);
  if (cursor !== undefined) query = query.where('api_keys.seq', '<', parseCursor(cursor, 1)[0] as number);
  const rows = await query.execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(readKey),
    nextCursor: last === undefined ? null : formatCursor(last.seq),
  };
}

/** Moves the last use of the token forward. */
export async function noteTokenUse(db: Kysely<Database>, { keySeq, atMs, address }: TokenUse): Promise<void> {
  await db
    .insertInto('key_last_used')
    .values({ key_seq: keySeq, at: atMs, address })
    .onConflict((conflict) =>
      conflict.column('key_seq').doUpdateSet({ at: atMs, address }).where('key_last_used.at', '<', atMs),
    )
    .execute();
}
