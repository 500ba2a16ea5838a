// The usage of an organization's keys.
import { IconChartBar } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { readUsageSearch } from './usage-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/usage',
    staticData: { isScoped: true },
    validateSearch: readUsageSearch,
    component: lazyPage(() => import('./usage-page.tsx'), 'UsagePage', ['denials', 'usage']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  { to: '/orgs/$org/usage', section: 'organization', icon: IconChartBar, order: 20, label: (t) => t('nav.usage') },
];
