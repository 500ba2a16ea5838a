// One notification: what happened to what, who did it and when.
import { Button, VisuallyHidden } from '@mantine/core';
import { type Icon, IconActivity, IconBuilding, IconClock, IconKey, IconUsers, IconWebhook } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { asRule } from '../../entities/alerts/rules.ts';
import { markRead, type Notification } from '../../entities/notifications/notifications-query.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { Dotted } from '../../ui/dotted.tsx';
import { FormError } from '../../ui/form-error.tsx';
import { useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row } from '../../ui/rows.tsx';
import classes from './notifications.module.css';

const icons: Readonly<Record<Notification['kind'], Icon>> = {
  key_expiry: IconClock,
  key_change: IconKey,
  organization_status: IconBuilding,
  member_change: IconUsers,
  webhook_disabled: IconWebhook,
  alert: IconActivity,
};

export function NotificationRow({ notification }: { readonly notification: Notification }) {
  const { t } = useTranslation(['notifications', 'alerts', 'common']);
  const { org } = useOrgScope();
  const formats = useFormats();
  const queryClient = useQueryClient();
  const { id, kind, type, at, readAt, subject, role, expiresAt, because } = notification;
  const read = useMutation({ mutationFn: () => markRead(queryClient, org.id, { ids: [id] }) });
  const rule = kind === 'alert' ? asRule(because) : undefined;
  const KindIcon = icons[kind];
  const title = t(`types.${type}`);
  const isRole = role === 'owner' || role === 'admin' || role === 'developer' || role === 'viewer';
  return (
    <Row
      lead={<KindIcon size={22} stroke={1.5} />}
      title={
        <>
          {readAt === null && (
            <>
              <span className={classes.dot} aria-hidden />
              <VisuallyHidden>{t('isUnread')}: </VisuallyHidden>
            </>
          )}
          <SubjectLink notification={notification} onOpen={() => readAt === null && read.mutate()}>
            {title}
          </SubjectLink>
        </>
      }
      text={
        <>
          <Dotted>
            {kind !== 'organization_status' && kind !== 'alert' && <SubjectName subject={subject} />}
            {isRole && <span>{t('newRole', { role: t(`common:roles.${role}`) })}</span>}
            {expiresAt !== null && <span>{t('expires', { date: formats.dateTime(expiresAt) })}</span>}
            {rule !== undefined && <span>{t(`alerts:rules.${rule}.found`)}</span>}
            {(because === 'gone' || because === 'failing') && <span>{t(`because.${because}`)}</span>}
            <Author author={notification.author} />
            <RelativeTime at={at} />
          </Dotted>
          <FormError error={read.error} />
        </>
      }
      actions={
        readAt === null && (
          <Button
            size="xs"
            variant="default"
            loading={read.isPending}
            onClick={() => read.mutate()}
            aria-label={t('readNamed', { name: `${title} ${subject.name ?? subject.id}` })}
          >
            {t('read')}
          </Button>
        )
      }
    />
  );
}

function SubjectName({ subject }: Pick<Notification, 'subject'>) {
  const { id, name, masked } = subject;
  return (
    <>
      {name !== null && (
        <span>
          <Name>{name}</Name>
        </span>
      )}
      {(masked !== null || name === null) && (
        <span>
          <Ltr mono>{masked ?? id}</Ltr>
        </span>
      )}
    </>
  );
}

function Author({ author }: Pick<Notification, 'author'>) {
  const { t } = useTranslation('notifications');
  const { kind, name } = author;
  switch (kind) {
    case 'member':
      return <span>{name === null ? t('by.former') : t('by.member', { name })}</span>;
    case 'operator':
      return <span>{t('by.operator')}</span>;
    case 'key':
      return <span>{t('by.key')}</span>;
    case 'system':
      return null;
    default:
      return kind satisfies never;
  }
}

interface SubjectLinkProps {
  readonly notification: Notification;
  readonly onOpen: () => void;
  readonly children: ReactNode;
}

/** Links to the page of what changed. Opening it marks the notification as read. */
function SubjectLink({ notification, onOpen, children }: SubjectLinkProps) {
  const { org, canAdminister } = useOrgScope();
  const { kind, subject } = notification;
  const params = { org: org.id };
  if (kind === 'organization_status') {
    return (
      <AnchorLink to="/orgs/$org/settings" params={params} onClick={onOpen}>
        {children}
      </AnchorLink>
    );
  }
  if (kind === 'member_change') {
    return (
      <AnchorLink to="/orgs/$org/members" params={params} onClick={onOpen}>
        {children}
      </AnchorLink>
    );
  }
  if (kind === 'webhook_disabled') {
    if (!canAdminister) return children;
    return (
      <AnchorLink to="/orgs/$org/audit" params={params} search={{ target: subject.id }} onClick={onOpen}>
        {children}
      </AnchorLink>
    );
  }
  if (kind === 'alert') {
    if (!canAdminister) return children;
    return (
      <AnchorLink to="/orgs/$org/alerts/$alert" params={{ ...params, alert: subject.id }} onClick={onOpen}>
        {children}
      </AnchorLink>
    );
  }
  // A key that another organization has now has no page here.
  if (subject.masked === null) return children;
  return (
    <AnchorLink to="/orgs/$org/keys/$key" params={{ ...params, key: subject.id }} onClick={onOpen}>
      {children}
    </AnchorLink>
  );
}
