// Asks for a link to set a new password. The page says the same whether the account exists or not.
import { Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { AuthCard, AuthLink } from './auth-card.tsx';
import { AuthForm, createChecks, EmailField } from './auth-form.tsx';

export function ForgotPage() {
  const { t } = useTranslation('auth');
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '' },
    validate: { email: createChecks(t).email },
  });
  const ask = useMutation({
    mutationFn: ({ email }: { email: string }) => callAuth('POST', '/request-password-reset', { email: email.trim() }),
  });
  if (ask.isSuccess) {
    return (
      <AuthCard title={t('forgot.sentTitle')} text={t('forgot.sentText', { email: ask.variables.email.trim() })}>
        <Text c="dimmed">{t('forgot.sentHint')}</Text>
        <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
      </AuthCard>
    );
  }
  return (
    <AuthCard title={t('forgot.title')} text={t('forgot.text')}>
      <AuthForm
        onSubmit={form.onSubmit((values) => ask.mutate(values))}
        error={ask.error}
        isPending={ask.isPending}
        submitLabel={t('forgot.submit')}
      >
        <EmailField input={form.getInputProps('email')} autoFocus />
      </AuthForm>
      <AuthLink to="/sign-in">{t('forgot.back')}</AuthLink>
    </AuthCard>
  );
}
