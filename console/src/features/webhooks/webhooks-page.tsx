// The webhooks of an organization or of the operator: a list, and a dialog to create one.
import { Button, Paper } from '@mantine/core';
import { IconLock, IconPlus, IconWebhook } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Place } from '../../entities/place.ts';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useShortcut } from '../../frame/shortcuts.ts';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { DeliveryStatus } from './delivery-status.tsx';
import { WebhookStatus } from './webhook-status.tsx';
import classes from './webhooks.module.css';
import { type ListedWebhook, webhooksQuery } from './webhooks-api.ts';

const CreateWebhook = lazyDialog(() => import('./create-webhook.tsx'), 'CreateWebhook', ['auth', 'keys', 'webhooks']);

/** In an organization, or at the operator's address. */
export function WebhooksPage() {
  const { org } = useParams({ strict: false });
  return org === undefined ? <Webhooks place={undefined} /> : <OrgWebhooks />;
}

function OrgWebhooks() {
  const { t } = useTranslation('webhooks');
  const { org, canAdminister } = useOrgScope();
  if (!canAdminister) {
    return (
      <>
        <PageHeader title={t('title')} />
        <EmptyState icon={IconLock} title={t('noRight.title')} text={t('noRight.text')} />
      </>
    );
  }
  return <Webhooks key={org.id} place={org.id} />;
}

function Webhooks({ place }: { readonly place: Place }) {
  const { t } = useTranslation('webhooks');
  const [isCreating, setCreating] = useState(false);
  useShortcut('c', () => setCreating(true));
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
      {t('create.open')}
    </Button>
  );
  const { data, error, refetch } = useQuery(webhooksQuery(place));
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t(place === undefined ? 'operatorDescription' : 'description')}
        commands={{ page: 'webhooks', org: place }}
        {...(data?.length !== 0 && { actions: create })}
      />
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <Paper>
          <SkeletonRows rows={3} height={64} />
        </Paper>
      )}
      {data?.length === 0 && (
        <EmptyState icon={IconWebhook} title={t('empty.title')} text={t('empty.text')} action={create} />
      )}
      {data !== undefined && data.length > 0 && (
        <Paper>
          <Rows label={t('title')}>
            {data.map((webhook) => (
              <WebhookRow key={webhook.id} place={place} webhook={webhook} />
            ))}
          </Rows>
        </Paper>
      )}
      <CreateWebhook opened={isCreating} place={place} onClose={() => setCreating(false)} />
    </>
  );
}

function WebhookRow({ place, webhook }: { readonly place: Place; readonly webhook: ListedWebhook }) {
  const { t } = useTranslation('webhooks');
  const { lastDelivery } = webhook;
  const name = <Name>{webhook.name}</Name>;
  return (
    <Row
      lead={<IconWebhook size={22} stroke={1.5} />}
      title={
        place === undefined ? (
          <AnchorLink to="/operator/webhooks/$webhook" params={{ webhook: webhook.id }} className={classes.name}>
            {name}
          </AnchorLink>
        ) : (
          <AnchorLink
            to="/orgs/$org/webhooks/$webhook"
            params={{ org: place, webhook: webhook.id }}
            className={classes.name}
          >
            {name}
          </AnchorLink>
        )
      }
      text={<Ltr>{webhook.url}</Ltr>}
      facts={[
        <WebhookStatus key="status" webhook={webhook} />,
        <span key="last">
          {lastDelivery === null ? (
            t('list.neverSent')
          ) : (
            <>
              <DeliveryStatus status={lastDelivery.status} /> <RelativeTime at={lastDelivery.happenedAt} />
            </>
          )}
        </span>,
      ]}
    />
  );
}
