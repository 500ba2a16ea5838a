// Gives the secret to the app, by camera or by hand. The first code proves it.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../../api/client.ts';
import { ApiError } from '../../../api/problem.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { FormError } from '../../../ui/form-error.tsx';
import { Ltr } from '../../../ui/ltr.tsx';
import classes from '../account.module.css';
import { QrCode } from './qr-code.tsx';

interface ScanStepProps {
  /** An `otpauth:` URI that holds the secret. */
  readonly uri: string;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

export function ScanStep({ uri, onDone, onCancel }: ScanStepProps) {
  const { t } = useTranslation(['account', 'common', 'auth']);
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { code: '' },
    validate: { code: (code) => (/^\d{6}$/.test(code.replaceAll(/\s/g, '')) ? null : t('auth:faults.code')) },
  });
  const isWrong = (error: unknown) => error instanceof ApiError && error.code === 'credentials_wrong';
  const verify = useMutation({
    gcTime: 0,
    mutationFn: ({ code }: { code: string }) =>
      callAuth('POST', '/two-factor/verify-totp', { code: code.replaceAll(/\s/g, '') }),
    onSuccess: onDone,
    onError(error) {
      if (!isWrong(error)) return;
      form.setFieldError('code', t('twoFactor.wrongCode'));
      form.getInputNode('code')?.focus();
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => verify.mutate(values),
        () => form.getInputNode('code')?.focus(),
      )}
      noValidate
    >
      <Stack gap="lg">
        <Text>{t('twoFactor.scanText')}</Text>
        <Group gap="lg" align="center" justify="center">
          <QrCode text={uri} label={t('twoFactor.qrLabel')} />
          <Stack gap={4} flex="1 1 11rem" miw={0}>
            <Text size="sm" c="dimmed">
              {t('twoFactor.typeIt')}
            </Text>
            <Group gap={4} wrap="nowrap" align="flex-start">
              <span className={classes.secret}>
                <Ltr mono>{secret.match(/.{1,4}/g)?.join(' ')}</Ltr>
              </span>
              <CopyButton text={secret} label={t('twoFactor.copySecret')} />
            </Group>
          </Stack>
        </Group>
        <TextInput
          dir="ltr"
          label={t('twoFactor.code')}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={7}
          autoFocus
          className={classes.digits}
          key={form.key('code')}
          {...form.getInputProps('code')}
        />
        <FormError error={isWrong(verify.error) ? null : verify.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {t('common:actions.cancel')}
          </Button>
          <Button type="submit" loading={verify.isPending}>
            {t('twoFactor.confirm')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
