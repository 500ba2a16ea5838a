// The webhooks of an organization, for its owners and admins, and those of the operator.
import { IconWebhook } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertOperator, orgRoute, signedInRoute } from '../../frame/roots.tsx';
import { readDeliveriesSearch } from './deliveries-search.ts';

/** Each page serves both places, so that the first load names its files once. */
const list = lazyPage(() => import('./webhooks-page.tsx'), 'WebhooksPage', ['webhooks']);
const one = lazyPage(() => import('./webhook-page.tsx'), 'WebhookPage', ['webhooks']);

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/webhooks',
    component: list,
  }),
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/webhooks/$webhook',
    validateSearch: readDeliveriesSearch,
    component: one,
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/webhooks',
    beforeLoad: assertOperator,
    component: list,
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/webhooks/$webhook',
    validateSearch: readDeliveriesSearch,
    beforeLoad: assertOperator,
    component: one,
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/orgs/$org/webhooks',
    section: 'organization',
    icon: IconWebhook,
    order: 55,
    label: (t) => t('nav.webhooks'),
    isShown: ({ canAdminister }) => canAdminister,
  },
  { to: '/operator/webhooks', section: 'operator', icon: IconWebhook, order: 47, label: (t) => t('nav.webhooks') },
];
