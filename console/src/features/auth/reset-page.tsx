// Sets a new password with the token of a mail.
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { ApiError } from '../../api/problem.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { AuthCard, AuthLink } from './auth-card.tsx';
import { AuthForm, createChecks, PasswordField } from './auth-form.tsx';
import { forgetLinkToken, useLinkToken } from './link-token.ts';

export function ResetPage() {
  const token = useLinkToken();
  // Another link starts anew.
  return <ResetCard key={token} token={token} />;
}

function ResetCard({ token }: { readonly token: string | undefined }) {
  const { t } = useTranslation('auth');
  const navigate = useNavigate();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { password: '' },
    validate: { password: createChecks(t).newPassword },
  });
  const reset = useMutation({
    mutationFn: ({ password }: { password: string }) =>
      callAuth('POST', '/reset-password', { token, newPassword: password }),
    onSuccess: async () => {
      forgetLinkToken();
      sayDone(t('reset.done'));
      await navigate({ to: '/sign-in' });
    },
  });
  const isTokenBad = token === undefined || (reset.error instanceof ApiError && reset.error.field === 'token');
  if (isTokenBad) {
    return (
      <AuthCard title={t('reset.failedTitle')} text={t(token === undefined ? 'reset.noToken' : 'reset.badToken')}>
        <AuthLink to="/forgot-password">{t('reset.again')}</AuthLink>
      </AuthCard>
    );
  }
  return (
    <AuthCard title={t('reset.title')}>
      <AuthForm
        onSubmit={form.onSubmit((values) => reset.mutate(values))}
        error={reset.error}
        isPending={reset.isPending}
        submitLabel={t('reset.submit')}
      >
        <PasswordField input={form.getInputProps('password')} isNew />
      </AuthForm>
    </AuthCard>
  );
}
