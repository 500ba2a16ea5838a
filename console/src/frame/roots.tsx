// The routes on which features put their pages. `router.tsx` gives them their frames.
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

/** The root. Every page below it has the configuration of this host. */
export const rootRoute = createRootRouteWithContext<RouterContext>()({
  async beforeLoad({ context, location }) {
    await context.queryClient.ensureQueryData(configQuery).catch(() => undefined);
    // Someone opened an address with a secret: replaces the entry of the history, and requests nothing.
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

/** Pages for strangers, such as sign-in. */
export const strangerRoute = createRoute({ getParentRoute: () => rootRoute, id: 'stranger' });

/** Sends a stranger to sign in and then to `href`, or to the set-up while there is no account. */
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

/** Before the pages of the operator. Other readers get the same answer as for a page that does not exist. */
export async function assertOperator({ context }: { readonly context: RouterContext }): Promise<void> {
  const { person } = await context.queryClient.ensureQueryData(sessionQuery);
  if (!person.isOperator) throw notFound();
}

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** The page shows one API and environment, so the top bar has their switches. Left out: it shows none. */
    readonly isScoped?: boolean;
  }
}

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
  // Keeps named members, also as `undefined`, which is how a link returns to live. The middleware retains the others.
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
