// The keys of an organization, for one API and environment.
import { Button, Group, Paper, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconKeyOff, IconSearchOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/problem.ts';
import type { Key } from '../../entities/keys/api/create-key.ts';
import { type KeyListQuery, type KeyRow, keyListQuery } from '../../entities/keys/api/list-keys.ts';
import type { KeyAction } from '../../entities/keys/key-action.ts';
import { useWords } from '../../entities/keys/words.ts';
import { useApiScope, useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useShortcut } from '../../frame/shortcuts.ts';
import { useFormats } from '../../ui/formats.ts';
import { lazyDialog } from '../../ui/lazy-part.ts';
import { MirroredIcon } from '../../ui/mirrored-icon.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { CreateButton, useCreateFault } from './create-button.tsx';
import classes from './keys-page.module.css';
import { EmptyKeys } from './list/empty-keys.tsx';
import { KeyCards } from './list/key-cards.tsx';
import { KeyTable } from './list/key-table.tsx';
import { isNarrowed, type KeysSearch, pageSize, readKeysSearch, toListQuery } from './list/list-search.ts';
import type { Pasted } from './list/search-box.tsx';
import { Toolbar } from './list/toolbar.tsx';

const CreateDialog = lazyDialog(() => import('../../entities/keys/create/create-dialog.tsx'), 'CreateDialog', [
  'denials',
  'keys',
]);
const BulkRevoke = lazyDialog(() => import('./list/bulk-revoke.tsx'), 'BulkRevoke', ['keys']);

const route = getRouteApi('/signed-in/orgs/$org/keys');

export function KeysPage() {
  const { t } = useTranslation('keys');
  const { api } = useOrgScope();
  if (api === undefined) return <EmptyState icon={IconKeyOff} title={t('list.noApi')} text={t('list.noApiText')} />;
  return <KeysOfApi key={api.id} />;
}

function KeysOfApi() {
  const { t } = useTranslation('keys');
  const { org, api, environment } = useApiScope();
  const words = useWords();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const fault = useCreateFault();
  const [pasted, setPasted] = useState<Pasted>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [isRevoking, setRevoking] = useState(false);
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) === true;

  const go = useCallback(
    (
      change: Partial<Record<keyof KeysSearch, unknown>>,
      options: { replace?: boolean; ignoreBlocker?: boolean } = {},
    ) =>
      void navigate({
        to: '.',
        search: (current) => readKeysSearch({ ...current, ...change }),
        ...options,
      }),
    [navigate],
  );
  const narrow = useCallback(
    (change: Partial<Record<keyof KeysSearch, unknown>>) => {
      setChosen(new Set());
      go({ ...change, after: undefined, page: undefined }, { replace: true });
    },
    [go],
  );
  const openCreate = () => go({ create: true });
  /** The list shows the new key: of its environment, without filters. */
  function closeCreate(made?: Key): void {
    const env = (made?.environment ?? environment) === 'test' ? 'test' : undefined;
    const all = { q: undefined, show: undefined, after: undefined, page: undefined };
    void navigate({
      to: '.',
      search: (current) => ({
        ...readKeysSearch({ ...current, create: undefined, ...(made !== undefined && all) }),
        env,
      }),
      replace: true,
      ignoreBlocker: true,
    });
  }
  useShortcut('c', openCreate, fault === undefined);

  const scope: KeyListQuery = { api: api.id, environment };
  const query: KeyListQuery =
    pasted === undefined ? toListQuery(search, scope, api.rotateAfterDays) : { ...pasted.query, limit: pageSize };
  const list = useQuery(keyListQuery(org.id, query));
  const { data, error, isPending, isPlaceholderData, refetch } = list;
  const isCursorGone = error instanceof ApiError && error.code === 'cursor_invalid';
  useEffect(() => {
    if (isCursorGone) go({ after: undefined, page: undefined }, { replace: true });
  }, [isCursorGone, go]);

  const rows = data?.data ?? [];
  const shownRows = { rows, chosen, onChosen: setChosen };
  const onAction = (action: KeyAction, key: KeyRow) =>
    void navigate({ to: '/orgs/$org/keys/$key', params: { org: org.id, key: key.id }, search: { do: action } });
  const isEmpty = data !== undefined && data.total === 0;
  const isWhole = !isNarrowed(search) && pasted === undefined;
  // Where all keys are ended, filters and history stay.
  const past = useQuery({
    ...keyListQuery(org.id, { ...scope, status: 'revoked', limit: 1 }),
    enabled: isEmpty && isWhole,
  });
  const isLooking = isEmpty && isWhole && (past.isPending || past.isPlaceholderData);
  const isNew = isEmpty && isWhole && !isLooking && (past.data?.total ?? 0) === 0;
  const hasEnded = isEmpty && isWhole && !isLooking && !isNew;
  const revoking = rows.filter(({ id }) => chosen.has(id));

  return (
    <>
      <PageHeader
        title={words.navLabel ?? t('list.title')}
        // Shown only to those who can't have keys.
        {...(fault !== undefined && { description: fault })}
        commands={{ page: 'keys', org: org.id, query }}
        {...(!isNew && { actions: <CreateButton onCreate={openCreate} /> })}
      />
      {!isNew && (
        <Toolbar
          search={search}
          onChange={narrow}
          pasted={pasted}
          onPasted={(found) => {
            setPasted(found);
            setChosen(new Set());
          }}
        />
      )}
      {revoking.length > 0 && (
        <Paper className={classes.chosen} role="region" aria-label={t('bulk.label')}>
          <Text fw={500}>{t('bulk.chosen', { count: revoking.length })}</Text>
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setChosen(new Set())}>
              {t('bulk.clear')}
            </Button>
            <Button size="xs" color="red" onClick={() => setRevoking(true)}>
              {words.revoke ?? t(`bulk.confirm.${api.actions.revokeWord}`)}…
            </Button>
          </Group>
        </Paper>
      )}
      {(isPending || isLooking) && (
        <Paper className={classes.loading}>
          <SkeletonRows rows={8} height={48} />
        </Paper>
      )}
      {error !== null && !isCursorGone && <ErrorState error={error} onRetry={() => void refetch()} />}
      {isNew && <EmptyKeys action={<CreateButton onCreate={openCreate} />} />}
      {hasEnded && (
        <EmptyState
          icon={IconKeyOff}
          title={t('ended.title')}
          text={t(`ended.text.${api.actions.revokeWord}`)}
          action={
            <Button variant="default" onClick={() => narrow({ show: 'revoked' })}>
              {t(`ended.show.${api.actions.revokeWord}`)}
            </Button>
          }
        />
      )}
      {isEmpty && !isWhole && (
        <EmptyState
          icon={IconSearchOff}
          title={pasted === undefined ? t('list.nothing') : t('list.nothingPasted')}
          text={pasted === undefined ? t('list.nothingText') : t('list.nothingPastedText')}
          action={
            <Button
              variant="default"
              onClick={() => {
                setPasted(undefined);
                narrow({ q: undefined, show: undefined });
              }}
            >
              {t('list.showAll')}
            </Button>
          }
        />
      )}
      {error === null && rows.length > 0 && (
        <div className={classes.list} aria-busy={isPlaceholderData} data-pending={isPlaceholderData || undefined}>
          {isNarrow ? (
            <KeyCards {...shownRows} onAction={onAction} />
          ) : (
            <KeyTable
              {...shownRows}
              onAction={onAction}
              search={search}
              onSort={(sort, order) => narrow({ sort: sort === 'created' ? undefined : sort, order })}
            />
          )}
          <Pages
            total={data?.total ?? 0}
            shown={rows.length}
            search={pasted === undefined ? search : {}}
            nextCursor={data?.nextCursor ?? null}
            isComing={isPlaceholderData}
            onPage={(page, after) => {
              setChosen(new Set());
              go({ page, after });
            }}
          />
        </div>
      )}
      <BulkRevoke opened={isRevoking} keys={revoking} onClose={() => setRevoking(false)} onDone={setChosen} />
      <CreateDialog
        opened={search.create === true && fault === undefined}
        madeId={search.made}
        onMade={(made) => go({ made }, { replace: true, ignoreBlocker: true })}
        onClose={closeCreate}
      />
    </>
  );
}

interface PagesProps {
  readonly total: number;
  readonly shown: number;
  readonly search: KeysSearch;
  readonly nextCursor: string | null;
  /** The next page is loading. The previous one is still shown. */
  readonly isComing: boolean;
  readonly onPage: (page: number | undefined, after: string | undefined) => void;
}

/** The position in the list. The way back follows known cursors, or leads to the first page. */
function Pages({ total, shown, search: { page = 1, after }, nextCursor, isComing, onPage }: PagesProps) {
  const { t } = useTranslation('keys');
  const formats = useFormats();
  const cursors = useRef(new Map<number, string>());
  const shownPage = useRef(page);
  if (after !== undefined) cursors.current.set(page, after);
  if (!isComing) shownPage.current = page;
  const first = (shownPage.current - 1) * pageSize + 1;
  function back(): void {
    const cursor = cursors.current.get(page - 1);
    onPage(cursor === undefined ? undefined : page - 1, cursor);
  }
  return (
    <Group justify="space-between" mt="sm" gap="sm">
      <Text size="sm" c="dimmed" role="status">
        {total > shown
          ? t('list.range', { from: formats.number(first), to: formats.number(first + shown - 1), count: total })
          : t('list.total', { count: total })}
      </Text>
      {total > shown && (
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            disabled={page === 1 || isComing}
            onClick={back}
            leftSection={<MirroredIcon icon={IconChevronLeft} size={16} />}
          >
            {t('list.previous')}
          </Button>
          <Button
            variant="default"
            size="xs"
            disabled={nextCursor === null || isComing}
            onClick={() => nextCursor !== null && onPage(page + 1, nextCursor)}
            rightSection={<MirroredIcon icon={IconChevronRight} size={16} />}
          >
            {t('list.next')}
          </Button>
        </Group>
      )}
    </Group>
  );
}
