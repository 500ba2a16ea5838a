// Sign-in with a password and, where the account has one, a code. A passkey replaces both.
import { Button, Divider, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useSuspenseQuery } from '@tanstack/react-query';
import { type ComponentType, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { configQuery } from '../../api/config.ts';
import { useProductName } from '../../frame/brand.tsx';
import type { AuthFrame } from './auth-card.tsx';
import { AuthForm, createChecks, EmailField, PasswordField } from './auth-form.tsx';
import { signInWithPasskey } from './passkey.ts';
import { SecondFactor } from './second-factor.tsx';

interface SignInProps {
  /** What is around each step: the card of a page, or a dialog. */
  readonly frame: ComponentType<AuthFrame>;
  /** The address to begin with. */
  readonly email?: string;
  /** Below the first step, such as a link. */
  readonly below?: ReactNode;
  readonly onDone: () => Promise<void>;
}

export function SignIn(props: SignInProps) {
  const [needsCode, setNeedsCode] = useState(false);
  return needsCode ? (
    <SecondFactor frame={props.frame} onDone={props.onDone} onStartOver={() => setNeedsCode(false)} />
  ) : (
    <FirstFactor {...props} onCode={() => setNeedsCode(true)} />
  );
}

function FirstFactor({
  frame: Frame,
  email = '',
  below,
  onDone,
  onCode,
}: SignInProps & { readonly onCode: () => void }) {
  const { t } = useTranslation('auth');
  const { data: config } = useSuspenseQuery(configQuery);
  const product = useProductName();
  const checks = createChecks(t);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email, password: '' },
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
    <Frame title={t('signIn.title')} text={t('signIn.to', { product })}>
      <AuthForm
        onSubmit={form.onSubmit((values) => password.mutate(values))}
        error={password.error ?? passkey.error}
        {...(password.error === null && { wrongText: t('signIn.passkeyFailed') })}
        isPending={password.isPending}
        submitLabel={t('signIn.submit')}
      >
        <EmailField input={form.getInputProps('email')} autoFocus={email === ''} />
        <PasswordField input={form.getInputProps('password')} autoFocus={email !== ''} />
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
      {below}
    </Frame>
  );
}
