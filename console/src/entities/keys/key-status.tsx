// The status of a key.
import { IconCircleCheckFilled, IconCircleX, IconClockX, IconPlayerPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ConsoleApi } from '../../api/config.ts';
import type { components } from '../../api/schema.ts';
import classes from './key-status.module.css';

export type Key = components['schemas']['Key'];

const icons = {
  active: IconCircleCheckFilled,
  disabled: IconPlayerPause,
  expired: IconClockX,
  revoked: IconCircleX,
} as const;

interface KeyStatusProps {
  readonly status: Key['status'];
  /** The vendor's word decides between revoked and deleted. */
  readonly actions: ConsoleApi['actions'];
}

/** Each status has an icon of its own shape, because colour is not enough. */
export function KeyStatus({ status, actions }: KeyStatusProps) {
  const { t } = useTranslation('keys');
  const StatusIcon = icons[status];
  return (
    <span className={classes.status} data-status={status}>
      <StatusIcon size={15} aria-hidden />
      {status === 'revoked' ? t(`status.revoked.${actions.revokeWord}`) : t(`status.${status}`)}
    </span>
  );
}
