// A period in the address of a page, which a link from another page sets.

export interface Period {
  /** Instants in UTC: from the first, before the second. */
  readonly from?: string;
  readonly to?: string;
}

/** Leaves out what is no instant. */
export function readPeriod({ from, to }: Record<string, unknown>): Period {
  return { ...(isInstant(from) && { from }), ...(isInstant(to) && { to }) };
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
}
