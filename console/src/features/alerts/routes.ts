// Unusual activity: the alerts of an organization, for its owners and admins; all alerts and the rules, for the operator.
import { IconBellRinging } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import { readKeySearch } from '../../entities/keys/change/key-search.ts';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertOperator, orgRoute, signedInRoute } from '../../frame/roots.tsx';
import { readAlertsSearch } from './alerts-search.ts';

/** Each page serves both places, so that the first load names its files once. */
const list = lazyPage(() => import('./alerts-page.tsx'), 'AlertsPage', ['alerts', 'audit', 'denials', 'usage']);
const one = lazyPage(() => import('./alert-page.tsx'), 'AlertPage', ['alerts', 'audit', 'denials']);

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/alerts',
    validateSearch: readAlertsSearch,
    component: list,
  }),
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/alerts/$alert',
    validateSearch: readKeySearch,
    component: one,
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/alerts',
    validateSearch: readAlertsSearch,
    beforeLoad: assertOperator,
    component: list,
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/alerts/$alert',
    beforeLoad: assertOperator,
    component: one,
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/alert-rules',
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./rules-page.tsx'), 'RulesPage', ['alerts']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/orgs/$org/alerts',
    section: 'organization',
    icon: IconBellRinging,
    order: 35,
    label: (t) => t('nav.alerts'),
    isShown: ({ canAdminister }) => canAdminister,
  },
  { to: '/operator/alerts', section: 'operator', icon: IconBellRinging, order: 46, label: (t) => t('nav.alerts') },
];
