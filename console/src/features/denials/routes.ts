// Recent refusals of an organization's keys.
import { IconShieldX } from '@tabler/icons-react';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Feature } from '../../app/feature.ts';
import { orgRoute } from '../../app/roots.tsx';

export const denialsRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/denials',
    validateSearch: (search: Record<string, unknown>): { reason?: string; key?: string } => ({
      ...(typeof search.reason === 'string' && { reason: search.reason }),
      ...(typeof search.key === 'string' && { key: search.key }),
    }),
    component: lazyRouteComponent(() => import('./denials-page.tsx'), 'DenialsPage'),
  }),
] as const;

export const denialsFeature: Feature = {
  nav: [{ path: '/denials', section: 'organization', icon: IconShieldX, order: 30, label: (t) => t('nav.denials') }],
};
