// An organization's own settings.
import { IconSettings } from '@tabler/icons-react';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Feature } from '../../app/feature.ts';
import { orgRoute } from '../../app/roots.tsx';

export const settingsRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/settings',
    component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
  }),
] as const;

export const settingsFeature: Feature = {
  nav: [{ path: '/settings', section: 'organization', icon: IconSettings, order: 60, label: (t) => t('nav.settings') }],
};
