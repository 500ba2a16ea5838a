// The list of keys; its address holds what is searched, shown and sorted.

import { IconKey } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import i18next from 'i18next';
import type { Feature } from '../../app/feature.ts';
import { lazyPage } from '../../app/lazy-page.ts';
import { orgRoute } from '../../app/roots.tsx';
import { wordsOf } from '../../components/keys/words.ts';
import { readKeysSearch } from './list/list-search.ts';

export const keysRoutes = [
  createRoute({
    getParentRoute: () => orgRoute,
    path: '/keys',
    validateSearch: readKeysSearch,
    component: lazyPage(() => import('./keys-page.tsx'), 'KeysPage', ['keys']),
  }),
] as const;

export const keysFeature: Feature = {
  nav: [
    {
      path: '/keys',
      section: 'organization',
      icon: IconKey,
      label: (t, { api }) => (api === undefined ? undefined : wordsOf(api, i18next.language).navLabel) ?? t('nav.keys'),
      order: 10,
    },
  ],
};
