// Pages for strangers: sign-in, passwords, invitations, confirmation of addresses, the set-up of the first person.
import { createRoute } from '@tanstack/react-router';
import type { Feature } from '../../app/feature.ts';
import { lazyPage } from '../../app/lazy-page.ts';
import { strangerRoute } from '../../app/roots.tsx';

export const authRoutes = [
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
    component: lazyPage(() => import('./set-up-page.tsx'), 'SetUpPage', ['auth']),
  }),
] as const;

export const authFeature: Feature = {};
