// A person's session, role and operator status, and the state of a token, read for the transaction of a change.
import type { Kysely } from 'kysely';
import type { Standing, StandingQuery } from '../../domain/standing.ts';
import type { Database } from '../schema.ts';
import { readRole } from './records.ts';
import { isToken } from './tokens.ts';

/**
 * Reads the rows, which stay unchanged until the transaction ends. PostgreSQL takes row locks for this: sign-in and
 * other programs end sessions without the lock that Miftah's changes take. The lock on a session still allows updates
 * of its last use.
 */
export async function findStanding(
  db: Kysely<Database>,
  { personId, sessionId, orgId }: StandingQuery,
  nowMs: number,
): Promise<Standing> {
  const isSignedIn = sessionId === null || (await isAlive(db, personId, sessionId, nowMs));
  const operator = db.selectFrom('operators').select('person_id').where('person_id', '=', personId).forShare();
  const isOperator = (await operator.executeTakeFirst()) !== undefined;
  const role = orgId === undefined ? undefined : await findRole(db, personId, orgId);
  return { isSignedIn, isOperator, role };
}

/** Whether the token exists and is neither revoked nor expired. */
export async function isTokenInForce(db: Kysely<Database>, id: string, nowMs: number): Promise<boolean> {
  const token = db
    .selectFrom('api_keys')
    .select('id')
    .where('id', '=', id)
    .where(isToken)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]))
    .forShare();
  return (await token.executeTakeFirst()) !== undefined;
}

async function isAlive(db: Kysely<Database>, personId: string, sessionId: string, nowMs: number): Promise<boolean> {
  const session = db
    .selectFrom('auth_session')
    .select('id')
    .where('id', '=', sessionId)
    .where('userId', '=', personId)
    .where('expiresAt', '>', new Date(nowMs).toISOString())
    .forKeyShare();
  return (await session.executeTakeFirst()) !== undefined;
}

async function findRole(db: Kysely<Database>, personId: string, orgId: string): Promise<Standing['role']> {
  const membership = db
    .selectFrom('members')
    .select('role')
    .where('org_id', '=', orgId)
    .where('person_id', '=', personId)
    .forShare();
  const row = await membership.executeTakeFirst();
  return row && readRole(row.role);
}
