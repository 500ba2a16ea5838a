// The steps after the first sign-in: the way to the server, and its mail. The address holds the step.
import { Button, Group } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../../../api/session.ts';
import { Mail } from '../../../entities/server/mail.tsx';
import { Way, WayAgain } from '../../../entities/server/way.tsx';
import { SetUpCard } from './set-up-card.tsx';
import type { SetUpStep } from './set-up-search.ts';

export function ServerStep({ step }: { readonly step: SetUpStep }) {
  // This step has no fields, so the heading gets the focus.
  useEffect(() => document.querySelector<HTMLElement>('[data-page-heading]')?.focus({ preventScroll: true }), []);
  return step === 'way' ? <WayStep /> : <MailStep />;
}

function WayStep() {
  const { t } = useTranslation(['auth', 'common']);
  const navigate = useNavigate();
  return (
    <SetUpCard step={3} title={t('auth:setUp.way.title')} text={t('auth:setUp.way.text')} isWide>
      <Way />
      <Group justify="space-between">
        <WayAgain />
        <Button onClick={() => void navigate({ to: '/setup', search: { step: 'mail' } })}>
          {t('common:actions.continue')}
        </Button>
      </Group>
    </SetUpCard>
  );
}

function MailStep() {
  const { t } = useTranslation(['auth', 'common']);
  const { data: session } = useSuspenseQuery(sessionQuery);
  const navigate = useNavigate();
  const { activeOrg } = session;
  function finish(): void {
    void navigate(
      activeOrg === null
        ? { to: '/' }
        : { to: '/orgs/$org/keys', params: { org: activeOrg }, search: { create: true } },
    );
  }
  return (
    <SetUpCard step={4} title={t('auth:setUp.mail.title')} text={t('auth:setUp.mail.text')} isWide>
      <Mail />
      <Group justify="space-between">
        <Button variant="subtle" color="gray" onClick={() => void navigate({ to: '/setup', search: { step: 'way' } })}>
          {t('common:actions.back')}
        </Button>
        <Button onClick={finish}>{t('auth:setUp.finish')}</Button>
      </Group>
    </SetUpCard>
  );
}
