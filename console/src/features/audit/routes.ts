// The audit log of an organization, for its owners and admins.
import { IconHistory } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { readAuditSearch } from './audit-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/audit',
    validateSearch: readAuditSearch,
    component: lazyPage(() => import('./audit-page.tsx'), 'AuditPage', ['audit', 'auth']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/orgs/$org/audit',
    section: 'organization',
    icon: IconHistory,
    order: 40,
    label: (t) => t('nav.audit'),
    isShown: ({ canAdminister }) => canAdminister,
  },
];
