// Whether a request that was let through would still be: the same checks again, without counting, charging or recording.
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import type { EngineParts } from './authorize.ts';
import { runChecks } from './checks.ts';
import type { VerificationKey } from './verification-key.ts';

/** What was let through, with which secret, and on whose behalf. */
export interface Granted {
  readonly facts: RequestFacts;
  readonly orgId: string;
  readonly digest: string;
}

/** Decides again about requests of one API that are still open. Limits are not looked at: they were paid at the beginning. */
export interface Recheck {
  /** By memory alone: the reason to end it, `undefined` when it may go on, `unknown` when the store must be asked. */
  byMemory(granted: Granted): Reason | 'unknown' | undefined;
  /** The same by the store. Rejects when it can't tell. */
  byStore(granted: Granted): Promise<Reason | undefined>;
}

/** Compiles the second decision for one API, over the key source of the first: so it knows of a change as soon as that does. */
export function createRecheck(api: ProtectedApi, { keys, clock }: Pick<EngineParts, 'keys' | 'clock'>): Recheck {
  function check(key: VerificationKey | undefined, { facts, orgId }: Granted): Reason | undefined {
    if (key === undefined || key.apiId !== api.id) return 'key_unknown';
    // The upstream serves it as another organization's, which no longer has the key. A new request names the right one.
    if (key.orgId !== orgId) return 'unavailable';
    return runChecks(key, facts, api.policy, clock.nowMs());
  }

  return {
    byMemory(granted) {
      const key = keys.get(granted.digest);
      return key === undefined ? 'unknown' : check(key, granted);
    },
    // No client is charged: it paid for the first look-up, and a flood of others' must not end this request.
    byStore: async (granted) => check(await keys.load(granted.digest), granted),
  };
}
