// Checks of permissions on organizations and keys.
import type { Actor, OperatorActor } from '../domain/actor.ts';
import { reachesApi, type TokenGrant } from '../domain/grant.ts';
import {
  type Action,
  type FieldOf,
  fieldRights,
  leastRole,
  type Resource,
  type Right,
  type RightsOf,
} from '../domain/rights.ts';
import { isAtLeast } from '../domain/role.ts';
import { actorNow, type StandingReader } from '../domain/standing.ts';
import { ManagementError, notFound } from './management-error.ts';

/** The operator of a program that uses Miftah as a library. */
export const libraryOperator: OperatorActor = { kind: 'operator', via: 'library', address: null, requestId: null };

/**
 * Passes when `actor` may do `action` in the organization. Throws `not_found` for a member or key of another one, and
 * for a token that does not reach it, as if it did not exist. Throws `not_permitted` for a role that is too low, and
 * `token_not_allowed` for a change with a token that can only read. Keys of the organization pass; their policy
 * (`selfService`) decides elsewhere.
 */
export function assertMayIn(actor: Actor, orgId: string, action: Action): void {
  if (actor.kind === 'operator') {
    if (actor.token === undefined) return;
    const { may, apis, org, isReadOnly } = actor.token;
    if (may !== 'admin') throw tokenNotAllowed('is not for the admin API');
    if (org !== undefined && org !== orgId) throw notFound();
    if (isReadOnly && !action.endsWith('.read')) throw tokenNotAllowed('can only read');
    // Keys have an API, which `assertReachesApi` checks. An organization has none.
    if (action === 'org.read' && apis !== 'all') throw tokenNotAllowed('reaches keys of some APIs only');
    if (action === 'org.rename') assertOperator(actor);
    return;
  }
  if (actor.orgId !== orgId) throw notFound();
  if (actor.kind === 'key') return;
  if (!isAtLeast(actor.role, leastRole[action])) {
    throw new ManagementError(
      'not_permitted',
      `Your role here is ${actor.role}; this requires ${leastRole[action]}. Ask an owner or admin of the organization.`,
    );
  }
}

/** Passes when a token of `actor` reaches keys of the API, or when `actor` has no token. Throws `not_found`. */
export function assertReachesApi(actor: Actor, apiId: string): void {
  if (actor.kind === 'operator' && actor.token !== undefined && !reachesApi(actor.token, apiId)) throw notFound();
}

/**
 * Passes only for operators. If they act with a token, it must reach everything and, to change something, not be
 * read-only. Throws `not_permitted` or `token_not_allowed`.
 */
export function assertOperator(actor: Actor, access: 'read' | 'change' = 'change'): void {
  if (actor.kind === 'operator') {
    const { token } = actor;
    if (token === undefined) return;
    if (token.may !== 'admin') throw tokenNotAllowed('is not for the admin API');
    if (token.isReadOnly && access === 'change') throw tokenNotAllowed('can only read');
    if (!isUnlimited(token)) throw tokenNotAllowed('reaches some APIs or one organization only');
    return;
  }
  throw new ManagementError('not_permitted', 'Only the operator may do this.');
}

/** Whether the token reaches every API and every organization. */
export function isUnlimited({ apis, org }: Pick<TokenGrant, 'apis' | 'org'>): boolean {
  return apis === 'all' && org === undefined;
}

/**
 * Passes when a list is narrowed to what a token of `actor` reaches, or when `actor` has no token. Throws
 * `token_not_allowed`, which says what to ask for.
 */
export function assertNarrowed(
  actor: Actor,
  { apiId, orgId }: { readonly apiId?: string | undefined; readonly orgId?: string | undefined },
): void {
  if (actor.kind !== 'operator' || actor.token === undefined) return;
  const { apis, org } = actor.token;
  if (apis !== 'all' && (apiId === undefined || !apis.includes(apiId)))
    throw tokenNotAllowed('reaches some APIs only', `name one of them as api: ${apis.join(', ')}`);
  if (org !== undefined && orgId !== org)
    throw tokenNotAllowed('reaches one organization only', `name it as org: ${org}`);
}

/** The error for a token that allows less. `lack` continues "This token". */
export function tokenNotAllowed(lack: string, fix = 'send a token that allows this'): ManagementError {
  return new ManagementError('token_not_allowed', `This token ${lack}: ${fix}.`);
}

/**
 * The actor at the moment of the change. A transaction reads it first, and checks its permissions again. Throws
 * `not_signed_in` or `not_found` for a person who lost their session, membership or permissions meanwhile.
 */
export async function readActor<Who extends Actor>(
  actor: Who,
  operations: StandingReader,
  nowMs: number,
): Promise<Who> {
  const now = await actorNow(actor, operations, nowMs);
  if (now === 'not_found') throw notFound();
  if (now === 'not_signed_in') throw new ManagementError('not_signed_in', 'The session has ended: sign in again.');
  return now;
}

function rightOf<Of extends Resource>(actor: Actor, resource: Of, field: FieldOf<Of>): Right {
  const fields: Readonly<Record<string, RightsOf>> = fieldRights[resource];
  const right = fields[field]?.[actor.kind === 'member' ? actor.role : actor.kind];
  // JavaScript callers can pass any word as a role.
  return right === 'sets' || right === 'tightens' ? right : 'never';
}

/** Whether `actor` may set the field beyond what is granted. */
export function mayExceed<Of extends Resource>(actor: Actor, resource: Of, field: FieldOf<Of>): boolean {
  return rightOf(actor, resource, field) === 'sets';
}

/** Throws `not_permitted` for the first of `fields` that `actor` may not set. Call it after `assertMayIn`. */
export function assertMaySet<Of extends Resource>(actor: Actor, resource: Of, fields: readonly FieldOf<Of>[]): void {
  const refused = fields.find((field) => rightOf(actor, resource, field) === 'never');
  if (refused === undefined) return;
  throw new ManagementError('not_permitted', `${refused}: only the operator may set this.`);
}

/** The names of the members that an input sets. */
export function namesOf<Input extends object>(input: Input): readonly (keyof Input & string)[] {
  return (Object.keys(input) as (keyof Input & string)[]).filter((name) => input[name] !== undefined);
}
