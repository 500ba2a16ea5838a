// The addresses of the console: the pages of all features, on the routes of `roots.tsx`.
import { type AnyRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { configQuery } from '../api/config.ts';
import { sessionQuery } from '../api/session.ts';
import { scopeOf } from '../entities/scope.ts';
import { CrashPage, NotFoundPage } from '../frame/fault-pages.tsx';
import { navEntriesOf } from '../frame/feature.ts';
import { lazyPage } from '../frame/lazy-page.ts';
import { OrgHome } from '../frame/org-home.tsx';
import { orgRoute, rootRoute, signedInRoute, strangerRoute } from '../frame/roots.tsx';
import { StrangerFrame } from '../frame/stranger-frame.tsx';
import { features } from './features.ts';
import { stringifySearch } from './plain-search.ts';
import { queryClient } from './query-client.ts';

/** `/` leads to the reader's active organization, or the operator to the operator's pages. */
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

/** The bare address of an organization leads to the first line of its sidebar. */
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

const navEntries = navEntriesOf(features);

type Page = (typeof features)[number]['routes'][number];
type PageOn<Parent> = Extract<Page, { readonly types: { readonly parentRoute: Parent } }>;

/** The pages of all features that hang on the route. */
function pagesOn<Parent extends AnyRoute>(parent: Parent): readonly PageOn<Parent>[] {
  const isOn = (page: Page): page is PageOn<Parent> => {
    const hangsOn: AnyRoute = page.options.getParentRoute();
    return hangsOn === parent;
  };
  return features.flatMap<Page>(({ routes }) => routes).filter(isOn);
}

/** Has no frame around it. */
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
    strangerRoute.update({ component: StrangerFrame }).addChildren(pagesOn(strangerRoute)),
    signedInRoute
      .update({ component: lazyPage(() => import('../frame/shell.tsx'), 'Shell', []) })
      .addChildren([
        startRoute,
        ...pagesOn(signedInRoute),
        orgRoute.addChildren([orgStartRoute, ...pagesOn(orgRoute)]),
      ]),
  ]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: CrashPage,
  defaultNotFoundComponent: NotFoundPage,
  // The cache of queries decides when an answer is stale.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
