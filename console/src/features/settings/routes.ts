// The settings of an organization.
import { IconSettings } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/settings',
    component: lazyPage(() => import('./settings-page.tsx'), 'SettingsPage', ['auth', 'members', 'settings']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/orgs/$org/settings',
    section: 'organization',
    icon: IconSettings,
    order: 60,
    label: (t) => t('nav.settings'),
  },
];
