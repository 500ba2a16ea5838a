// Changes the password, and ends all other sessions.
import { Button, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { ApiError } from '../../api/problem.ts';
import { useScope } from '../../entities/scope.ts';
import { sayDone } from '../../ui/done-toast.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { ResponsiveDialog } from '../../ui/responsive-dialog.tsx';
import { Section } from '../../ui/section.tsx';
import { sessionsQuery } from './account-queries.ts';
import { AccountPassword } from './password-input.tsx';

const shortest = 12;

export function PasswordSection() {
  const { t } = useTranslation('account');
  const [isOpen, setOpen] = useState(false);
  return (
    <Section
      title={t('password.title')}
      text={t('password.text')}
      actions={
        <Button variant="default" onClick={() => setOpen(true)}>
          {t('password.open')}
        </Button>
      }
    >
      <ResponsiveDialog opened={isOpen} onClose={() => setOpen(false)} title={t('password.open')} width={440}>
        <PasswordForm onDone={() => setOpen(false)} />
      </ResponsiveDialog>
    </Section>
  );
}

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation(['account', 'auth']);
  const { person } = useScope().session;
  const queryClient = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { currentPassword: '', newPassword: '' },
    validate: {
      currentPassword: (value) => (value === '' ? t('auth:faults.required') : null),
      newPassword: (value) =>
        value.length < shortest ? t('auth:faults.passwordShort', { count: shortest - value.length }) : null,
    },
  });
  const change = useMutation({
    gcTime: 0,
    mutationFn: (values: { currentPassword: string; newPassword: string }) =>
      callAuth('POST', '/change-password', values),
    async onSuccess() {
      sayDone(t('password.done'));
      onDone();
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
    onError(error) {
      if (!isWrong(error)) return;
      form.setFieldError('currentPassword', t('password.wrong'));
      form.getInputNode('currentPassword')?.focus();
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => change.mutate(values),
        (errors) => form.getInputNode(Object.keys(errors)[0] as 'newPassword')?.focus(),
      )}
      noValidate
    >
      <Stack gap="md">
        {/* Password managers need the user name. */}
        <input type="email" autoComplete="username" value={person.email} readOnly hidden />
        <AccountPassword
          key={form.key('currentPassword')}
          label={t('password.current')}
          input={form.getInputProps('currentPassword')}
          autoFocus
        />
        <AccountPassword
          key={form.key('newPassword')}
          label={t('auth:fields.newPassword')}
          input={form.getInputProps('newPassword')}
          isNew
        />
        <FormError error={isWrong(change.error) ? null : change.error} />
        <Button type="submit" loading={change.isPending}>
          {t('password.submit')}
        </Button>
      </Stack>
    </form>
  );
}

function isWrong(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'credentials_wrong';
}
