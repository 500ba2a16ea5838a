// The page of one webhook: its settings, why it is disabled, its deliveries and its actions.
import { Alert, Button, Stack } from '@mantine/core';
import { IconAlertTriangle, IconArrowLeft, IconPencil, IconRefresh, IconSend, IconWebhook } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, describeError } from '../../api/problem.ts';
import { keyOf, type Place } from '../../entities/place.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { sayDone, sayFault } from '../../ui/done-toast.tsx';
import { Facts } from '../../ui/facts.tsx';
import { useFormats } from '../../ui/formats.ts';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr } from '../../ui/ltr.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Section } from '../../ui/section.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { Deliveries } from './deliveries.tsx';
import type { DeliveriesSearch } from './deliveries-search.ts';
import { WebhookStatus } from './webhook-status.tsx';
import classes from './webhooks.module.css';
import {
  deleteWebhook,
  endOverlap,
  testWebhook,
  updateWebhook,
  type Webhook,
  type WebhookUpdate,
  webhookQuery,
} from './webhooks-api.ts';

const EditWebhook = lazyDialog(() => import('./edit-webhook.tsx'), 'EditWebhook', ['auth', 'webhooks']);
const RotateSecret = lazyDialog(() => import('./rotate-secret.tsx'), 'RotateSecret', ['keys', 'webhooks']);

const orgPage = getRouteApi('/signed-in/orgs/$org/webhooks/$webhook');
const operatorPage = getRouteApi('/signed-in/operator/webhooks/$webhook');

/** In an organization, or at the operator's address. */
export function WebhookPage() {
  const { org } = useParams({ strict: false });
  return org === undefined ? <OperatorWebhook /> : <OrgWebhook org={org} />;
}

function OrgWebhook({ org }: { readonly org: string }) {
  const { webhook } = orgPage.useParams();
  const navigate = orgPage.useNavigate();
  const onSearch = (search: DeliveriesSearch) => void navigate({ to: '.', search, replace: true, resetScroll: false });
  return <Page key={webhook} place={org} id={webhook} status={orgPage.useSearch().status} onSearch={onSearch} />;
}

function OperatorWebhook() {
  const { webhook } = operatorPage.useParams();
  const navigate = operatorPage.useNavigate();
  const onSearch = (search: DeliveriesSearch) => void navigate({ to: '.', search, replace: true, resetScroll: false });
  const { status } = operatorPage.useSearch();
  return <Page key={webhook} place={undefined} id={webhook} status={status} onSearch={onSearch} />;
}

interface PageProps {
  readonly place: Place;
  readonly id: string;
  readonly status: DeliveriesSearch['status'] | undefined;
  readonly onSearch: (search: DeliveriesSearch) => void;
}

function Page({ place, id, status, onSearch }: PageProps) {
  const { t } = useTranslation('webhooks');
  const { data: webhook, error, refetch } = useQuery(webhookQuery(place, id));
  const isGone = error instanceof ApiError && (error.status === 404 || error.status === 403);
  return (
    <>
      <BackLink place={place} />
      {isGone ? (
        <EmptyState order={1} icon={IconWebhook} title={t('gone.title')} text={t('gone.text')} />
      ) : webhook !== undefined ? (
        <LoadedWebhook place={place} webhook={webhook} status={status} onSearch={onSearch} />
      ) : error !== null ? (
        <>
          <PageHeader title={t('one')} />
          <ErrorState error={error} onRetry={() => void refetch()} />
        </>
      ) : (
        <>
          <PageHeader title={t('one')} />
          <SkeletonRows rows={6} />
        </>
      )}
    </>
  );
}

function BackLink({ place }: { readonly place: Place }) {
  const { t } = useTranslation('webhooks');
  const content = (
    <>
      <MirroredIcon icon={IconArrowLeft} size={16} />
      {t('title')}
    </>
  );
  return place === undefined ? (
    <AnchorLink to="/operator/webhooks" className={classes.back}>
      {content}
    </AnchorLink>
  ) : (
    <AnchorLink to="/orgs/$org/webhooks" params={{ org: place }} className={classes.back}>
      {content}
    </AnchorLink>
  );
}

interface LoadedProps extends Omit<PageProps, 'id'> {
  readonly webhook: Webhook;
}

type DialogName = 'edit' | 'rotate' | 'delete' | 'overlap';

function LoadedWebhook({ place, webhook, status, onSearch }: LoadedProps) {
  const { t } = useTranslation(['webhooks', 'common']);
  const queryClient = useQueryClient();
  const [dialog, setDialog] = useState<DialogName>();
  const close = () => setDialog(undefined);
  const refresh = () => queryClient.invalidateQueries({ queryKey: keyOf(place, 'webhooks') });
  const show = (changed: Webhook) => {
    queryClient.setQueryData(webhookQuery(place, webhook.id).queryKey, changed);
    void refresh();
  };
  const test = useMutation({
    mutationFn: () => testWebhook(place, webhook.id),
    async onSuccess() {
      sayDone(t('test.done'));
      await refresh();
    },
    onError: (error) => sayFault(describeError(error)),
  });
  const isDisabled = webhook.status === 'disabled';
  return (
    <>
      <PageHeader
        title={webhook.name}
        aside={<WebhookStatus webhook={webhook} />}
        commands={{ page: 'webhook', org: place, id: webhook.id }}
        actions={
          <>
            <Button
              variant="default"
              leftSection={<IconSend size={16} aria-hidden />}
              loading={test.isPending}
              disabled={isDisabled}
              onClick={() => test.mutate()}
            >
              {t('test.open')}
            </Button>
            <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setDialog('edit')}>
              {t('edit.open')}
            </Button>
          </>
        }
      />
      <Stack gap="lg">
        <Disabled webhook={webhook} />
        <Settings webhook={webhook} onRotate={() => setDialog('rotate')} onEndOverlap={() => setDialog('overlap')} />
        <Deliveries
          place={place}
          webhook={webhook}
          status={status}
          onStatus={(chosen) => onSearch(chosen === undefined ? {} : { status: chosen })}
        />
        <Ending place={place} webhook={webhook} onChanged={show} onDelete={() => setDialog('delete')} />
      </Stack>
      <EditWebhook opened={dialog === 'edit'} place={place} webhook={webhook} onChanged={show} onClose={close} />
      <RotateSecret opened={dialog === 'rotate'} place={place} webhook={webhook} onChanged={show} onClose={close} />
      <DeleteDialog place={place} webhook={webhook} opened={dialog === 'delete'} onClose={close} />
      <ConfirmDialog
        opened={dialog === 'overlap'}
        onClose={close}
        title={t('overlap.title')}
        confirmLabel={t('overlap.confirm')}
        onConfirm={async () => show(await endOverlap(place, webhook.id))}
      >
        {t('overlap.text')}
      </ConfirmDialog>
    </>
  );
}

/** Why the webhook gets no events, and what to do. */
function Disabled({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  const formats = useFormats();
  const { disabledBecause, disabledAt } = webhook;
  if (disabledBecause === null || disabledAt === null) return null;
  const isFault = disabledBecause !== 'request';
  return (
    <Alert
      color={isFault ? 'red' : 'gray'}
      variant="light"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={t(`disabled.${disabledBecause}.title`)}
    >
      {t(`disabled.${disabledBecause}.text`, { date: formats.dateTime(disabledAt) })}
    </Alert>
  );
}

interface SettingsProps {
  readonly webhook: Webhook;
  readonly onRotate: () => void;
  readonly onEndOverlap: () => void;
}

function Settings({ webhook, onRotate, onEndOverlap }: SettingsProps) {
  const { t } = useTranslation('webhooks');
  const formats = useFormats();
  const { url, types, format, signature, publicKey, formerSecretUntil, createdAt } = webhook;
  const isSigned = signature !== 'none';
  return (
    <Section
      title={t('settings.title')}
      actions={
        isSigned && (
          <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRotate}>
            {t('rotate.open')}
          </Button>
        )
      }
    >
      <Stack gap="md">
        <Facts
          facts={[
            [t('fields.url'), <Ltr key="url">{url}</Ltr>],
            [
              t('fields.types'),
              types === null
                ? t(format === 'alertmanager' ? 'types.allAlerts' : 'types.all')
                : formats.list(types.map((type) => t(`events.${type}`))),
            ],
            [t('fields.signature'), t(`kinds.${isSigned ? signature : 'alertmanager'}`)],
            ...(publicKey === null
              ? []
              : [
                  [
                    t('fields.publicKey'),
                    <span key="key">
                      <Ltr mono>{publicKey}</Ltr> <CopyButton text={publicKey} label={t('settings.copyKey')} />
                    </span>,
                  ] as const,
                ]),
            [t('fields.createdAt'), <RelativeTime key="created" at={createdAt} />],
          ]}
        />
        {formerSecretUntil !== null && (
          <Alert
            color="yellow"
            variant="light"
            icon={<IconRefresh size={18} aria-hidden />}
            title={t('overlap.state', { date: formats.dateTime(formerSecretUntil) })}
          >
            <Stack gap="xs" align="flex-start">
              {t('overlap.hint')}
              <Button variant="default" size="xs" onClick={onEndOverlap}>
                {t('overlap.end')}
              </Button>
            </Stack>
          </Alert>
        )}
      </Stack>
    </Section>
  );
}

interface EndingProps {
  readonly place: Place;
  readonly webhook: Webhook;
  readonly onChanged: (webhook: Webhook) => void;
  readonly onDelete: () => void;
}

function Ending({ place, webhook, onChanged, onDelete }: EndingProps) {
  const { t } = useTranslation('webhooks');
  const to = webhook.status === 'disabled' ? 'on' : 'off';
  const change = useMutation({
    mutationFn: (update: WebhookUpdate) => updateWebhook(place, webhook.id, update),
    onSuccess(changed) {
      onChanged(changed);
      sayDone(t(`switch.${to}Done`));
    },
    onError: (error) => sayFault(describeError(error)),
  });
  return (
    <>
      <Section
        title={t(`switch.${to}`)}
        text={t(`switch.${to}Text`)}
        actions={
          <Button
            variant="default"
            loading={change.isPending}
            onClick={() => change.mutate({ disabled: to === 'off' })}
          >
            {t(`switch.${to}`)}
          </Button>
        }
      />
      <Section
        isDangerous
        title={t('delete.open')}
        text={t('delete.hint')}
        actions={
          <Button color="red" variant="light" onClick={onDelete}>
            {t('delete.open')}
          </Button>
        }
      />
    </>
  );
}

interface DeleteDialogProps {
  readonly place: Place;
  readonly webhook: Webhook;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function DeleteDialog({ place, webhook, opened, onClose }: DeleteDialogProps) {
  const { t } = useTranslation('webhooks');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t('delete.title', { name: webhook.name })}
      confirmLabel={t('delete.confirm')}
      onConfirm={async () => {
        await deleteWebhook(place, webhook.id);
        sayDone(t('delete.done', { name: webhook.name }));
        await navigate(
          place === undefined ? { to: '/operator/webhooks' } : { to: '/orgs/$org/webhooks', params: { org: place } },
        );
        await queryClient.invalidateQueries({ queryKey: keyOf(place, 'webhooks') });
      }}
    >
      {t('delete.text')}
    </ConfirmDialog>
  );
}
