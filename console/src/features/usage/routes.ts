// How much an organization's keys are used.
import { IconChartBar } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { validateUsageSearch } from './usage-search.ts';

export const usageRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/usage',
    validateSearch: validateUsageSearch,
    component: lazyPage(() => import('./usage-page.tsx'), 'UsagePage', ['denials', 'usage']),
  }),
] as const;

export const usageFeature: Feature = {
  nav: [
    { to: '/orgs/$org/usage', section: 'organization', icon: IconChartBar, order: 20, label: (t) => t('nav.usage') },
  ],
};
