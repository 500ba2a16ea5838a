// The pages for strangers: sign-in, passwords, invitations, e-mail confirmation, set-up.
import { createRoute, redirect } from '@tanstack/react-router';
import { lazyPage } from '../../frame/lazy-page.ts';
import { assertSignedIn, type RouterContext, strangerRoute } from '../../frame/roots.tsx';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { readSetUpSearch } from './set-up/set-up-search.ts';

/** Signs a reader in again over the page that they are on. */
export const SignInDialog = lazyDialog(() => import('./sign-in-dialog.tsx'), 'SignInDialog', ['auth']);

/** Only the operator may set up the server. */
async function assertOperator(context: RouterContext, href: string): Promise<void> {
  const { person } = await assertSignedIn(context, href);
  if (!person.isOperator) throw redirect({ to: '/' });
}

export const routes = [
  createRoute({
    getParentRoute: () => strangerRoute,
    path: '/sign-in',
    validateSearch: (search: Record<string, unknown>): { next?: string } =>
      typeof search.next === 'string' ? { next: search.next } : {},
    component: lazyPage(() => import('./sign-in-page.tsx'), 'SignInPage', ['auth']),
  }),
  createRoute({
    getParentRoute: () => strangerRoute,
    path: '/forgot-password',
    component: lazyPage(() => import('./forgot-page.tsx'), 'ForgotPage', ['auth']),
  }),
  createRoute({
    getParentRoute: () => strangerRoute,
    path: '/reset-password',
    component: lazyPage(() => import('./reset-page.tsx'), 'ResetPage', ['auth']),
  }),
  createRoute({
    getParentRoute: () => strangerRoute,
    path: '/accept-invitation',
    component: lazyPage(() => import('./invitation-page.tsx'), 'InvitationPage', ['auth']),
  }),
  createRoute({
    getParentRoute: () => strangerRoute,
    path: '/verify-email',
    component: lazyPage(() => import('./verify-page.tsx'), 'VerifyPage', ['auth']),
  }),
  createRoute({
    getParentRoute: () => strangerRoute,
    path: '/setup',
    validateSearch: readSetUpSearch,
    beforeLoad: async ({ context, location, search }) => {
      if (search.step !== undefined) await assertOperator(context, location.href);
    },
    component: lazyPage(() => import('./set-up/set-up-page.tsx'), 'SetUpPage', ['auth', 'server']),
  }),
] as const;
