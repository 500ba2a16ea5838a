// Counts refused requests against their client's address.
import { clientGroupOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import type { ProtectedApi } from '../domain/protected-api.ts';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { LimitDecision, Limiter } from './ports.ts';

/**
 * Counts one refused request against its client: an IPv4 address or an IPv6 /64. All clients with an unknown address
 * are one client. `undefined` when the policy does not count refused requests. Rejects or throws when the limiter can't
 * count.
 */
export type ChargeClient = (facts: RequestFacts) => LimitDecision | Promise<LimitDecision> | undefined;

/** Compiles the charge for one API. */
export function createClientCharge(
  api: ProtectedApi,
  parts: { readonly clientLimiter: Limiter; readonly clock: Clock },
): ChargeClient {
  const { countsRefusals, rateLimits } = api.policy;
  if (!countsRefusals || rateLimits.length === 0) return () => undefined;
  return function chargeClient({ clientAddress }) {
    const client = clientAddress === undefined ? 'unknown' : clientGroupOf(clientAddress);
    return parts.clientLimiter.take({ id: `${api.id} ${client}`, counter: undefined }, rateLimits, parts.clock.nowMs());
  };
}
