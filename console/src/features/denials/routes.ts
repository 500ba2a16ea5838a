// The recent denied requests of an organization's keys.
import { IconShieldX } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { type Period, readPeriod } from '../../ui/period.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/denials',
    staticData: { isScoped: true },
    validateSearch: (search: Record<string, unknown>): { reason?: string; key?: string } & Period => ({
      ...(typeof search.reason === 'string' && { reason: search.reason }),
      ...(typeof search.key === 'string' && { key: search.key }),
      ...readPeriod(search),
    }),
    component: lazyPage(() => import('./denials-page.tsx'), 'DenialsPage', ['denials', 'usage']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  { to: '/orgs/$org/denials', section: 'organization', icon: IconShieldX, order: 30, label: (t) => t('nav.denials') },
];
