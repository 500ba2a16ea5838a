// Asks for the password before two-factor authentication is changed.
import { Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../../api/problem.ts';
import { useScope } from '../../../entities/scope.ts';
import { FormError } from '../../../ui/form-error.tsx';
import { AccountPassword } from '../password-input.tsx';

interface PasswordStepProps {
  readonly submitLabel: string;
  readonly isDangerous?: boolean;
  /** Rejects with `ApiError`. */
  readonly onPassword: (password: string) => Promise<void>;
  readonly onCancel: () => void;
}

export function PasswordStep({ submitLabel, isDangerous = false, onPassword, onCancel }: PasswordStepProps) {
  const { t } = useTranslation(['account', 'common', 'auth']);
  const { person } = useScope().session;
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { password: '' },
    validate: { password: (value) => (value === '' ? t('auth:faults.required') : null) },
  });
  const isWrong = (error: unknown) => error instanceof ApiError && error.code === 'credentials_wrong';
  const send = useMutation({
    gcTime: 0,
    mutationFn: ({ password }: { password: string }) => onPassword(password),
    onError(error) {
      if (!isWrong(error)) return;
      form.setFieldError('password', t('password.wrong'));
      form.getInputNode('password')?.focus();
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => send.mutate(values),
        () => form.getInputNode('password')?.focus(),
      )}
      noValidate
    >
      <Stack gap="md">
        <input type="email" autoComplete="username" value={person.email} readOnly hidden />
        <AccountPassword label={t('password.current')} input={form.getInputProps('password')} autoFocus />
        <FormError error={isWrong(send.error) ? null : send.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {t('common:actions.cancel')}
          </Button>
          <Button type="submit" loading={send.isPending} {...(isDangerous && { color: 'red' })}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
