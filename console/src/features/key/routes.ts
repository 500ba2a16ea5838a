// The page of one key. The list that leads to it is features/keys, which has the line of the sidebar.
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { orgRoute } from '../../app/roots.tsx';
import { readKeySearch } from './key-search.ts';

export const keyRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/keys/$key',
    validateSearch: readKeySearch,
    component: lazyRouteComponent(() => import('./key-page.tsx'), 'KeyPage'),
  }),
] as const;
