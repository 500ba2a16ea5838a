// Unusual activity: the alerts of an organization, for its owners and admins; all alerts and the rules, for the operator.
import { IconBellRinging } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import { readKeySearch } from '../../entities/keys/change/key-search.ts';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertOperator, orgRoute, signedInRoute } from '../../frame/roots.tsx';

/** Each page serves both places, so that the first load names its files once. */
const list = lazyPage(() => import('./alerts-page.tsx'), 'AlertsPage', ['alerts', 'usage']);
const one = lazyPage(() => import('./alert-page.tsx'), 'AlertPage', ['alerts']);

/** The page reads them. Its rules and their icons are not loaded with other pages. */
function keepTexts({ rule, key, state }: Record<string, unknown>): { rule?: string; key?: string; state?: string } {
  return {
    ...(typeof rule === 'string' && { rule }),
    ...(typeof key === 'string' && { key }),
    ...(typeof state === 'string' && { state }),
  };
}

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/alerts',
    validateSearch: keepTexts,
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
    validateSearch: keepTexts,
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
