// The ordered table of checks that a known key must pass: the cheapest and most informative first.
import type { Policy } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import { checkAddress } from './checks/address.ts';
import type { Check } from './checks/check.ts';
import { checkEndpoint } from './checks/endpoint.ts';
import { checkEnvironment } from './checks/environment.ts';
import { checkExpiry } from './checks/expiry.ts';
import { checkOrganization } from './checks/organization.ts';
import { checkPath } from './checks/path.ts';
import { checkReferrer } from './checks/referrer.ts';
import { checkScope } from './checks/scope.ts';
import { checkStatus } from './checks/status.ts';
import type { VerificationKey } from './verification-key.ts';

/** A new check is one file, one row here and one in `runChecks`. */
export const checks = [
  { name: 'status', check: checkStatus },
  { name: 'organization', check: checkOrganization },
  { name: 'expiry', check: checkExpiry },
  { name: 'environment', check: checkEnvironment },
  { name: 'address', check: checkAddress },
  { name: 'referrer', check: checkReferrer },
  { name: 'path', check: checkPath },
  { name: 'endpoint', check: checkEndpoint },
  { name: 'scope', check: checkScope },
] as const satisfies readonly { readonly name: string; readonly check: Check }[];

export type CheckName = (typeof checks)[number]['name'];

/**
 * The first reason to refuse, in the order of the table. The calls are written out because a loop over nine functions
 * can't be inlined, which costs a twentieth of the whole decision. `checks.test.ts` compares both orders.
 */
export function runChecks(
  key: VerificationKey,
  facts: RequestFacts,
  policy: Policy,
  nowMs: number,
): Reason | undefined {
  return (
    checkStatus(key, facts, policy, nowMs) ??
    checkOrganization(key, facts, policy, nowMs) ??
    checkExpiry(key, facts, policy, nowMs) ??
    checkEnvironment(key, facts, policy, nowMs) ??
    checkAddress(key, facts, policy, nowMs) ??
    checkReferrer(key, facts, policy, nowMs) ??
    checkPath(key, facts, policy, nowMs) ??
    checkEndpoint(key, facts, policy, nowMs) ??
    checkScope(key, facts, policy, nowMs)
  );
}
