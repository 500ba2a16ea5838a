// Asks for the code of an app, or for a backup code.
import { Button, Checkbox, Group, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { type ComponentType, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import type { AuthFrame } from './auth-card.tsx';
import { AuthForm, createChecks } from './auth-form.tsx';

interface SecondFactorProps {
  readonly frame: ComponentType<AuthFrame>;
  readonly onDone: () => Promise<void>;
  readonly onStartOver: () => void;
}

export function SecondFactor({ frame: Frame, onDone, onStartOver }: SecondFactorProps) {
  const { t } = useTranslation('auth');
  const [isBackup, setBackup] = useState(false);
  const checks = createChecks(t);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { code: '', trustDevice: false },
    validate: { code: (code) => (isBackup ? checks.required(code) : checks.totp(code)) },
  });
  const verify = useMutation({
    mutationFn: ({ code, trustDevice }: { code: string; trustDevice: boolean }) =>
      callAuth('POST', isBackup ? '/two-factor/verify-backup-code' : '/two-factor/verify-totp', {
        code: isBackup ? code.trim() : code.replaceAll(/\s/g, ''),
        trustDevice,
      }),
    onSuccess: onDone,
  });

  function switchKind(): void {
    setBackup(!isBackup);
    form.reset();
    verify.reset();
  }

  return (
    <Frame title={t('secondFactor.title')} text={isBackup ? t('secondFactor.backupText') : t('secondFactor.text')}>
      <AuthForm
        onSubmit={form.onSubmit((values) => verify.mutate(values))}
        error={verify.error}
        wrongText={t('secondFactor.wrong')}
        isPending={verify.isPending}
        submitLabel={t('secondFactor.submit')}
      >
        <TextInput
          key={isBackup ? 'backup' : form.key('code')}
          dir="ltr"
          autoFocus
          label={isBackup ? t('fields.backupCode') : t('fields.code')}
          autoComplete="one-time-code"
          {...(!isBackup && { inputMode: 'numeric', maxLength: 7 })}
          {...form.getInputProps('code')}
        />
        <Checkbox label={t('secondFactor.trust')} {...form.getInputProps('trustDevice', { type: 'checkbox' })} />
      </AuthForm>
      <Group justify="space-between">
        <Button variant="subtle" size="compact-sm" onClick={switchKind}>
          {isBackup ? t('secondFactor.useApp') : t('secondFactor.useBackup')}
        </Button>
        <Button variant="subtle" color="gray" size="compact-sm" onClick={onStartOver}>
          {t('secondFactor.startOver')}
        </Button>
      </Group>
    </Frame>
  );
}
