// The reader's sessions, and how to end them.
import { Badge, Button } from '@mantine/core';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callAuth } from '../../api/client.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { sayDone } from '../../ui/done-toast.tsx';
import { Dotted } from '../../ui/dotted.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { Section } from '../../ui/section.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './account.module.css';
import { type ShownSession, sessionsQuery } from './account-queries.ts';
import { describeAgent } from './describe-agent.ts';
import { isStale, SignInAgain } from './sign-in-again.tsx';

export function SessionsSection() {
  const { t } = useTranslation('account');
  const { data, error, isPending, refetch } = useQuery(sessionsQuery);
  const [isEnding, setEnding] = useState(false);
  const queryClient = useQueryClient();
  const hasOthers = (data ?? []).length > 1;
  return (
    <Section
      id="sessions"
      title={t('sessions.title')}
      text={t('sessions.text')}
      kind={data === undefined ? 'plain' : 'rows'}
      actions={
        hasOthers && (
          <Button variant="default" onClick={() => setEnding(true)}>
            {t('sessions.endOthers')}
          </Button>
        )
      }
    >
      {isPending && <SkeletonRows rows={2} height={60} />}
      {error !== null &&
        (isStale(error) ? <SignInAgain error={error} /> : <ErrorState error={error} onRetry={() => void refetch()} />)}
      {data !== undefined && (
        <Rows label={t('sessions.title')}>
          {data.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </Rows>
      )}
      <ConfirmDialog
        opened={isEnding}
        onClose={() => setEnding(false)}
        title={t('sessions.endOthersTitle')}
        confirmLabel={t('sessions.endOthersConfirm')}
        onConfirm={async () => {
          await callAuth('POST', '/revoke-other-sessions', {});
          sayDone(t('sessions.othersEnded'));
          await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
        }}
      >
        {t('sessions.endOthersText')}
      </ConfirmDialog>
    </Section>
  );
}

function SessionRow({ session }: { readonly session: ShownSession }) {
  const { t } = useTranslation('account');
  const queryClient = useQueryClient();
  const { id, isCurrent, address, createdAt, userAgent } = session;
  const { browser, system, isPhone } = describeAgent(userAgent);
  const SessionIcon = isPhone ? IconDeviceMobile : IconDeviceDesktop;
  const name = [browser, system].filter((part) => part !== undefined).join(' · ');
  const end = useMutation({
    mutationFn: () => callAuth('POST', '/revoke-session', { id }),
    async onSuccess() {
      sayDone(t('sessions.ended'));
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
  return (
    <Row
      lead={<SessionIcon size={24} stroke={1.4} className={classes.icon} />}
      title={
        <>
          {name === '' ? t('sessions.unknown') : <Ltr>{name}</Ltr>}
          {isCurrent && (
            <Badge variant="light" size="sm" className={classes.badge}>
              {t('sessions.this')}
            </Badge>
          )}
        </>
      }
      text={
        <>
          <Dotted>
            <span>
              {t('sessions.since')} <RelativeTime at={createdAt} />
            </span>
            {address !== null && (
              <span>
                <Ltr mono>{address}</Ltr>
              </span>
            )}
          </Dotted>
          <FormError error={end.error} />
        </>
      }
      actions={
        !isCurrent && (
          <Button
            size="xs"
            variant="default"
            loading={end.isPending}
            onClick={() => end.mutate()}
            aria-label={t('sessions.endNamed', { name: name === '' ? t('sessions.unknown') : name })}
          >
            {t('sessions.end')}
          </Button>
        )
      }
    />
  );
}
