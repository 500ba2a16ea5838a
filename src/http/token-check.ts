// Checks tokens of the internal listener, as decisions check keys: in memory, which forgets what a change made wrong.
import type { Clock } from '../domain/clock.ts';
import type { Grant, TokenGrant } from '../domain/grant.ts';
import { readRights, tokenApiId } from '../domain/token.ts';
import { type KeySource, LookUpRefused } from '../engine/key-cache.ts';
import { RecentMap } from '../engine/recent-map.ts';
import type { VerificationKey } from '../engine/verification-key.ts';
import type { ManagementStore } from '../management/ports.ts';
import { describeProblem, type ProblemDetails, problemOfError } from './wire/problem.ts';

/** What the check needs. */
export interface TokenCheckParts {
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly noteTokenUse: ManagementStore['noteTokenUse'];
  /** Called with failures of the store, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** The answer to a token: why it does not count, or its grant. */
export type TokenAnswer =
  | { readonly problem: ProblemDetails; readonly grant?: undefined }
  | { readonly problem?: undefined; readonly grant: Grant };

/**
 * Answers the token with this digest: at once if it is in memory, else with a promise. Never rejects. After a token was
 * revoked, no call answers with its grant.
 */
export type CheckToken = (digest: string, client: string | undefined) => TokenAnswer | Promise<TokenAnswer>;

export const wrongToken: TokenAnswer = {
  problem: describeProblem('unauthenticated', 'This server knows no such token, or it was revoked or has expired.'),
};
const tooManyUnknown: TokenAnswer = {
  problem: describeProblem('unavailable', 'Too many unknown tokens came from this address. Try again shortly.'),
};
const rightsUnknown: TokenAnswer = {
  problem: describeProblem(
    'token_not_allowed',
    'This version of Miftah does not know all bounds of this token: create another token, or update this server.',
  ),
};

/** How exact the last use of a token is. A write for each call would cost more than the call. */
const notedEveryMs = 60_000;

/** Creates the check. It notes the last use of each token, at most once a minute. */
export function createTokenCheck({ keys, clock, noteTokenUse, onFault }: TokenCheckParts): CheckToken {
  const answers = new WeakMap<VerificationKey, TokenAnswer>();
  const notedAtMs = new RecentMap<number>(1000);

  function answer(key: VerificationKey | undefined, client: string | undefined): TokenAnswer {
    if (key === undefined || key.apiId !== tokenApiId) return wrongToken;
    const nowMs = clock.nowMs();
    if (key.isRevoked || key.isDisabled || key.isOrgSuspended || key.expiresAtMs <= nowMs) return wrongToken;
    note(key, nowMs, client);
    let known = answers.get(key);
    if (known === undefined) {
      known = toAnswer(key);
      answers.set(key, known);
    }
    return known;
  }

  function note({ id, seq: keySeq }: VerificationKey, atMs: number, client: string | undefined): void {
    const noted = notedAtMs.get(id);
    if (noted !== undefined && atMs - noted < notedEveryMs) return;
    notedAtMs.set(id, atMs);
    noteTokenUse({ keySeq, atMs, address: client ?? null }).catch(onFault);
  }

  function fail(error: unknown): TokenAnswer {
    if (error instanceof LookUpRefused) return tooManyUnknown;
    onFault(error);
    return { problem: problemOfError(error) };
  }

  return function checkToken(digest, client) {
    const key = keys.get(digest);
    if (key !== undefined) return answer(key, client);
    return keys.load(digest, { clientAddress: client }).then((loaded) => answer(loaded, client), fail);
  };
}

function toAnswer({ id, scopes, metadata }: VerificationKey): TokenAnswer {
  const rights = readRights(scopes);
  if (rights === undefined) return rightsUnknown;
  const grant: TokenGrant = { kind: 'token', id, name: metadata.name ?? id, ...rights };
  return { grant: Object.freeze(grant) };
}
