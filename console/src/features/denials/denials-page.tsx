// Recent denied requests with their fixes. The list refreshes without moving the rows that are being read.
import { Button, Group, Paper, Text } from '@mantine/core';
import { IconArrowUp, IconFilterOff, IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { allReasons } from '../../entities/denials/all-reasons.ts';
import { denialsQuery, type Reason } from '../../entities/denials/denials-api.ts';
import { KeyFilter } from '../../entities/keys/key-filter.tsx';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { announce } from '../../ui/announcer.tsx';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { DenialRow } from './denial-row.tsx';
import classes from './denials.module.css';
import { useHeldRows } from './held-rows.ts';

export interface DenialsSearch {
  readonly reason?: Reason;
  readonly key?: string;
}

const route = getRouteApi('/signed-in/orgs/$org/denials');

export function DenialsPage() {
  const { t } = useTranslation('denials');
  const { org, api, environment } = useOrgScope();
  const [search] = useDenialsSearch();
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        commands={{ page: 'denials', org: org.id, query: { ...(api && { api: api.id }), environment, ...search } }}
      />
      <Filters />
      <DenialList />
    </>
  );
}

function useDenialsSearch(): [DenialsSearch, (search: DenialsSearch) => void] {
  const { reason, key } = route.useSearch();
  const navigate = route.useNavigate();
  const known = allReasons.find((each) => each === reason);
  const search = { ...(known && { reason: known }), ...(key && { key }) };
  return [search, (next) => void navigate({ to: '.', search: next, replace: true })];
}

function Filters() {
  const { t } = useTranslation('denials');
  const [search, setSearch] = useDenialsSearch();
  return (
    <Group gap="sm" mb="md" role="group" aria-label={t('filters.label')}>
      <ChoiceFilter
        label={t('filters.reason')}
        any={t('filters.anyReason')}
        w={{ base: '100%', xs: 260 }}
        choices={allReasons.map((reason) => ({ value: reason, label: t(`reasons.${reason}.title`) }))}
        value={search.reason}
        onChange={(reason) => {
          const { reason: _, ...rest } = search;
          setSearch(reason === undefined ? rest : { ...rest, reason });
        }}
      />
      <KeyFilter
        value={search.key}
        onChange={(key) => {
          const { key: _, ...rest } = search;
          setSearch(key === undefined ? rest : { ...rest, key });
        }}
      />
    </Group>
  );
}

function DenialList() {
  const { t } = useTranslation('denials');
  const { org, api, environment } = useOrgScope();
  const [search, setSearch] = useDenialsSearch();
  const isFiltered = Object.keys(search).length > 0;
  const list = useInfiniteQuery(denialsQuery(org.id, { ...(api && { api: api.id }), environment, ...search }));
  const { rows, waiting, showAll, holders } = useHeldRows(list.data?.pages.flatMap(({ data }) => data) ?? []);
  useAnnouncedArrivals(
    rows.map(({ id }) => id),
    list.data !== undefined,
    JSON.stringify([org.id, api?.id, environment, search]),
  );

  if (list.isPending) return <SkeletonRows rows={6} height={68} />;
  if (list.data === undefined) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) {
    return isFiltered ? (
      <EmptyState
        icon={IconFilterOff}
        title={t('empty.filteredTitle')}
        text={t('empty.filteredText')}
        action={
          <Button variant="default" onClick={() => setSearch({})}>
            {t('filters.clear')}
          </Button>
        }
      />
    ) : (
      <EmptyState icon={IconShieldCheck} title={t('empty.title')} text={t('empty.text')} />
    );
  }
  return (
    <div {...holders}>
      <div className={classes.arrivals}>
        {waiting > 0 && (
          <Button
            size="compact-sm"
            radius="xl"
            leftSection={<IconArrowUp size={14} aria-hidden />}
            onClick={showAll}
            className={classes.waiting}
          >
            {t('live.new', { count: waiting })}
          </Button>
        )}
      </div>
      <Paper component="ul" className={classes.list}>
        {rows.map((denial) => (
          <DenialRow key={denial.id} denial={denial} />
        ))}
      </Paper>
      <Group justify="space-between" mt="md" gap="sm">
        <Text size="sm" c="dimmed">
          {t('end')}
        </Text>
        {list.hasNextPage && (
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('more')}
          </Button>
        )}
      </Group>
    </div>
  );
}

/** Announces denials that appear while the page is open. Another page or filter announces nothing. */
function useAnnouncedArrivals(ids: readonly string[], isLoaded: boolean, view: string): void {
  const { t } = useTranslation('denials');
  const seen = useRef<{ view: string; ids: Set<string>; first: string | undefined }>(undefined);
  const joined = ids.join(' ');
  useEffect(() => {
    if (!isLoaded) return;
    const now = joined === '' ? [] : joined.split(' ');
    const before = seen.current;
    seen.current = { view, ids: new Set(now), first: now[0] };
    if (before?.view !== view) return;
    const known = now.findIndex((id) => before.ids.has(id));
    const arrived = known < 0 ? (before.ids.size === 0 ? now.length : 0) : known;
    if (arrived > 0) announce(t('live.announced', { count: arrived }));
  }, [joined, isLoaded, view, t]);
}
