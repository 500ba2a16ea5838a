// Sign-in as a page. It leads to the page that was asked for, or to the start.
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../../api/session.ts';
import { AuthCard, AuthLink } from './auth-card.tsx';
import { SignIn } from './sign-in.tsx';

const route = getRouteApi('/stranger/sign-in');

export function SignInPage() {
  const { t } = useTranslation('auth');
  const queryClient = useQueryClient();
  const router = useRouter();
  const { next } = route.useSearch();
  async function enter(): Promise<void> {
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    await router.navigate({ href: ownPath(next) ?? '/' });
  }
  return (
    <SignIn frame={AuthCard} onDone={enter} below={<AuthLink to="/forgot-password">{t('signIn.forgot')}</AuthLink>} />
  );
}

/** Returns the path if it is this console's. Browsers read `//host` and `/\\host` as other hosts. */
function ownPath(next: string | undefined): string | undefined {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : undefined;
}
