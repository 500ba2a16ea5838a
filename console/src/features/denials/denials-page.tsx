// Recent denied requests with their fixes. The list refreshes without moving the rows that are being read.
import { Button, Group, Paper, Text } from '@mantine/core';
import { IconFilterOff, IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { allReasons } from '../../entities/denials/all-reasons.ts';
import { denialsQuery, type Reason } from '../../entities/denials/denials-api.ts';
import { KeyFilter } from '../../entities/keys/key-filter.tsx';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { LiveList } from '../../ui/live-list.tsx';
import { PeriodChip } from '../../ui/period-chip.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { DenialRow } from './denial-row.tsx';
import classes from './denials.module.css';

export interface DenialsSearch {
  readonly reason?: Reason;
  readonly key?: string;
  /** Instants: only groups of hours between them. */
  readonly from?: string;
  readonly to?: string;
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
  const { reason, key, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const known = allReasons.find((each) => each === reason);
  const search = { ...(known && { reason: known }), ...(key && { key }), ...(from && { from }), ...(to && { to }) };
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
      <PeriodChip
        period={search}
        clearLabel={t('filters.clear')}
        onClear={() => {
          const { from: _, to: __, ...rest } = search;
          setSearch(rest);
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
  if (list.isPending) return <SkeletonRows rows={6} height={68} />;
  if (list.data === undefined) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <LiveList
      rows={list.data.pages.flatMap(({ data }) => data)}
      view={JSON.stringify([org.id, api?.id, environment, search])}
      newLabel={(count) => t('live.new', { count })}
      announcement={(count) => t('live.announced', { count })}
    >
      {(rows) =>
        rows.length === 0 ? (
          <NoDenials isFiltered={isFiltered} onClear={() => setSearch({})} />
        ) : (
          <>
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
          </>
        )
      }
    </LiveList>
  );
}

function NoDenials({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  const { t } = useTranslation('denials');
  if (!isFiltered) return <EmptyState icon={IconShieldCheck} title={t('empty.title')} text={t('empty.text')} />;
  return (
    <EmptyState
      icon={IconFilterOff}
      title={t('empty.filteredTitle')}
      text={t('empty.filteredText')}
      action={
        <Button variant="default" onClick={onClear}>
          {t('filters.clear')}
        </Button>
      }
    />
  );
}
