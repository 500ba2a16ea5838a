// The pages for the operator.
import { IconAffiliate, IconBuilding, IconKeyOff, IconMail, IconRoute, IconServer2 } from '@tabler/icons-react';
import { createRoute } from '@tanstack/react-router';
import type { NavEntry } from '../../frame/feature.ts';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertOperator, signedInRoute } from '../../frame/roots.tsx';
import { readOrgsSearch } from './orgs/orgs-search.ts';
import { readUnknownKeysSearch } from './unknown-keys-search.ts';

export const routes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/orgs',
    validateSearch: readOrgsSearch,
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./orgs/orgs-page.tsx'), 'OrgsPage', ['auth', 'operator']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/apis',
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./apis-page.tsx'), 'ApisPage', ['auth', 'operator']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/nodes',
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./nodes-page.tsx'), 'NodesPage', ['operator']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/proxies',
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./proxies-page.tsx'), 'ProxiesPage', ['operator', 'server']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/mail',
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./mail-page.tsx'), 'MailPage', ['operator', 'server']),
  }),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/operator/denials',
    validateSearch: readUnknownKeysSearch,
    beforeLoad: assertOperator,
    component: lazyPage(() => import('./denials-page.tsx'), 'OperatorDenialsPage', ['denials', 'operator']),
  }),
] as const;

export const nav: readonly NavEntry[] = [
  {
    to: '/operator/orgs',
    section: 'operator',
    icon: IconBuilding,
    order: 10,
    label: (t) => t('nav.organizations'),
  },
  { to: '/operator/apis', section: 'operator', icon: IconAffiliate, order: 20, label: (t) => t('nav.apis') },
  { to: '/operator/nodes', section: 'operator', icon: IconServer2, order: 30, label: (t) => t('nav.nodes') },
  { to: '/operator/proxies', section: 'operator', icon: IconRoute, order: 40, label: (t) => t('nav.proxies') },
  { to: '/operator/mail', section: 'operator', icon: IconMail, order: 45, label: (t) => t('nav.mail') },
  { to: '/operator/denials', section: 'operator', icon: IconKeyOff, order: 50, label: (t) => t('nav.unknownKeys') },
];
