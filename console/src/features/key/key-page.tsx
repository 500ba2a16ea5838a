// The page of one key: facts, usage, denied requests, settings and actions.
import { Badge, Button, Skeleton, Stack } from '@mantine/core';
import { IconArrowLeft, IconCopyPlus, IconKeyOff, IconPencil, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/problem.ts';
import { type Key, keyQuery } from '../../entities/keys/change/key-api.ts';
import type { DialogName } from '../../entities/keys/change/key-search.ts';
import { nameOfKey } from '../../entities/keys/change/key-words.ts';
import { useDialogInAddress } from '../../entities/keys/change/use-dialog-in-address.ts';
import { KeyStatus } from '../../entities/keys/key-status.tsx';
import { useEnvironmentName, useWords } from '../../entities/keys/words.ts';
import { useApiScope, useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useLanguage } from '../../i18n/use-language.ts';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { EmptyState, ErrorState } from '../../ui/states.tsx';
import { EndSection } from './end-section.tsx';
import classes from './key.module.css';
import { KeyAddresses } from './key-addresses.tsx';
import { KeyDenials } from './key-denials.tsx';
import { KeyFacts } from './key-facts.tsx';
import { KeyNotice } from './key-notice.tsx';
import { KeySettings } from './key-settings.tsx';
import { KeyUsage } from './key-usage.tsx';
import { OverlapPanel } from './overlap-panel.tsx';
import { Tester } from './tester.tsx';
import { useScopeOfKey } from './use-scope-of-key.ts';

const KeyDialogs = lazyDialog(() => import('../../entities/keys/change/key-dialogs.tsx'), 'KeyDialogs', [
  'denials',
  'key',
  'keys',
]);

const route = getRouteApi('/signed-in/orgs/$org/keys/$key');

export function KeyPage() {
  const { t } = useTranslation('key');
  const { org, config } = useOrgScope();
  const { key: id } = route.useParams();
  const query = useQuery(keyQuery({ org: org.id, id }));
  const key = query.data;
  // The console of one vendor shows no keys of another.
  const isForeign = key !== undefined && !config.apis.some((api) => api.id === key.api);
  const isGone = isForeign || (query.error instanceof ApiError && query.error.status === 404);
  const isInScope = useScopeOfKey(isForeign ? undefined : key);

  return (
    <>
      <BackLink />
      {isGone ? (
        <GoneState />
      ) : key !== undefined && isInScope ? (
        <LoadedKey key={key.id} apiKey={key} />
      ) : key === undefined && query.error !== null ? (
        <>
          <PageHeader title={t('title')} />
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
        </>
      ) : (
        <LoadingKey />
      )}
    </>
  );
}

function BackLink() {
  const { t } = useTranslation('common');
  const language = useLanguage();
  const { org, api } = useOrgScope();
  const label = api?.words[language].navLabel ?? t('nav.keys');
  return (
    <AnchorLink to="/orgs/$org/keys" params={{ org: org.id }} className={classes.back}>
      <MirroredIcon icon={IconArrowLeft} size={16} />
      {label}
    </AnchorLink>
  );
}

function LoadedKey({ apiKey }: { readonly apiKey: Key }) {
  const { api } = useApiScope();
  const environmentName = useEnvironmentName(api);
  const { dialog, madeId, setDialog, setMade } = useDialogInAddress();
  const isOver = apiKey.status === 'revoked';
  return (
    <>
      <PageHeader
        title={nameOfKey(apiKey)}
        aside={
          <>
            <KeyStatus status={apiKey.status} actions={api.actions} />
            {api.environments.length > 1 && (
              <Badge
                variant="light"
                radius="sm"
                color={apiKey.environment === 'test' ? 'yellow' : 'gray'}
                className={classes.badge}
              >
                {environmentName(apiKey.environment)}
              </Badge>
            )}
          </>
        }
        commands={{ page: 'key', apiKey, api }}
        actions={<Actions apiKey={apiKey} onOpen={setDialog} />}
      />
      <Stack gap="md">
        <KeyNotice apiKey={apiKey} onEdit={() => setDialog('edit')} />
        <KeyFacts apiKey={apiKey} />
        {!isOver && <OverlapPanel apiKey={apiKey} />}
        <div className={classes.columns}>
          <KeyUsage apiKey={apiKey} />
          <KeySettings apiKey={apiKey} />
        </div>
        <KeyAddresses apiKey={apiKey} />
        <KeyDenials apiKey={apiKey} />
        {!isOver && <Tester apiKey={apiKey} />}
        {!isOver && <EndSection apiKey={apiKey} onRevoke={() => setDialog('revoke')} />}
      </Stack>
      <KeyDialogs
        // A dialog that leads to another one starts anew.
        key={dialog}
        opened={dialog !== undefined}
        apiKey={apiKey}
        dialog={dialog}
        madeId={madeId}
        onMade={setMade}
        onClose={() => setDialog(undefined)}
      />
    </>
  );
}

interface ActionsProps {
  readonly apiKey: Key;
  readonly onOpen: (dialog: DialogName) => void;
}

function Actions({ apiKey, onOpen }: ActionsProps) {
  const { t } = useTranslation('key');
  const { api, canEdit } = useApiScope();
  const words = useWords();
  const isOver = apiKey.status === 'revoked';
  const isRotated = api.actions.rotate && (apiKey.status === 'active' || apiKey.status === 'disabled');
  const ReplaceIcon = isRotated ? IconRefresh : IconCopyPlus;
  return (
    <>
      {canEdit && (
        <Button
          variant={isOver ? 'filled' : 'default'}
          leftSection={<ReplaceIcon size={16} stroke={1.7} aria-hidden />}
          onClick={() => onOpen(isRotated ? 'rotate' : 'replace')}
          {...(words.rotateNote !== undefined && { title: words.rotateNote })}
        >
          {isRotated ? t('rotate.button') : t('replace.button')}
        </Button>
      )}
      {canEdit && !isOver && (
        <Button leftSection={<IconPencil size={16} stroke={1.7} aria-hidden />} onClick={() => onOpen('edit')}>
          {t('edit.button')}
        </Button>
      )}
    </>
  );
}

function GoneState() {
  const { t } = useTranslation('key');
  const { org } = useOrgScope();
  return (
    <EmptyState
      order={1}
      icon={IconKeyOff}
      title={t('gone.title')}
      text={t('gone.text')}
      action={
        <ButtonLink to="/orgs/$org/keys" params={{ org: org.id }} variant="default">
          {t('gone.all')}
        </ButtonLink>
      }
    />
  );
}

function LoadingKey() {
  const { t } = useTranslation(['key', 'common']);
  return (
    <>
      <PageHeader title={t('title')} />
      <div role="status" aria-label={t('common:states.loading')}>
        <Skeleton h={92} radius="lg" />
        <div className={classes.columns}>
          <Skeleton h={300} mt="md" radius="lg" />
          <Skeleton h={300} mt="md" radius="lg" />
        </div>
      </div>
    </>
  );
}
