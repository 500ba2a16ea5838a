// The first pages: of an organization, and of the operator.
import { IconHome } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertOperator, orgRoute, signedInRoute } from '../../frame/roots.tsx';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/overview',
    staticData: { isScoped: true },
    component: lazyPage(() => import('./overview-page.tsx'), 'OverviewPage', ['audit', 'overview']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/overview',
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./operator-overview-page.tsx'), 'OperatorOverviewPage', ['audit', 'overview']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  { to: '/orgs/$org/overview', section: 'organization', icon: IconHome, order: 5, label: (t) => t('nav.overview') },
  {
    to: '/operator/overview',
    section: 'operator',
    icon: IconHome,
    order: 5,
    label: (t) => t('nav.operatorOverview'),
  },
];
