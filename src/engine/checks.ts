// The ordered table of checks that a known key must pass, cheapest and most telling first.
import type { Policy } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import { checkAddress } from './checks/address.ts';
import type { Check } from './checks/check.ts';
import { checkEndpoint } from './checks/endpoint.ts';
import { checkEnvironment } from './checks/environment.ts';
import { checkExpiry } from './checks/expiry.ts';
import { checkOrganization } from './checks/organization.ts';
import { checkReferrer } from './checks/referrer.ts';
import { checkScope } from './checks/scope.ts';
import { checkStatus } from './checks/status.ts';
import type { VerificationKey } from './verification-key.ts';

/** A new check is one file and one row here. */
export const checks: readonly { readonly name: string; readonly check: Check }[] = [
  { name: 'organization', check: checkOrganization },
  { name: 'status', check: checkStatus },
  { name: 'expiry', check: checkExpiry },
  { name: 'environment', check: checkEnvironment },
  { name: 'address', check: checkAddress },
  { name: 'referrer', check: checkReferrer },
  { name: 'endpoint', check: checkEndpoint },
  { name: 'scope', check: checkScope },
];

/** The first reason to refuse, in the order of the table. */
export function runChecks(
  key: VerificationKey,
  facts: RequestFacts,
  policy: Policy,
  nowMs: number,
): Reason | undefined {
  for (let at = 0; at < checks.length; at++) {
    const reason = (checks[at] as (typeof checks)[number]).check(key, facts, policy, nowMs);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
