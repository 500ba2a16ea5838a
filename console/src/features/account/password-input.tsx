// A field for the current or a new password.
import { PasswordInput } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';

interface AccountPasswordProps {
  readonly label: string;
  readonly input: GetInputPropsReturnType;
  readonly isNew?: boolean;
  readonly autoFocus?: boolean;
}

export function AccountPassword({ label, input, isNew = false, autoFocus = false }: AccountPasswordProps) {
  const { t } = useTranslation('auth');
  return (
    <PasswordInput
      dir="ltr"
      label={label}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      {...(isNew && { description: t('fields.passwordHint') })}
      data-autofocus={autoFocus || undefined}
      aria-invalid={input.error !== undefined && input.error !== null}
      visibilityToggleButtonProps={{ 'aria-label': t('fields.showPassword') }}
      {...input}
    />
  );
}
