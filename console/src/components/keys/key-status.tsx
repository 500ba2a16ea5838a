// Whether a key works, and if not, why.
import { IconCircleCheckFilled, IconCircleX, IconClockX, IconPlayerPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema.ts';
import classes from './key-status.module.css';

export type Key = components['schemas']['Key'];

const icons = {
  active: IconCircleCheckFilled,
  disabled: IconPlayerPause,
  expired: IconClockX,
  revoked: IconCircleX,
} as const;

/** Each with an icon of its own shape, so that colour is not all that tells states apart. */
export function KeyStatus({ status }: { readonly status: Key['status'] }) {
  const { t } = useTranslation('keys');
  const StatusIcon = icons[status];
  return (
    <span className={classes.status} data-status={status}>
      <StatusIcon size={15} aria-hidden />
      {t(`status.${status}`)}
    </span>
  );
}
