// Sign-in with a password and, where the account has one, a code. A passkey replaces both.
import { Button, Divider, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { configQuery } from '../../api/config.ts';
import { sessionQuery } from '../../api/session.ts';
import { useProductName } from '../../frame/brand.tsx';
import { AuthCard, AuthLink } from './auth-card.tsx';
import { AuthForm, createChecks, EmailField, PasswordField } from './auth-form.tsx';
import { signInWithPasskey } from './passkey.ts';
import { SecondFactor } from './second-factor.tsx';

const route = getRouteApi('/stranger/sign-in');

/** Leads to the page that was asked for, or to the start. */
function useEnter(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  const { next } = route.useSearch();
  return async () => {
    queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
    await router.navigate({ href: ownPath(next) ?? '/' });
  };
}

/** Returns the path if it is this console's. Browsers read `//host` and `/\\host` as other hosts. */
function ownPath(next: string | undefined): string | undefined {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : undefined;
}

export function SignInPage() {
  const [needsCode, setNeedsCode] = useState(false);
  const enter = useEnter();
  return needsCode ? (
    <SecondFactor onDone={enter} onStartOver={() => setNeedsCode(false)} />
  ) : (
    <FirstFactor onDone={enter} onCode={() => setNeedsCode(true)} />
  );
}

function FirstFactor({ onDone, onCode }: { readonly onDone: () => Promise<void>; readonly onCode: () => void }) {
  const { t } = useTranslation('auth');
  const { data: config } = useSuspenseQuery(configQuery);
  const product = useProductName();
  const checks = createChecks(t);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: { email: checks.email, password: checks.required },
  });
  const password = useMutation({
    mutationFn: (values: { email: string; password: string }) =>
      callAuth<{ twoFactorRedirect?: boolean }>('POST', '/sign-in/email', {
        email: values.email.trim(),
        password: values.password,
      }),
    onSuccess: ({ twoFactorRedirect }) => (twoFactorRedirect === true ? onCode() : onDone()),
  });
  const passkey = useMutation({ mutationFn: signInWithPasskey, onSuccess: onDone });

  return (
    <AuthCard title={t('signIn.title')} text={t('signIn.to', { product })}>
      <AuthForm
        onSubmit={form.onSubmit((values) => password.mutate(values))}
        error={password.error ?? passkey.error}
        {...(password.error === null && { wrongText: t('signIn.passkeyFailed') })}
        isPending={password.isPending}
        submitLabel={t('signIn.submit')}
      >
        <EmailField input={form.getInputProps('email')} autoFocus />
        <PasswordField input={form.getInputProps('password')} />
      </AuthForm>
      {config.passkeys && (
        <Stack gap="md">
          <Divider label={t('signIn.or')} />
          <Button
            variant="default"
            size="md"
            fullWidth
            loading={passkey.isPending}
            leftSection={<IconFingerprint size={18} aria-hidden />}
            onClick={() => {
              password.reset();
              passkey.mutate();
            }}
          >
            {t('signIn.passkey')}
          </Button>
        </Stack>
      )}
      <AuthLink to="/forgot-password">{t('signIn.forgot')}</AuthLink>
    </AuthCard>
  );
}
