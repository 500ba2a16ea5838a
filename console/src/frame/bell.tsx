// The bell of the top bar: how many notifications the reader has not read.

import { IconBell } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { unreadQuery } from '../entities/notifications/notifications-query.ts';
import { useFormats } from '../ui/formats.ts';
import classes from './bell.module.css';

/** More are shown as `99+`. */
const maxShown = 99;

export function Bell({ org }: { readonly org: string }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { data: unread = 0 } = useQuery(unreadQuery(org));
  const count = unread > maxShown ? `${formats.number(maxShown)}+` : formats.number(unread);
  const label = unread === 0 ? t('shell.notifications') : t('shell.unread', { unread: formats.number(unread) });
  return (
    <Link to="/orgs/$org/notifications" params={{ org }} className={classes.bell} aria-label={label} title={label}>
      <IconBell size={20} stroke={1.6} aria-hidden />
      {unread > 0 && (
        <span className={classes.count} aria-hidden>
          {count}
        </span>
      )}
    </Link>
  );
}
