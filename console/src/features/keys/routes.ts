// The list of keys. Its address holds search, filter and order.

import { IconKey } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import i18next from 'i18next';
import { wordsOf } from '../../entities/keys/words.ts';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { orgRoute } from '../../frame/roots.tsx';
import { readKeysSearch } from './list/list-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/keys',
    validateSearch: readKeysSearch,
    component: lazyPage(() => import('./keys-page.tsx'), 'KeysPage', ['keys']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/orgs/$org/keys',
    section: 'organization',
    icon: IconKey,
    label: (t, { api }) => (api === undefined ? undefined : wordsOf(api, i18next.language).navLabel) ?? t('nav.keys'),
    order: 10,
  },
];
