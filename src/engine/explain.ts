// Explains why a request would be allowed or refused: every check with its outcome. It counts and records nothing.
import { digestImported, fitsImported } from '../domain/imported-secret.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { digestSecret, hasChecksum, inspectSecret } from '../domain/secret.ts';
import type { Reason, Verdict } from '../domain/verdict.ts';
import type { EngineParts } from './authorize.ts';
import { checks } from './checks.ts';
import { createExtractor, unpresentedReasons } from './extract.ts';
import type { VerificationKey } from './verification-key.ts';

/** One row of an explanation. `not_reached`: an earlier row failed that this one needs. */
export interface CheckOutcome {
  readonly name: string;
  readonly outcome: 'passed' | 'refused' | 'not_reached';
  readonly reason: Reason | undefined;
}

export interface Explanation {
  /** The kind and reason that `authorize` would return now. The key and the rate are set whenever they are known. */
  readonly verdict: Verdict;
  /** All checks in order. Several may refuse; the verdict has the first reason. */
  readonly checks: readonly CheckOutcome[];
}

/**
 * Explains a request of one API. Counts and records nothing. Rejects when the store or the limiter fails.
 *
 * @param digest the digest of a secret, to explain a request for a key without knowing its secret. The headers are then
 * not searched for a secret, and the rows about its form are left out.
 */
export type Explain = (facts: RequestFacts, digest?: string) => Promise<Explanation>;

/** Compiles the explanation for one API. It takes all steps of `authorize`, not only those up to the first refusal. */
export function createExplain(api: ProtectedApi, parts: Pick<EngineParts, 'keys' | 'limiter' | 'clock'>): Explain {
  const extract = createExtractor(api);
  const { policy } = api;

  return async function explain(facts, knownDigest) {
    const outcomes: CheckOutcome[] = [];
    const note = (name: string, reason: Reason | undefined) =>
      outcomes.push({ name, outcome: reason === undefined ? 'passed' : 'refused', reason });

    const { digest, shape } = knownDigest === undefined ? read(facts, note) : { digest: knownDigest, shape: undefined };
    const key = digest === undefined ? undefined : await findKey(digest);
    if (digest !== undefined) note('known', key === undefined ? 'key_unknown' : undefined);
    if (key !== undefined) {
      const nowMs = parts.clock.nowMs();
      for (const { name, check } of checks) note(name, check(key, facts, policy, nowMs));
    }
    const firstReason = outcomes.find((row) => row.reason !== undefined)?.reason;
    const rate =
      key === undefined || key.rateLimits.length === 0
        ? undefined
        : await parts.limiter.peek(key, key.rateLimits, parts.clock.nowMs());
    if (key !== undefined) note('rate limit', rate?.isAdmitted === false ? 'rate_limited' : undefined);

    const reached = new Set(outcomes.map((row) => row.name));
    for (const name of [shape, 'known', ...checks.map((row) => row.name), 'rate limit']) {
      if (name !== undefined && !reached.has(name)) outcomes.push({ name, outcome: 'not_reached', reason: undefined });
    }
    const reason = firstReason ?? (rate?.isAdmitted === false ? 'rate_limited' : undefined);
    return { verdict: conclude(reason, key, digest, rate?.state), checks: outcomes };
  };

  /** The digest of the sent secret, and the name of its row about the form. No digest: it is missing or malformed. */
  function read(facts: RequestFacts, note: (name: string, reason: Reason | undefined) => void) {
    const credential = extract(facts.rawHeaders, facts.query);
    const secret = credential.kind === 'presented' ? credential.secret : undefined;
    note('credential', credential.kind === 'presented' ? undefined : unpresentedReasons[credential.kind]);
    const digest = secret === undefined ? undefined : digestOf(secret, api);
    const isImported = digest !== undefined && inspectSecret(secret as string, api.secret) === undefined;
    const shape = isImported ? 'imported format' : hasChecksum(api.secret) ? 'checksum' : 'format';
    if (secret !== undefined) note(shape, digest === undefined ? 'credential_malformed' : undefined);
    return { digest, shape };
  }

  async function findKey(digest: string): Promise<VerificationKey | undefined> {
    const key = parts.keys.get(digest) ?? (await parts.keys.load(digest));
    return key?.apiId === api.id ? key : undefined;
  }
}

/** The digest to look up. `undefined`: the secret has neither the API's own format nor the imported one. */
function digestOf(secret: string, { secret: format, imported }: ProtectedApi): string | undefined {
  if (inspectSecret(secret, format) !== undefined) return digestSecret(secret);
  if (imported === undefined || !fitsImported(secret, imported)) return undefined;
  return digestImported(secret, imported.algorithm);
}

function conclude(
  reason: Reason | undefined,
  key: VerificationKey | undefined,
  digest: string | undefined,
  rate: Verdict['rate'],
): Verdict {
  if (reason !== undefined) return { kind: 'refused', reason, key, rate };
  if (key === undefined || digest === undefined) throw new TypeError('an explanation without a key must have a reason');
  return { kind: 'allowed', key, digest, rate, referrers: key.referrers };
}
