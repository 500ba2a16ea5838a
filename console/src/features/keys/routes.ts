// The list of keys. Its address holds search, filter and order.

import { IconKey } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { currentLanguage } from '../../i18n/i18n.ts';
import { readKeysSearch } from './list/list-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/keys',
    staticData: { isScoped: true },
    validateSearch: readKeysSearch,
    component: lazyPage(() => import('./keys-page.tsx'), 'KeysPage', ['keys']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/orgs/$org/keys',
    section: 'organization',
    icon: IconKey,
    label: (t, { api }) => api?.words[currentLanguage()].navLabel ?? t('nav.keys'),
    order: 10,
  },
];
