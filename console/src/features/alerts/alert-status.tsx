// Whether someone has acknowledged an alert, and whether its rule is muted.
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './alerts.module.css';
import type { Alert } from './alerts-api.ts';

export function AlertStatus({ alert }: { readonly alert: Pick<Alert, 'acknowledgedAt' | 'mutedUntil'> }) {
  const { t } = useTranslation('alerts');
  const isOpen = alert.acknowledgedAt === null;
  return (
    <span className={classes.states}>
      <Badge variant="light" color={isOpen ? 'yellow' : 'gray'} className={classes.badge}>
        {t(isOpen ? 'states.open' : 'states.acknowledged')}
      </Badge>
      {alert.mutedUntil !== null && (
        <Badge variant="light" color="gray" className={classes.badge}>
          {t('states.muted')}
        </Badge>
      )}
    </span>
  );
}
