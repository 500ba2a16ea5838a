// The routes that features hang theirs on. The pages around them are set in router.tsx, which knows all features.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  notFound,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import i18next from 'i18next';
import { configQuery } from '../api/config.ts';
import { ApiError } from '../api/problem.ts';
import { holdsSecret } from '../api/secrets.ts';
import { foreignOrgQuery, type Session, sessionQuery } from '../api/session.ts';
import { sayFault } from '../ui/done-toast.tsx';

export interface RouterContext {
  readonly queryClient: QueryClient;
}

/** Everything. What the console is on this host is known below it. */
export const rootRoute = createRootRouteWithContext<RouterContext>()({
  async beforeLoad({ context, location }) {
    await context.queryClient.ensureQueryData(configQuery).catch(() => undefined);
    // Opened by hand: the entry of the history is replaced, and nothing is asked for.
    if (!holdsSecret(location.href)) return;
    sayFault(i18next.getFixedT(null, 'common')('secretInBox'));
    const isInPath = holdsSecret(location.pathname);
    throw redirect({
      to: isInPath ? '/' : location.pathname,
      search: isInPath ? {} : location.search,
      replace: true,
    });
  },
  loader: ({ context }) => context.queryClient.ensureQueryData(configQuery),
});

/** Pages for strangers: sign-in and its like. */
export const strangerRoute = createRoute({ getParentRoute: () => rootRoute, id: 'stranger' });

/** Who is not signed in is sent to sign in, and back to `href`; or to the set-up, while there is nobody who could. */
export async function assertSignedIn({ queryClient }: RouterContext, href: string): Promise<Session> {
  try {
    return await queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const { needsSetUp } = await queryClient.ensureQueryData(configQuery);
    if (needsSetUp) throw redirect({ to: '/setup' });
    throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } });
  }
}

/** Pages inside the frame. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    await assertSignedIn(context, location.href);
  },
});

export interface ScopeSearch {
  /** Left out: live. */
  readonly env?: 'test' | undefined;
  /** Left out: the first API of this console. */
  readonly api?: string | undefined;
}

/** Pages of one organization. Environment and API are in the address, so that links keep them. */
export const orgRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/orgs/$org',
  // What is named is kept, `undefined` too: that is how a link leaves the sandbox. What is not named stays as it was.
  validateSearch: (search: Record<string, unknown>): ScopeSearch => ({
    ...('env' in search && { env: search.env === 'test' ? 'test' : undefined }),
    ...('api' in search && { api: typeof search.api === 'string' ? search.api : undefined }),
  }),
  search: { middlewares: [retainSearchParams(['env', 'api'])] },
  beforeLoad: async ({ context, params }) => {
    const { memberships } = await context.queryClient.ensureQueryData(sessionQuery);
    if (memberships.some(({ org }) => org.id === params.org)) return;
    try {
      await context.queryClient.ensureQueryData(foreignOrgQuery(params.org));
    } catch (error) {
      throw error instanceof ApiError && error.code === 'not_found' ? notFound() : error;
    }
  },
});
