// The reader's own account.
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../frame/lazy-page.ts';
import { signedInRoute } from '../../frame/roots.tsx';

export const routes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/account',
    component: lazyPage(() => import('./account-page.tsx'), 'AccountPage', ['account', 'auth']),
  }),
] as const;
