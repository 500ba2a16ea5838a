// The requests about webhooks.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import { at, keyOf, type Place } from '../../entities/place.ts';

export type Webhook = components['schemas']['Webhook'];
export type ListedWebhook = components['schemas']['ListedWebhook'];
export type Delivery = components['schemas']['Delivery'];
export type Attempt = components['schemas']['Attempt'];
export type EventType = NonNullable<Webhook['types']>[number];
export interface NewWebhook {
  readonly name: string;
  readonly url: string;
  /** Left out: all. */
  readonly types?: EventType[];
  readonly format?: Webhook['format'];
  readonly signature?: 'hmac' | 'ed25519';
}

export type WebhookUpdate = components['schemas']['WebhookUpdate'];

/** A webhook with its secret, which is shown once. `null`: nothing is signed. */
export interface MadeWebhook {
  readonly webhook: Webhook;
  readonly secret: string | null;
}

/** The most webhooks of one place. */
const mostWebhooks = 50;
const freshMs = 4_000;
const pageSize = 25;

/** All webhooks of the place, newest first. Refreshes while it is shown, because deliveries end. */
export function webhooksQuery(place: Place) {
  return queryOptions({
    queryKey: [...keyOf(place, 'webhooks'), 'list'],
    queryFn: async ({ signal }) => {
      const params = { path: { org: place ?? '' }, query: { limit: mostWebhooks } };
      return (await unwrap(api.GET(at(place, 'webhooks', ''), { params, signal }))).data;
    },
    refetchInterval: freshMs,
  });
}

export function webhookQuery(place: Place, id: string) {
  return queryOptions({
    queryKey: [...keyOf(place, 'webhooks'), 'one', id],
    queryFn: ({ signal }) =>
      unwrap(api.GET(at(place, 'webhooks', '/{id}'), { params: { path: { org: place ?? '', id } }, signal })),
    refetchInterval: freshMs,
  });
}

export function deliveriesQuery(place: Place, id: string, status: Delivery['status'] | undefined) {
  return infiniteQueryOptions({
    queryKey: [...keyOf(place, 'webhooks'), 'deliveries', id, status ?? null],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: pageSize, ...(pageParam !== null && { cursor: pageParam }), ...(status && { status }) };
      const params = { path: { org: place ?? '', id }, query };
      return unwrap(api.GET(at(place, 'webhooks', '/{id}/deliveries'), { params, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: freshMs,
  });
}

export function attemptsQuery(place: Place, id: string, deliveryId: string) {
  return queryOptions({
    queryKey: [...keyOf(place, 'webhooks'), 'attempts', id, deliveryId],
    queryFn: async ({ signal }) => {
      const params = { path: { org: place ?? '', id, deliveryId } };
      return (
        await unwrap(api.GET(at(place, 'webhooks', '/{id}/deliveries/{deliveryId}/attempts'), { params, signal }))
      ).data;
    },
    refetchInterval: freshMs,
  });
}

/** Returns the secret, once. Is no mutation of the query client, which would keep the answer. */
export async function createWebhook(place: Place, body: NewWebhook): Promise<MadeWebhook> {
  const { secret, ...webhook } = await unwrap(
    api.POST(at(place, 'webhooks', ''), { params: { path: { org: place ?? '' } }, body }),
  );
  return { webhook, secret };
}

/** Returns the new secret, once, as `createWebhook` does. `overlap`: `now`, or a span such as `24h`. */
export async function rotateSecret(place: Place, id: string, overlap: string): Promise<MadeWebhook> {
  const params = { path: { org: place ?? '', id } };
  const call = api.POST(at(place, 'webhooks', '/{id}/rotate-secret'), { params, body: { overlap } });
  const { secret, ...webhook } = await unwrap(call);
  return { webhook, secret };
}

export function endOverlap(place: Place, id: string): Promise<Webhook> {
  return unwrap(api.POST(at(place, 'webhooks', '/{id}/end-overlap'), { params: { path: { org: place ?? '', id } } }));
}

export function updateWebhook(place: Place, id: string, body: WebhookUpdate): Promise<Webhook> {
  return unwrap(api.PATCH(at(place, 'webhooks', '/{id}'), { params: { path: { org: place ?? '', id } }, body }));
}

export function deleteWebhook(place: Place, id: string): Promise<Webhook> {
  return unwrap(api.DELETE(at(place, 'webhooks', '/{id}'), { params: { path: { org: place ?? '', id } } }));
}

export function testWebhook(place: Place, id: string): Promise<{ event: string }> {
  return unwrap(api.POST(at(place, 'webhooks', '/{id}/test'), { params: { path: { org: place ?? '', id } } }));
}

export function replayDelivery(place: Place, id: string, deliveryId: string): Promise<Delivery> {
  const params = { path: { org: place ?? '', id, deliveryId } };
  return unwrap(api.POST(at(place, 'webhooks', '/{id}/deliveries/{deliveryId}/replay'), { params }));
}
