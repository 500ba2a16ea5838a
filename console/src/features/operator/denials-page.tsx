// The denied requests with unknown keys. No secret is ever shown.
import { Button, Group, Paper, Text, ThemeIcon } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client.ts';
import { useApiNames } from '../../entities/api-names.ts';
import type { OrgDenial } from '../../entities/denials/denials-api.ts';
import { reasonIcons } from '../../entities/denials/reason-icon.ts';
import { RequestLine } from '../../entities/denials/request-line.tsx';
import { useScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useLanguage } from '../../i18n/use-language.ts';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { Name } from '../../ui/ltr.tsx';
import { MorePages } from '../../ui/more-pages.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { readUnknownKeysSearch, type UnknownKeysSearch, unknownKeyReasons } from './unknown-keys-search.ts';

const route = getRouteApi('/signed-in/operator/denials');

const pageSize = 30;
const freshMs = 5_000;

const denialsQuery = (filter: UnknownKeysSearch) =>
  infiniteQueryOptions({
    queryKey: ['operator', 'denials', filter],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/operator/denials', {
          params: { query: { ...filter, limit: pageSize, ...(pageParam !== null && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    // The list stands still once the reader has opened a second page.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : freshMs),
  });

export function OperatorDenialsPage() {
  const { t } = useTranslation('operator');
  const [search] = useDenialsSearch();
  return (
    <>
      <PageHeader
        title={t('denials.title')}
        description={t('denials.description')}
        commands={{ page: 'unknownKeys', query: { ...search } }}
      />
      <Filters />
      <DenialList />
    </>
  );
}

function useDenialsSearch() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: { readonly [name in keyof UnknownKeysSearch]: UnknownKeysSearch[name] | undefined }) =>
    void navigate({ to: '.', search: readUnknownKeysSearch({ ...search, ...change }), replace: true });
  return [search, go] as const;
}

function Filters() {
  const { t } = useTranslation(['operator', 'denials']);
  const { config } = useScope();
  const [search, go] = useDenialsSearch();
  const language = useLanguage();
  return (
    <Group gap="sm" mb="md" role="group" aria-label={t('denials:filters.label')}>
      <ChoiceFilter
        label={t('denials:filters.reason')}
        any={t('denials:filters.anyReason')}
        w={{ base: '100%', xs: 260 }}
        choices={unknownKeyReasons.map((reason) => ({ value: reason, label: t(`denials:reasons.${reason}.title`) }))}
        value={search.reason}
        onChange={(reason) => go({ reason })}
      />
      {config.apis.length > 1 && (
        <ChoiceFilter
          label={t('denials.api')}
          any={t('denials.anyApi')}
          w={{ base: '100%', xs: 220 }}
          choices={config.apis.map(({ id, name }) => ({ value: id, label: name[language] }))}
          value={search.api}
          onChange={(chosen) => go({ api: chosen })}
        />
      )}
    </Group>
  );
}

function DenialList() {
  const { t } = useTranslation(['operator', 'denials']);
  const [search, go] = useDenialsSearch();
  const list = useInfiniteQuery(denialsQuery(search));
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const isFiltered = Object.keys(search).length > 0;
  if (list.isPending) {
    return (
      <Paper>
        <SkeletonRows rows={6} height={64} />
      </Paper>
    );
  }
  if (list.data === undefined) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={IconShieldCheck}
        title={isFiltered ? t('denials:empty.filteredTitle') : t('denials.none')}
        text={isFiltered ? t('denials:empty.filteredText') : t('denials.noneText')}
        {...(isFiltered && {
          action: (
            <Button variant="default" onClick={() => go({ api: undefined, reason: undefined })}>
              {t('denials:filters.clear')}
            </Button>
          ),
        })}
      />
    );
  }
  return (
    <>
      <Paper>
        <Rows label={t('denials.title')}>
          {rows.map((denial) => (
            <DenialRow key={denial.id} denial={denial} />
          ))}
        </Rows>
      </Paper>
      <MorePages list={list} label={t('more')} />
    </>
  );
}

function DenialRow({ denial }: { readonly denial: OrgDenial }) {
  const { t } = useTranslation(['operator', 'denials']);
  const nameOf = useApiNames();
  const { reason, api: apiId, clientAddress, count, lastAt } = denial;
  const ReasonIcon = reasonIcons[reason];
  const name = nameOf(apiId);
  return (
    <Row
      lead={
        <ThemeIcon variant="light" color="gray" size={36} radius="md">
          <ReasonIcon size={19} stroke={1.6} />
        </ThemeIcon>
      }
      title={t(`denials:reasons.${reason}.title`)}
      text={
        <Group gap="4px 14px">
          <Name>{name}</Name>
          {clientAddress === null ? (
            <span>{t('denials:row.noAddress')}</span>
          ) : (
            <span>{t('denials:row.from', { address: clientAddress })}</span>
          )}
          <RequestLine denial={denial} />
        </Group>
      }
      facts={[
        <Text key="count" size="sm">
          {t('denials:row.count', { count })}
        </Text>,
        <RelativeTime key="last" at={lastAt} />,
      ]}
    />
  );
}
