// The forms for strangers: checks, fields, the error above the button.

import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { IconAlertCircle } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, describeError } from '../../api/problem.ts';
import { isEmailAddress } from '../../ui/is-email-address.ts';

const shortestPassword = 12;

type Check = (value: string) => string | null;

/** Checks values before they are sent. The server decides. */
export function createChecks(t: TFunction<'auth'>): Record<'required' | 'email' | 'newPassword' | 'totp', Check> {
  return {
    required: (value) => (value.trim() === '' ? t('faults.required') : null),
    email: (value) => (isEmailAddress(value) ? null : t('faults.email')),
    newPassword(value) {
      const missing = shortestPassword - value.length;
      return missing > 0 ? t('faults.passwordShort', { count: missing }) : null;
    },
    totp: (value) => (/^\d{6}$/.test(value.replaceAll(/\s/g, '')) ? null : t('faults.code')),
  };
}

interface AuthFormProps {
  readonly onSubmit: (event: React.FormEvent<HTMLFormElement>) => void;
  readonly error: unknown;
  /** Shown when the server refuses the input. Default: the words for an e-mail address and a password. */
  readonly wrongText?: string;
  readonly isPending: boolean;
  readonly submitLabel: string;
  readonly children: ReactNode;
}

export function AuthForm({ onSubmit, error, wrongText, isPending, submitLabel, children }: AuthFormProps) {
  const isWrong = error instanceof ApiError && error.code === 'credentials_wrong';
  return (
    <form onSubmit={onSubmit} noValidate>
      <Stack gap="md">
        {children}
        {error !== null && error !== undefined && (
          <Alert color="red" variant="light" role="alert" icon={<IconAlertCircle size={18} aria-hidden />}>
            {isWrong && wrongText !== undefined ? wrongText : describeError(error)}
          </Alert>
        )}
        <Button type="submit" fullWidth loading={isPending} size="md">
          {submitLabel}
        </Button>
      </Stack>
    </form>
  );
}

interface FieldProps {
  readonly input: GetInputPropsReturnType;
  readonly autoFocus?: boolean;
}

export function EmailField({ input, autoFocus = false }: FieldProps) {
  const { t } = useTranslation('auth');
  return (
    <TextInput
      type="email"
      dir="ltr"
      autoComplete="username"
      inputMode="email"
      label={t('fields.email')}
      required
      withAsterisk={false}
      data-autofocus={autoFocus || undefined}
      autoFocus={autoFocus}
      {...input}
    />
  );
}

export function PasswordField({ input, isNew = false, autoFocus = false }: FieldProps & { readonly isNew?: boolean }) {
  const { t } = useTranslation('auth');
  return (
    <PasswordInput
      dir="ltr"
      autoComplete={isNew ? 'new-password' : 'current-password'}
      data-autofocus={autoFocus || undefined}
      label={isNew ? t('fields.newPassword') : t('fields.password')}
      {...(isNew && { description: t('fields.passwordHint') })}
      required
      withAsterisk={false}
      aria-invalid={input.error !== undefined && input.error !== null}
      visibilityToggleButtonProps={{ 'aria-label': t('fields.showPassword') }}
      {...input}
    />
  );
}
