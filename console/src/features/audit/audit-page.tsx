// The audit log: filters in the address, entries, an export, and how to verify the log.
import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { IconFilterOff, IconHistory, IconLock, IconX } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useOrgScope } from '../../entities/scope.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { useFormats } from '../../ui/formats.ts';
import { MorePages } from '../../ui/more-pages.tsx';
import { PeriodChip } from '../../ui/period-chip.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../ui/states.tsx';
import classes from './audit.module.css';
import { type AuditPageAnswer, actorsQuery, auditQuery, toAuditQuery } from './audit-query.ts';
import { AuditRow } from './audit-row.tsx';
import { type AuditSearch, actionKinds, readAuditSearch, times } from './audit-search.ts';
import { ExportMenu } from './export-menu.tsx';

const route = getRouteApi('/signed-in/orgs/$org/audit');

export function AuditPage() {
  const { t } = useTranslation('audit');
  const { org, canAdminister } = useOrgScope();
  const [search] = useAuditSearch();
  if (!canAdminister) {
    return (
      <>
        <PageHeader title={t('title')} />
        <EmptyState icon={IconLock} title={t('noRight.title')} text={t('noRight.text')} />
      </>
    );
  }
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        commands={{ page: 'audit', org: org.id, query: toAuditQuery(search) }}
        actions={<ExportMenu search={search} />}
      />
      <Filters />
      <Entries />
      <Chain />
    </>
  );
}

function useAuditSearch(): [AuditSearch, (search: AuditSearch) => void] {
  const { env: _, api: __, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  return [search, (next) => void navigate({ to: '.', search: next, replace: true, resetScroll: false })];
}

function Filters() {
  const { t } = useTranslation('audit');
  const { org } = useOrgScope();
  const [search, setSearch] = useAuditSearch();
  const members = useQuery(actorsQuery(org.id));
  const emails = (members.data?.data ?? []).map(({ person }) => person.email);
  const actors = search.actor === undefined || emails.includes(search.actor) ? emails : [search.actor, ...emails];

  const choose = (change: { [member in keyof AuditSearch]: AuditSearch[member] | undefined }) =>
    setSearch(readAuditSearch({ ...search, ...change }));

  return (
    <Group gap="sm" mb="md" role="group" aria-label={t('filters.label')}>
      <ChoiceFilter
        label={t('filters.action')}
        any={t('filters.anyAction')}
        w={{ base: '100%', xs: 180 }}
        choices={actionKinds.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) }))}
        value={search.action}
        onChange={(action) => choose({ action })}
      />
      <ChoiceFilter
        label={t('filters.actor')}
        any={t('filters.anyActor')}
        w={{ base: '100%', xs: 240 }}
        choices={actors.map((actor) => ({ value: actor, label: actor }))}
        value={search.actor}
        onChange={(actor) => choose({ actor })}
      />
      <ChoiceFilter
        label={t('filters.time')}
        any={t('filters.anyTime')}
        w={{ base: '100%', xs: 180 }}
        choices={times.map((time) => ({ value: time, label: t(`filters.time${time}`) }))}
        value={search.time}
        onChange={(time) => choose({ time, from: undefined, to: undefined })}
      />
      <PeriodChip
        period={search}
        clearLabel={t('filters.clear')}
        onClear={() => choose({ from: undefined, to: undefined })}
      />
      {search.target !== undefined && (
        <Button
          variant="light"
          rightSection={<IconX size={14} aria-hidden />}
          aria-label={`${t('filters.onlyTarget', { target: search.target })}: ${t('filters.clear')}`}
          onClick={() => choose({ target: undefined })}
        >
          {t('filters.onlyTarget', { target: search.target })}
        </Button>
      )}
    </Group>
  );
}

function Entries() {
  const { t } = useTranslation('audit');
  const { org } = useOrgScope();
  const [search, setSearch] = useAuditSearch();
  const list = useInfiniteQuery(auditQuery(org.id, search));
  const entries = list.data?.pages.flatMap(({ data }) => data) ?? [];
  // No period of the filter goes as far back as the log is kept at least.
  const isWhole = !list.hasNextPage && search.time === undefined && search.from === undefined;
  const start = isWhole && <LogStart page={list.data?.pages.at(-1)} />;

  if (list.isPending) return <SkeletonRows rows={8} height={60} />;
  if (list.data === undefined) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (entries.length === 0) {
    return (
      <>
        {Object.keys(search).length > 0 ? (
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
          <EmptyState icon={IconHistory} title={t('empty.title')} text={t('empty.text')} />
        )}
        {start}
      </>
    );
  }
  return (
    <>
      <Paper component="ul" className={classes.list}>
        {entries.map((entry) => (
          <AuditRow key={entry.seq} entry={entry} onTarget={(target) => setSearch({ ...search, target })} />
        ))}
      </Paper>
      <MorePages list={list} label={t('more')} />
      {start}
    </>
  );
}

/** Says below the last entry if older ones have left the database. Otherwise the log looks complete. */
function LogStart({ page }: { readonly page: AuditPageAnswer | undefined }) {
  const { t } = useTranslation('audit');
  const formats = useFormats();
  if (page === undefined || page.keptFrom === null) return null;
  const date = formats.date(page.keptFrom);
  return (
    <Text size="sm" c="dimmed" mt="md">
      {t(page.isOlderArchived ? 'start.archived' : 'start.removed', { date })}
    </Text>
  );
}

function Chain() {
  const { t } = useTranslation('audit');
  return (
    <Paper component="section" p="lg" mt="xl" className={classes.chain}>
      <Title order={2}>{t('chain.title')}</Title>
      <Text c="dimmed" mt={4} mb="sm" maw="44rem">
        {t('chain.text')}
      </Text>
      <CodeBlock label={t('chain.command')} code="miftah audit verify" />
    </Paper>
  );
}
