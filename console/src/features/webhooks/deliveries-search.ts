// What the page of a webhook keeps in its address.
import type { Delivery } from './webhooks-api.ts';

export const statuses = ['waiting', 'delivered', 'failed'] as const satisfies readonly Delivery['status'][];

export interface DeliveriesSearch {
  /** Only deliveries with this status. */
  readonly status?: Delivery['status'];
}

export function readDeliveriesSearch(search: Record<string, unknown>): DeliveriesSearch {
  const status = statuses.find((each) => each === search.status);
  return status === undefined ? {} : { status };
}
