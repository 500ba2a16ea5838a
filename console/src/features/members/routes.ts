// Who belongs to an organization.
import { IconUsers } from '@tabler/icons-react';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Feature } from '../../app/feature.ts';
import { orgRoute } from '../../app/roots.tsx';

export const membersRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/members',
    component: lazyRouteComponent(() => import('./members-page.tsx'), 'MembersPage'),
  }),
] as const;

export const membersFeature: Feature = {
  nav: [{ path: '/members', section: 'organization', icon: IconUsers, order: 50, label: (t) => t('nav.members') }],
};
