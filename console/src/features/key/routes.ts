// The page of one key. The list that leads to it is features/keys, which has the line of the sidebar.
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { readKeySearch } from './key-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/keys/$key',
    validateSearch: readKeySearch,
    component: lazyPage(() => import('./key-page.tsx'), 'KeyPage', ['denials', 'key', 'keys', 'usage']),
  }),
] as const;
