// Commands on tokens, by which programs call the internal listener with less than the operator's permissions.
import { type Actor, auditOf } from '../domain/actor.ts';
import { type ApiKey, keyStatus } from '../domain/api-key.ts';
import type { AuditAction, AuditState } from '../domain/audit-record.ts';
import { tokenPurposes } from '../domain/grant.ts';
import { createRedactor } from '../domain/redaction.ts';
import { digestSecret, generateSecret, hintOf, maskOf } from '../domain/secret.ts';
import { newTokenId, readRights, type TokenRights, tokenFormat, tokenPolicy, writeRights } from '../domain/token.ts';
import { assertNoSecret, checkName } from './display-name.ts';
import { parseInstant } from './instant.ts';
import { apiOf } from './keys/find.ts';
import { endOf, formatEnd } from './keys/secrets.ts';
import { invalidInput, ManagementError, notFound } from './management-error.ts';
import { defaultOverlap, parseOverlap } from './overlap.ts';
import type { ManagementParts } from './parts.ts';
import {
  type CommandOptions,
  type ManagementOperations,
  type NewSecret,
  type Page,
  type PageRequest,
  untilEndedMs,
} from './ports.ts';
import { assertMaySet, assertOperator, namesOf, readActor, tokenNotAllowed } from './rights.ts';

/** The input of `createToken`. */
export interface NewTokenInput {
  readonly name: string;
  /** One of `tokenPurposes`. */
  readonly may: string;
  /** The ids of the APIs that it reaches, at least one. Default: all. Not for `metrics`. */
  readonly apis?: readonly string[] | undefined;
  /** The only organization that it reaches. Default: all. Only for `admin`. */
  readonly orgId?: string | undefined;
  /** Whether it can change nothing. Default: it can. Only for `admin`. */
  readonly isReadOnly?: boolean | undefined;
  /** ISO 8601. `null` or absent: never. */
  readonly expiresAt?: string | null | undefined;
}

/** A token as the operator sees it. */
export interface Token extends Pick<ApiKey, 'id' | 'name' | 'hint' | 'createdAtMs' | 'secretCreatedAtMs'> {
  /** `undefined`: it may do nothing, because this version does not know all of its bounds. */
  readonly rights: TokenRights | undefined;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  /** To the minute. */
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** A token with its secret, which is shown only here and stored nowhere. */
export interface TokenWithSecret {
  readonly token: Token;
  readonly secret: string;
}

type Options = Pick<CommandOptions<never>, 'onHeld'>;
type OnceOptions = Pick<CommandOptions<TokenWithSecret>, 'alongside' | 'onHeld'>;

/**
 * Only the operator token creates, rotates and revokes tokens, so that a leaked token makes no other one. Each change
 * writes its audit entry in its transaction, and resolves when every node applies it. All reject with a
 * `ManagementError` for wrong input.
 */
export interface TokenCommands {
  createToken(actor: Actor, input: NewTokenInput, options?: OnceOptions): Promise<TokenWithSecret>;
  /** Newest first, revoked and expired ones too. */
  listTokens(actor: Actor, page: PageRequest): Promise<Page<Token>>;
  /**
   * Gives the token a new secret. The old one works for `overlap` (`now`, `1h`, `24h`, at most `30d`, `until_ended`;
   * default `24h`), but never beyond the expiry of the token.
   */
  rotateToken(actor: Actor, id: string, overlap?: string, options?: OnceOptions): Promise<TokenWithSecret>;
  /** Revokes the token for good. When it resolves, no node accepts it, on open connections neither. Idempotent. */
  revokeToken(actor: Actor, id: string, options?: Options): Promise<Token>;
}

const maxApis = 100;

export function createTokenCommands(parts: ManagementParts): TokenCommands {
  const { store, apis, coherence, clock, revocations } = parts;
  const redactor = createRedactor(apis.values());

  function checkRights({ may, apis: wanted, orgId, isReadOnly = false }: NewTokenInput): TokenRights {
    const purpose = tokenPurposes.find((each) => each === may);
    if (purpose === undefined) throw invalidInput('may', `must be ${tokenPurposes.join(', ')}`);
    if (wanted !== undefined) {
      if (purpose === 'metrics') throw invalidInput('apis', 'metrics are of all APIs: leave it out');
      if (wanted.length === 0) throw invalidInput('apis', 'is empty: name at least one API, or leave it out for all');
      if (wanted.length > maxApis) throw invalidInput('apis', `may have at most ${maxApis} entries`);
      for (const id of wanted) apiOf({ apis, redactor }, id, 'apis');
    }
    if (orgId !== undefined && purpose !== 'admin') throw invalidInput('org', 'is only for tokens that may admin');
    if (isReadOnly && purpose !== 'admin') throw invalidInput('readOnly', 'is only for tokens that may admin');
    return { may: purpose, apis: wanted === undefined ? 'all' : [...new Set(wanted)], org: orgId, isReadOnly };
  }

  /** Changes one token in a transaction, with its audit entry, and waits until no node uses the old state. */
  async function change<Result>(
    caller: Actor,
    id: string,
    action: Extract<AuditAction, `token.${string}`>,
    { alongside, onHeld }: Pick<CommandOptions<Result>, 'alongside' | 'onHeld'>,
    work: (
      before: ApiKey,
      operations: ManagementOperations,
      nowMs: number,
    ) => Promise<{ readonly result: Result; readonly after?: AuditState }>,
  ): Promise<Result> {
    assertRoot(caller);
    const { forgotten, position, result } = await store.transaction(async (operations) => {
      const nowMs = clock.nowMs();
      const actor = await readActor(caller, operations, nowMs);
      const before = await operations.findToken(id);
      if (before === undefined) throw notFound();
      const { result, after } = await work(before, operations, nowMs);
      await alongside?.(operations, result);
      if (after !== undefined) {
        const entry = { action, target: { kind: 'token', id }, orgId: null, before: null, after } as const;
        await operations.appendAudit(auditOf(actor, nowMs, entry));
      }
      // Also without a change: an earlier one may not apply everywhere yet, if its command was interrupted.
      const forgotten = { digests: await operations.listDigests(id), orgIds: [] };
      return { forgotten, position: await operations.recordChange(forgotten), result };
    });
    const unreached = await coherence.hold(forgotten, position);
    onHeld?.({ position, unreached });
    return result;
  }

  return {
    async createToken(caller, input, { alongside, onHeld } = {}) {
      assertRoot(caller);
      assertMaySet(caller, 'newToken', namesOf(input));
      const name = checkName(input.name, tokenPolicy.name);
      assertNoSecret('name', name, redactor);
      const rights = checkRights(input);
      const { secret, kept } = makeSecret();
      const forgotten = { digests: [kept.digest], orgIds: [] };
      const { token, position } = await store.transaction(async (operations) => {
        const nowMs = clock.nowMs();
        const actor = await readActor(caller, operations, nowMs);
        const expiresAtMs = readExpiry(input.expiresAt, nowMs);
        if (rights.org !== undefined && (await operations.findOrganization(rights.org)) === undefined) {
          throw invalidInput('org', 'no such organization: list the organizations to find its id');
        }
        const scopes = writeRights(rights);
        const fields = { id: newTokenId(), name, createdAtMs: nowMs, expiresAtMs, scopes };
        const token = toToken(await operations.createToken(fields, kept));
        const entry = {
          action: 'token.created',
          target: { kind: 'token', id: token.id },
          orgId: null,
          before: null,
          after: describe(token),
        } as const;
        await operations.appendAudit(auditOf(actor, nowMs, entry));
        await alongside?.(operations, { token, secret });
        return { token, position: await operations.recordChange(forgotten) };
      });
      const unreached = await coherence.hold(forgotten, position);
      onHeld?.({ position, unreached });
      return { token, secret };
    },

    async listTokens(actor, page) {
      assertOperator(actor, 'read');
      const { items, nextCursor } = await store.listTokens(page);
      return { items: items.map(toToken), nextCursor };
    },

    async rotateToken(caller, id, overlap = defaultOverlap, options = {}) {
      const overlapMs = parseOverlap(overlap);
      return change<TokenWithSecret>(caller, id, 'token.rotated', options, async (before, operations, nowMs) => {
        const status = keyStatus(before, nowMs);
        if (status !== 'active') {
          throw new ManagementError('key_not_active', `The token is ${status}: create a new one.`);
        }
        const { secret, kept } = makeSecret();
        const endsAtMs = endOf(overlapMs, nowMs, before);
        const earlier = (await operations.listSecrets(id)).filter((each) => (each.endsAtMs ?? untilEndedMs) > endsAtMs);
        await revocations.append(earlier.map(({ digest }) => ({ at: nowMs, secret: digest, endsAt: endsAtMs })));
        const rotated = await operations.rotateKey(id, kept, endsAtMs, nowMs);
        if (rotated === undefined) throw notFound();
        const token = toToken(rotated.key);
        const after = { name: token.name, masked: maskOf(token.hint), earlierSecretsEndAt: formatEnd(endsAtMs) };
        return { result: { token, secret }, after };
      });
    },

    revokeToken: (caller, id, options = {}) =>
      change<Token>(caller, id, 'token.revoked', options, async (before, operations, nowMs) => {
        if (before.revokedAtMs !== null) return { result: toToken(before) };
        await revocations.append([{ at: nowMs, key: id }]);
        const revoked = await operations.revokeKey(id, nowMs);
        if (revoked === undefined) throw notFound();
        return { result: toToken(revoked.key), after: { name: before.name, masked: maskOf(before.hint) } };
      }),
  };
}

/** Throws `token_not_allowed` for anyone but the holder of the operator token. */
function assertRoot(actor: Actor): void {
  if (actor.kind === 'operator' && actor.token === undefined) return;
  throw tokenNotAllowed('makes, rotates and revokes no tokens', 'send the operator token');
}

function makeSecret(): { readonly secret: string; readonly kept: NewSecret } {
  const secret = generateSecret(tokenFormat, 'live');
  return { secret, kept: { digest: digestSecret(secret), hint: hintOf(secret, tokenFormat) } };
}

function readExpiry(text: string | null | undefined, nowMs: number): number | null {
  if (text === null || text === undefined) return null;
  const expiresAtMs = parseInstant('expiresAt', text);
  if (expiresAtMs <= nowMs) throw invalidInput('expiresAt', 'must be in the future');
  return expiresAtMs;
}

function toToken({ restrictions, ...key }: ApiKey): Token {
  const { id, name, hint, createdAtMs, secretCreatedAtMs, expiresAtMs, revokedAtMs } = key;
  const { lastUsedAtMs, lastUsedAddress } = key;
  const dates = { createdAtMs, secretCreatedAtMs, expiresAtMs, revokedAtMs, lastUsedAtMs, lastUsedAddress };
  return { id, name, hint, rights: readRights(restrictions.scopes), ...dates };
}

/** The state of a new token for the audit log. */
function describe({ name, hint, rights, expiresAtMs }: Token): AuditState {
  const expiresAt = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
  return {
    name,
    may: rights?.may,
    apis: rights?.apis,
    org: rights?.org ?? null,
    readOnly: rights?.isReadOnly,
    masked: maskOf(hint),
    expiresAt,
  };
}
