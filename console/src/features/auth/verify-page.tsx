// Confirms an e-mail address with the token of a mail, as soon as the link is opened.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { ApiError, describeError } from '../../api/problem.ts';
import { ButtonLink } from '../../ui/links.tsx';
import { AuthCard } from './auth-card.tsx';
import { forgetLinkToken, useLinkToken } from './link-token.ts';

export function VerifyPage() {
  const { t } = useTranslation('auth');
  const token = useLinkToken();
  // A token works once, so it is sent once and the result is kept.
  const verify = useQuery({
    queryKey: ['verify-email', token],
    async queryFn() {
      await callAuth('POST', '/verify-email', { token });
      forgetLinkToken();
      return true;
    },
    gcTime: 0,
    enabled: token !== undefined,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const toConsole = (
    <ButtonLink to="/" fullWidth>
      {t('verify.continue')}
    </ButtonLink>
  );
  if (token === undefined || verify.isError) {
    const isTokenBad = verify.error instanceof ApiError && verify.error.field === 'token';
    const why = isTokenBad ? t('verify.badToken') : describeError(verify.error);
    return (
      <AuthCard title={t('verify.failedTitle')} text={token === undefined ? t('verify.noToken') : why}>
        <ButtonLink to="/account" variant="default" fullWidth>
          {t('verify.account')}
        </ButtonLink>
      </AuthCard>
    );
  }
  if (verify.isPending) return <AuthCard title={t('verify.title')} />;
  return <AuthCard title={t('verify.doneTitle')}>{toConsole}</AuthCard>;
}
