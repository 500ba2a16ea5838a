// The whole decision about one request.

import type { Clock } from '../domain/clock.ts';
import { digestImported, fitsImported } from '../domain/imported-secret.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RateState } from '../domain/rate-limit.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import { digestSecret, inspectSecret } from '../domain/secret.ts';
import type { Reason, Verdict } from '../domain/verdict.ts';
import { runChecks } from './checks.ts';
import type { ChargeClient } from './client-charge.ts';
import { createExtractor, unpresentedReasons } from './extract.ts';
import { type KeySource, LookUpRefused } from './key-cache.ts';
import type { LimitDecision, Limiter } from './ports.ts';
import type { VerificationKey } from './verification-key.ts';

/** The parts that every decision shares. */
export interface EngineParts {
  readonly keys: KeySource;
  /** Counts the requests of keys. */
  readonly limiter: Limiter;
  /** Counts refused requests by client address. */
  readonly chargeClient: ChargeClient;
  readonly clock: Clock;
  /**
   * Called with the error when no decision was possible, for the log. The caller sees `unavailable`. Must not throw.
   */
  readonly onFault: (error: unknown) => void;
}

/**
 * Decides about one request. Returns the verdict at once when the key is in memory and the limiter counts in process,
 * else a promise. Never rejects: if no decision is possible, the request is refused as `unavailable`. Safe
 * concurrently.
 */
export type Authorize = (facts: RequestFacts) => Verdict | Promise<Verdict>;

/** Compiles the decision for one API. */
export function createAuthorize(api: ProtectedApi, parts: EngineParts): Authorize {
  const { keys, limiter, chargeClient, clock, onFault } = parts;
  const { policy, imported } = api;
  const extract = createExtractor(api);

  function authorize(facts: RequestFacts): Verdict | Promise<Verdict> {
    const credential = extract(facts.rawHeaders, facts.query);
    if (credential.kind !== 'presented') return refuse(unpresentedReasons[credential.kind], undefined, facts);

    const { secret } = credential;
    if (secret.length !== api.secret.length) return authorizeImported(secret, facts);

    const digest = digestSecret(secret);
    const key = keys.get(digest);
    // No checksum is needed here: it was checked before the key was loaded.
    if (key !== undefined && key.apiId === api.id) return decide(key, digest, facts);

    // Typing errors and noise end here, before any I/O.
    if (inspectSecret(secret, api.secret) === undefined) return authorizeImported(secret, facts);
    if (key !== undefined) return refuse('key_unknown', undefined, facts);
    return load(digest, facts);
  }

  /** Decides about a secret that is not in the API's own format. Another system may have issued it. */
  function authorizeImported(secret: string, facts: RequestFacts): Verdict | Promise<Verdict> {
    if (imported === undefined || !fitsImported(secret, imported)) {
      return refuse('credential_malformed', undefined, facts);
    }
    const digest = digestImported(secret, imported.algorithm);
    const key = keys.get(digest);
    return key === undefined ? load(digest, facts) : decide(key, digest, facts);
  }

  function load(digest: string, facts: RequestFacts): Promise<Verdict> {
    return keys.load(digest, facts).then(
      (loaded) => decide(loaded, digest, facts),
      (error: unknown) => {
        if (error instanceof LookUpRefused) return refuse('rate_limited', undefined, facts);
        onFault(error);
        return refuse('unavailable', undefined, facts);
      },
    );
  }

  function decide(key: VerificationKey | undefined, digest: string, facts: RequestFacts): Verdict | Promise<Verdict> {
    if (key === undefined || key.apiId !== api.id) return refuse('key_unknown', undefined, facts);

    const nowMs = clock.nowMs();
    const reason = runChecks(key, facts, policy, nowMs);
    if (reason !== undefined) return refuse(reason, key, facts);

    // Limits come last, all or none, so a refused request costs no quota.
    if (key.rateLimits.length === 0) return allow(key, digest, undefined);
    try {
      const taken = limiter.take(key, key.rateLimits, nowMs);
      return taken instanceof Promise
        ? taken.then((late) => admit(key, digest, late), giveUp)
        : admit(key, digest, taken);
    } catch (error) {
      return giveUp(error);
    }
  }

  /** Refuses. If the policy says so, the request counts against its client's address, which may make it a 429. */
  function refuse(reason: Reason, key: VerificationKey | undefined, facts: RequestFacts): Verdict | Promise<Verdict> {
    try {
      const taken = chargeClient(facts);
      if (taken === undefined) return refused(reason, key, undefined);
      return taken instanceof Promise
        ? taken.then((late) => refuseCounted(reason, key, late), giveUp)
        : refuseCounted(reason, key, taken);
    } catch (error) {
      return giveUp(error);
    }
  }

  function giveUp(error: unknown): Verdict {
    onFault(error);
    return refused('unavailable', undefined, undefined);
  }

  return authorize;
}

function admit(key: VerificationKey, digest: string, taken: LimitDecision): Verdict {
  return taken.isAdmitted ? allow(key, digest, taken.state) : refused('rate_limited', key, taken.state);
}

function allow(key: VerificationKey, digest: string, rate: RateState | undefined): Verdict {
  return { kind: 'allowed', key, digest, rate, referrers: key.referrers };
}

function refuseCounted(reason: Reason, key: VerificationKey | undefined, taken: LimitDecision): Verdict {
  return refused(taken.isAdmitted ? reason : 'rate_limited', key, taken.state);
}

function refused(reason: Reason, key: VerificationKey | undefined, rate: RateState | undefined): Verdict {
  return { kind: 'refused', reason, key, rate };
}
