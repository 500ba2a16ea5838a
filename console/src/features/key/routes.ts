// The page of one key. The list of keys, and its line of the sidebar, are in features/keys.
import { createRoute } from '@tanstack/react-router';
import { readKeySearch } from '../../entities/keys/change/key-search.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/keys/$key',
    staticData: { isScoped: true },
    validateSearch: readKeySearch,
    component: lazyPage(() => import('./key-page.tsx'), 'KeyPage', ['denials', 'key', 'keys', 'usage']),
  }),
] as const;
