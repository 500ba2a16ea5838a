// Decides again about an allowed request that is still open: the same checks, without counting, charging or recording.
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import type { EngineParts } from './authorize.ts';
import { runChecks } from './checks.ts';
import type { VerificationKey } from './verification-key.ts';

/**
 * An allowed request, with the organization for which it was allowed and the digest of its secret. Both are empty for a
 * request that needs no key.
 */
export interface AllowedRequest {
  readonly facts: RequestFacts;
  readonly orgId: string;
  readonly digest: string;
}

/** Decides again about open requests of one API. It ignores limits, because each request was counted already. */
export interface Recheck {
  /** Decides from memory. `undefined`: the request may continue. `unknown`: the store must decide. */
  byMemory(request: AllowedRequest): Reason | 'unknown' | undefined;
  /** The same from the store. Rejects when the store fails. */
  byStore(request: AllowedRequest): Promise<Reason | undefined>;
}

/** Ends every open request: the API is no longer configured. */
export const recheckOfRemovedApi: Recheck = { byMemory: () => 'unavailable', byStore: async () => 'unavailable' };

/** What a recheck needs. */
export interface RecheckParts extends Pick<EngineParts, 'keys' | 'clock'> {
  /** Whether a request needs no key. */
  readonly isPublic: ((facts: RequestFacts) => boolean) | undefined;
}

/**
 * Compiles the recheck for one API. It shares the key source of `authorize`, so both know a change at the same time.
 */
export function createRecheck(api: ProtectedApi, { keys, clock, isPublic }: RecheckParts): Recheck {
  function check(key: VerificationKey | undefined, { facts, orgId }: AllowedRequest): Reason | undefined {
    if (key === undefined || key.apiId !== api.id) return 'key_unknown';
    // The upstream serves the request for an organization that no longer has the key. A new one gets the right one.
    if (key.orgId !== orgId) return 'unavailable';
    return runChecks(key, facts, api.policy, clock.nowMs());
  }

  return {
    byMemory(request) {
      if (request.digest === '') return isPublic?.(request.facts) === true ? undefined : 'credential_missing';
      const key = keys.get(request.digest);
      return key === undefined ? 'unknown' : check(key, request);
    },
    // No client is charged: this one paid for the first look-up, and another client's flood must not end its request.
    byStore: async (request) => check(await keys.load(request.digest), request),
  };
}
