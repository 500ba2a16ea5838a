// Whether a webhook gets events, and why not.
import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './webhooks.module.css';
import type { Webhook } from './webhooks-api.ts';

export function WebhookStatus({ webhook }: { readonly webhook: Pick<Webhook, 'status' | 'disabledBecause'> }) {
  const { t } = useTranslation('webhooks');
  const isFault = webhook.disabledBecause === 'gone' || webhook.disabledBecause === 'failing';
  const color = webhook.status === 'enabled' ? 'accent' : isFault ? 'red' : 'gray';
  return (
    <Badge variant="light" color={color} className={classes.badge}>
      {t(`statuses.${webhook.disabledBecause ?? 'enabled'}`)}
    </Badge>
  );
}
