// The addresses of the console: the pages of all features on the routes of roots.tsx.
import { createRoute, createRouter, redirect } from '@tanstack/react-router';
import { configQuery } from '../api/config.ts';
import { sessionQuery } from '../api/session.ts';
import { scopeOf } from '../entities/scope.ts';
import { CrashPage, NotFoundPage } from '../frame/fault-pages.tsx';
import { lazyPage } from '../frame/lazy-page.ts';
import { OrgHome } from '../frame/org-home.tsx';
import { orgRoute, rootRoute, signedInRoute, strangerRoute } from '../frame/roots.tsx';
import { StrangerFrame } from '../frame/stranger-frame.tsx';
import {
  accountRoutes,
  auditRoutes,
  authRoutes,
  denialsRoutes,
  features,
  keyRoutes,
  keysRoutes,
  membersRoutes,
  operatorRoutes,
  settingsRoutes,
  usageRoutes,
} from './features.ts';
import { stringifySearch } from './plain-search.ts';
import { queryClient } from './query-client.ts';

/** `/` leads to the organization that the reader acts in. */
const startRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/',
  beforeLoad: async ({ context }) => {
    const { activeOrg, person } = await context.queryClient.ensureQueryData(sessionQuery);
    if (activeOrg !== null) throw redirect({ to: '/orgs/$org', params: { org: activeOrg } });
    const operatorHome = navEntries.find((entry) => entry.section === 'operator');
    if (person.isOperator && operatorHome !== undefined) throw redirect({ to: operatorHome.to });
  },
  component: OrgHome,
});

/** An organization's address alone leads to the first line of the sidebar. */
const orgStartRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: '/',
  beforeLoad: async ({ context, params, search }) => {
    const [config, session] = await Promise.all([
      context.queryClient.ensureQueryData(configQuery),
      context.queryClient.ensureQueryData(sessionQuery),
    ]);
    const scope = scopeOf(config, session, { org: params.org, api: search.api, env: search.env });
    const entries = navEntries.filter((entry) => entry.section === 'organization');
    const first = entries.find(({ isShown }) => isShown?.(scope) !== false);
    if (first !== undefined) throw redirect({ to: first.to, params, search });
  },
  component: OrgHome,
});

const navEntries = features.flatMap(({ nav = [] }) => nav).toSorted((a, b) => a.order - b.order);

/** Outside of every frame. */
function NowherePage() {
  return (
    <main>
      <NotFoundPage />
    </main>
  );
}

const routeTree = rootRoute
  .update({ notFoundComponent: NowherePage })
  .addChildren([
    strangerRoute.update({ component: StrangerFrame }).addChildren(authRoutes),
    signedInRoute
      .update({ component: lazyPage(() => import('../frame/shell.tsx'), 'Shell', []) })
      .addChildren([
        startRoute,
        ...accountRoutes,
        ...operatorRoutes,
        orgRoute.addChildren([
          orgStartRoute,
          ...keysRoutes,
          ...keyRoutes,
          ...usageRoutes,
          ...denialsRoutes,
          ...auditRoutes,
          ...membersRoutes,
          ...settingsRoutes,
        ]),
      ]),
  ]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: CrashPage,
  defaultNotFoundComponent: NotFoundPage,
  // The cache of queries knows what is stale.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
