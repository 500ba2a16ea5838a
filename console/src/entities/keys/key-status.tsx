// Whether a key works, and if not, why.
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
  /** The vendor's: a key that is over is revoked, or deleted. */
  readonly actions: ConsoleApi['actions'];
}

/** Each with an icon of its own shape, so that colour is not all that tells states apart. */
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
