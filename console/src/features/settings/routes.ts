// An organization's own settings.
import { IconSettings } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';

export const settingsRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/settings',
    component: lazyPage(() => import('./settings-page.tsx'), 'SettingsPage', ['auth', 'members', 'settings']),
  }),
] as const;

export const settingsFeature: Feature = {
  nav: [
    {
      to: '/orgs/$org/settings',
      section: 'organization',
      icon: IconSettings,
      order: 60,
      label: (t) => t('nav.settings'),
    },
  ],
};
