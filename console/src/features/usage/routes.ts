// The usage of an organization's keys, and of all organizations.
import { IconChartBar, IconChartHistogram } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertOperator, orgRoute, signedInRoute } from '../../frame/roots.tsx';
import { readOperatorUsageSearch, readUsageSearch } from './usage-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/usage',
    staticData: { isScoped: true },
    validateSearch: readUsageSearch,
    component: lazyPage(() => import('./usage-page.tsx'), 'UsagePage', ['denials', 'usage']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/usage',
    validateSearch: readOperatorUsageSearch,
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./operator-usage-page.tsx'), 'OperatorUsagePage', ['denials', 'usage']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  { to: '/orgs/$org/usage', section: 'organization', icon: IconChartBar, order: 20, label: (t) => t('nav.usage') },
  {
    to: '/operator/usage',
    section: 'operator',
    icon: IconChartHistogram,
    order: 15,
    label: (t) => t('nav.operatorUsage'),
  },
];
