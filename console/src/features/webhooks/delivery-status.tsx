// How a delivery stands, in words: delivered, waiting for the next attempt, or failed.
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './webhooks.module.css';
import type { Delivery } from './webhooks-api.ts';

const colors = { delivered: 'accent', waiting: 'yellow', failed: 'red' } as const;

export function DeliveryStatus({ status }: Pick<Delivery, 'status'>) {
  const { t } = useTranslation('webhooks');
  return (
    <Badge variant="light" color={colors[status]} className={classes.badge}>
      {t(`deliveries.statuses.${status}`)}
    </Badge>
  );
}

/** Words for how an attempt ended. `null`: it succeeded without an answer's status, which does not happen. */
export function useAttemptWords(): (status: number | null, error: string | null) => string {
  const { t, i18n } = useTranslation('webhooks');
  return (status, error) => {
    if (status !== null) return t('attempts.answered', { status: String(status) });
    const key = `attempts.errors.${error}`;
    return i18n.exists(key, { ns: 'webhooks' }) ? (t as (key: string) => string)(key) : String(error);
  };
}
