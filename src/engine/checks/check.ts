// The type of a check.
import type { Policy } from '../../domain/protected-api.ts';
import type { RequestFacts } from '../../domain/request-facts.ts';
import type { Reason } from '../../domain/verdict.ts';
import type { VerificationKey } from '../verification-key.ts';

/** A pure function: the reason to refuse, or `undefined` when there is none. */
export type Check = (key: VerificationKey, facts: RequestFacts, policy: Policy, nowMs: number) => Reason | undefined;
