// The reader's notifications in an organization, newest first.
import { Button, Stack } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { markRead, notificationsQuery } from '../../entities/notifications/notifications-query.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { MorePages } from '../../ui/more-pages.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { NotificationRow } from './notification-row.tsx';
import classes from './notifications.module.css';

export function NotificationsPage() {
  const { t } = useTranslation('notifications');
  const { org } = useOrgScope();
  const queryClient = useQueryClient();
  const list = useInfiniteQuery(notificationsQuery(org.id));
  const notifications = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const [newest] = notifications;
  const unread = list.data?.pages[0]?.unread ?? 0;
  const readAll = useMutation({ mutationFn: (upTo: string) => markRead(queryClient, org.id, { upTo }) });
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <>
            <ButtonLink to="/account" hash="notifications" variant="default">
              {t('settings')}
            </ButtonLink>
            {newest !== undefined && unread > 0 && (
              <Button loading={readAll.isPending} onClick={() => readAll.mutate(newest.id)}>
                {t('readAll')}
              </Button>
            )}
          </>
        }
      />
      <Stack gap="md">
        <FormError error={readAll.error} />
        {list.isPending && <SkeletonRows rows={6} height={60} />}
        {list.isError && list.data === undefined && (
          <ErrorState error={list.error} onRetry={() => void list.refetch()} />
        )}
        {list.data !== undefined && newest === undefined && (
          <EmptyState icon={IconBell} title={t('empty.title')} text={t('empty.text')} />
        )}
        {newest !== undefined && (
          <div className={classes.list}>
            <ul aria-label={t('title')}>
              {notifications.map((each) => (
                <NotificationRow key={each.id} notification={each} />
              ))}
            </ul>
          </div>
        )}
      </Stack>
      <MorePages list={list} label={t('more')} />
    </>
  );
}
