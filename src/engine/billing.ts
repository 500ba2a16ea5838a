// Decides when a request is recorded whether it is billed, because usage keeps no method.
import type { Environment } from '../domain/api-key.ts';
import { type BillableEnd, type BillingPolicy, billableEnds, findUse, type Use } from '../domain/use.ts';

/** Returns the use of an allowed request that ended in this way. */
export type UseOf = (end: BillableEnd, environment: Environment, method: string) => Use;

/** Prepares a policy. Call it once for each API: the result makes no object for a request. */
export function createUseOf({ ends, billsHeadAndOptions, billsTest }: BillingPolicy): UseOf {
  const billed = toUses((end) => ends.includes(end));
  const free = toUses(() => false);
  return (end, environment, method) => {
    if (!billsTest && environment === 'test') return free[end];
    if (!billsHeadAndOptions && (method === 'HEAD' || method === 'OPTIONS')) return free[end];
    return billed[end];
  };
}

function toUses(isBilled: (end: BillableEnd) => boolean): Readonly<Record<BillableEnd, Use>> {
  return Object.fromEntries(billableEnds.map((end) => [end, toUse(end, isBilled(end))])) as Record<BillableEnd, Use>;
}

function toUse(end: BillableEnd, isBilled: boolean): Use {
  if (end === 'upstream_failed') return findUse('upstream_failed', 'none', isBilled);
  return findUse('allowed', end === 'client_left' ? 'none' : end, isBilled);
}
