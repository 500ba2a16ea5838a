// The reader's own account.
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { signedInRoute } from '../../frame/roots.tsx';

export const accountRoutes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/account',
    component: lazyPage(() => import('./account-page.tsx'), 'AccountPage', ['account', 'auth']),
  }),
] as const;

export const accountFeature: Feature = {};
