// Two-factor authentication: an app's code and backup codes. Their secrets live only in the open dialog.
import { Badge, Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../../api/client.ts';
import { sessionQuery } from '../../../api/session.ts';
import { useScope } from '../../../entities/scope.ts';
import { sayDone } from '../../../ui/done-toast.tsx';
import { ResponsiveDialog } from '../../../ui/responsive-dialog.tsx';
import { Section } from '../../../ui/section.tsx';
import classes from '../account.module.css';
import { sessionsQuery } from '../account-queries.ts';
import { BackupCodes } from './backup-codes.tsx';
import { PasswordStep } from './password-step.tsx';
import { ScanStep } from './scan-step.tsx';

type Step =
  | { readonly at: 'enable' | 'disable' | 'renew' }
  | { readonly at: 'scan'; readonly uri: string; readonly codes: readonly string[] }
  | { readonly at: 'codes'; readonly codes: readonly string[] };

export function TwoFactorSection() {
  const { t } = useTranslation('account');
  const { hasTwoFactor } = useScope().session.person;
  const [step, setStep] = useState<Step>();
  const queryClient = useQueryClient();
  const close = () => setStep(undefined);
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
    ]);

  async function begin(password: string): Promise<void> {
    const { totpURI: uri, backupCodes: codes } = await callAuth<{ totpURI: string; backupCodes: string[] }>(
      'POST',
      '/two-factor/enable',
      { password },
    );
    setStep({ at: 'scan', uri, codes });
  }

  async function renew(password: string): Promise<void> {
    const { backupCodes: codes } = await callAuth<{ backupCodes: string[] }>(
      'POST',
      '/two-factor/generate-backup-codes',
      { password },
    );
    setStep({ at: 'codes', codes });
  }

  async function disable(password: string): Promise<void> {
    await callAuth('POST', '/two-factor/disable', { password });
    sayDone(t('twoFactor.disabled'));
    close();
    await refresh();
  }

  function confirmed(codes: readonly string[]): void {
    setStep({ at: 'codes', codes });
    sayDone(t('twoFactor.enabled'));
    void refresh();
  }

  /** A click beside the dialog does not lose the codes. */
  function leave(): void {
    if (step?.at !== 'codes') close();
  }

  return (
    <Section
      id="two-factor"
      title={t('twoFactor.title')}
      text={t('twoFactor.text')}
      aside={
        hasTwoFactor && (
          <Badge variant="light" className={classes.badge}>
            {t('twoFactor.on')}
          </Badge>
        )
      }
      actions={
        hasTwoFactor ? (
          <>
            <Button variant="default" onClick={() => setStep({ at: 'renew' })}>
              {t('twoFactor.renew')}
            </Button>
            <Button variant="light" color="red" onClick={() => setStep({ at: 'disable' })}>
              {t('twoFactor.disable')}
            </Button>
          </>
        ) : (
          <Button onClick={() => setStep({ at: 'enable' })}>{t('twoFactor.enable')}</Button>
        )
      }
    >
      <ResponsiveDialog
        opened={step !== undefined}
        onClose={leave}
        title={step === undefined ? '' : t(`twoFactor.titles.${step.at}`)}
        width={520}
      >
        {step?.at === 'enable' && (
          <PasswordStep submitLabel={t('twoFactor.next')} onPassword={begin} onCancel={close} />
        )}
        {step?.at === 'scan' && <ScanStep uri={step.uri} onDone={() => confirmed(step.codes)} onCancel={close} />}
        {step?.at === 'codes' && <BackupCodes codes={step.codes} onDone={close} />}
        {step?.at === 'renew' && (
          <>
            <Text mb="md">{t('twoFactor.renewText')}</Text>
            <PasswordStep submitLabel={t('twoFactor.renew')} onPassword={renew} onCancel={close} />
          </>
        )}
        {step?.at === 'disable' && (
          <>
            <Text mb="md">{t('twoFactor.disableText')}</Text>
            <PasswordStep submitLabel={t('twoFactor.disable')} isDangerous onPassword={disable} onCancel={close} />
          </>
        )}
      </ResponsiveDialog>
    </Section>
  );
}
