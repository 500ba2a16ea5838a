// What others did in an organization.
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/notifications',
    component: lazyPage(() => import('./notifications-page.tsx'), 'NotificationsPage', ['alerts', 'notifications']),
  }),
] as const;
