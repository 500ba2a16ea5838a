// One alert: what was found, where to look closer, what would help, and what has changed since.
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconArrowLeft, IconBellOff, IconBellRinging, IconCheck, IconLock } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, describeError } from '../../api/problem.ts';
import { keyOf, type Place } from '../../entities/place.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { useFormats } from '../../ui/formats.ts';
import { lazyDialog, lazyPart } from '../../ui/lazy-part.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { useNow } from '../../ui/use-now.ts';
import { AlertStatus } from './alert-status.tsx';
import classes from './alerts.module.css';
import { acknowledgeAlert, alertQuery, muteAlert, type OpenedAlert } from './alerts-api.ts';
import { EvidenceSections } from './evidence.tsx';
import { LookCloser } from './look-closer.tsx';

const MuteDialog = lazyDialog(() => import('./mute-dialog.tsx'), 'MuteDialog', ['alerts']);
const KeyFixes = lazyPart(() => import('./key-fixes.tsx'), 'KeyFixes', ['alerts', 'audit', 'key', 'keys']);

const operatorPage = getRouteApi('/signed-in/operator/alerts/$alert');
const orgPage = getRouteApi('/signed-in/orgs/$org/alerts/$alert');

/** In an organization, or at the operator's address. */
export function AlertPage() {
  const { org } = useParams({ strict: false });
  return org === undefined ? <OperatorAlert /> : <OrgAlert />;
}

function OperatorAlert() {
  const { alert } = operatorPage.useParams();
  return <Page key={alert} place={undefined} id={alert} />;
}

function OrgAlert() {
  const { t } = useTranslation('alerts');
  const { org, canAdminister } = useOrgScope();
  const { alert } = orgPage.useParams();
  if (!canAdminister) {
    return (
      <>
        <PageHeader title={t('one')} />
        <EmptyState icon={IconLock} title={t('noRight.title')} text={t('noRight.text')} />
      </>
    );
  }
  return <Page key={alert} place={org.id} id={alert} />;
}

function Page({ place, id }: { readonly place: Place; readonly id: string }) {
  const { t } = useTranslation('alerts');
  const { data: alert, error, refetch } = useQuery(alertQuery(place, id));
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <>
      <BackLink place={place} />
      {isGone ? (
        <EmptyState order={1} icon={IconBellRinging} title={t('gone.title')} text={t('gone.text')} />
      ) : alert !== undefined ? (
        <LoadedAlert place={place} alert={alert} />
      ) : error !== null ? (
        <>
          <PageHeader title={t('one')} />
          <ErrorState error={error} onRetry={() => void refetch()} />
        </>
      ) : (
        <>
          <PageHeader title={t('one')} />
          <SkeletonRows rows={6} />
        </>
      )}
    </>
  );
}

function BackLink({ place }: { readonly place: Place }) {
  const { t } = useTranslation('alerts');
  const content = (
    <>
      <MirroredIcon icon={IconArrowLeft} size={16} />
      {t('title')}
    </>
  );
  return place === undefined ? (
    <AnchorLink to="/operator/alerts" className={classes.back}>
      {content}
    </AnchorLink>
  ) : (
    <AnchorLink to="/orgs/$org/alerts" params={{ org: place }} className={classes.back}>
      {content}
    </AnchorLink>
  );
}

interface LoadedProps {
  readonly place: Place;
  readonly alert: OpenedAlert;
}

function LoadedAlert({ place, alert }: LoadedProps) {
  const { t } = useTranslation('alerts');
  return (
    <>
      <PageHeader
        title={t(`rules.${alert.rule}.found`)}
        description={t(`rules.${alert.rule}.when`)}
        aside={<AlertStatus alert={alert} />}
        commands={{ page: 'alert', org: place, id: alert.id }}
        actions={<Actions place={place} alert={alert} />}
      />
      <Stack gap="md">
        <EvidenceSections alert={alert} />
        <Section title={t('look.title')}>
          <LookCloser place={place} alert={alert} />
        </Section>
        {place !== undefined && alert.subject.kind === 'key' && (
          <KeyFixes fallback={<SkeletonRows rows={4} />} org={place} alert={alert} />
        )}
      </Stack>
    </>
  );
}

function Actions({ place, alert }: LoadedProps) {
  const { t } = useTranslation('alerts');
  const formats = useFormats();
  const nowMs = useNow();
  const queryClient = useQueryClient();
  const [isMuting, setMuting] = useState(false);
  const { id, acknowledgedAt, mutedUntil } = alert;
  // The overview counts open alerts too.
  const refresh = () =>
    queryClient.invalidateQueries({
      queryKey: place === undefined ? ['operator'] : keyOf(place, 'alerts').slice(0, 2),
    });
  const acknowledge = useMutation({
    mutationFn: () => acknowledgeAlert(place, id),
    async onSuccess() {
      sayDone(t('acknowledge.done'));
      await refresh();
    },
    onError: (error) => sayFault(describeError(error)),
  });
  const unmute = useMutation({
    mutationFn: () => muteAlert(place, id, 'now'),
    async onSuccess() {
      sayDone(t('mute.ended'));
      await refresh();
    },
    onError: (error) => sayFault(describeError(error)),
  });
  return (
    <Stack gap={4} align="flex-end">
      <Group gap="xs">
        {mutedUntil === null ? (
          <Button variant="default" leftSection={<IconBellOff size={16} aria-hidden />} onClick={() => setMuting(true)}>
            {t('mute.open')}
          </Button>
        ) : (
          <Button variant="default" loading={unmute.isPending} onClick={() => unmute.mutate()}>
            {t('mute.end')}
          </Button>
        )}
        {acknowledgedAt === null && (
          <Button
            leftSection={<IconCheck size={16} aria-hidden />}
            loading={acknowledge.isPending}
            onClick={() => acknowledge.mutate()}
          >
            {t('acknowledge.open')}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {[
          acknowledgedAt !== null && t('acknowledge.at', { when: formats.relative(acknowledgedAt, nowMs) }),
          mutedUntil !== null && t('mute.until', { date: formats.dateTime(mutedUntil) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </Text>
      <MuteDialog opened={isMuting} place={place} alert={alert} onMuted={refresh} onClose={() => setMuting(false)} />
    </Stack>
  );
}
