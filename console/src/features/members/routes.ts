// The members of an organization.
import { IconUsers } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/members',
    component: lazyPage(() => import('./members-page.tsx'), 'MembersPage', ['auth', 'members']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  { to: '/orgs/$org/members', section: 'organization', icon: IconUsers, order: 50, label: (t) => t('nav.members') },
];
