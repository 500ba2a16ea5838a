// The requests by one dimension: the largest rows, or all with their shares, and the period before beside them.
import { Group, Paper, SegmentedControl, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useScope } from '../../entities/scope.ts';
import { changeOf, outcomeGroups, refusedOf, type UsageSum } from '../../entities/usage/series.ts';
import { shareOf } from '../../entities/usage/share.ts';
import classes from '../../entities/usage/usage.module.css';
import { type UsageFilter, usageQuery } from '../../entities/usage/usage-query.ts';
import { ChoiceFilter } from '../../ui/choice-filter.tsx';
import { type Formats, useFormats } from '../../ui/formats.ts';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import type { Dimension, UsageRow } from './dimension.ts';
import own from './usage-page.module.css';
import { type DimensionId, ranks, tops } from './usage-search.ts';
import { useDimension, useUsageView } from './usage-view.ts';

const defaultTop = 25;

export function BreakdownSection() {
  const { t } = useTranslation('usage');
  const { org, search, setSearch, filter, dimensions } = useUsageView();
  const dimension = useDimension();
  const nameOf = useDimensionName();
  const { hasMany, hasFewNumbers = false } = dimension;
  const offeredRanks = hasFewNumbers ? fewRanks : ranks;
  const { top = defaultTop } = search;
  const compare = search.compare === true && !hasFewNumbers;
  const rank = offeredRanks.find((each) => each === search.rank) ?? 'count';
  const usage = useQuery(
    usageQuery(org, filterFor(dimension, filter, org), {
      by: dimension.groups,
      compare,
      ...(hasMany && { top, topBy: rank }),
    }),
  );
  const choose = (change: Partial<Record<'by' | 'top' | 'rank', unknown>>) => {
    const { by: _by, top: _top, rank: _rank, ...rest } = search;
    const next = { by: search.by, top: search.top, rank: search.rank, ...change };
    setSearch({ ...rest, ...Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) });
  };

  return (
    <Paper component="section" mt="md" className={own.section}>
      <Group justify="space-between" p="lg" pb="sm" gap="sm">
        <Title order={2}>{t('by.label')}</Title>
        <SegmentedControl
          size="xs"
          className={own.ranges}
          aria-label={t('by.label')}
          value={dimension.id}
          onChange={(chosen) => choose({ by: chosen === dimensions[0]?.id ? undefined : (chosen as DimensionId) })}
          data={dimensions.map(({ id }) => ({ value: id, label: nameOf(id) }))}
        />
      </Group>
      {hasMany && (
        <Group gap="sm" px="lg" pb="sm">
          <ChoiceFilter
            label={t('top.label')}
            any={t('top.number', { number: defaultTop })}
            choices={tops
              .filter((each) => each !== defaultTop)
              .map((each) => ({ value: String(each), label: t('top.number', { number: each }) }))}
            value={search.top === undefined ? undefined : String(search.top)}
            onChange={(chosen) => choose({ top: tops.find((each) => String(each) === chosen) })}
          />
          <ChoiceFilter
            label={t('rank.label')}
            any={t('rank.count')}
            choices={offeredRanks.flatMap((each) =>
              each === 'count' ? [] : [{ value: each, label: t(`rank.${each}`) }],
            )}
            value={rank === 'count' ? undefined : rank}
            onChange={(chosen) => choose({ rank: chosen })}
          />
        </Group>
      )}
      {dimension.id === 'api' && org !== undefined && (
        <Text size="sm" c="dimmed" px="lg" pb="xs">
          {t('by.allApis')}
        </Text>
      )}
      {usage.isPending || usage.isPlaceholderData ? (
        <SkeletonRows rows={4} />
      ) : usage.data === undefined ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <Table.ScrollContainer
          minWidth={hasMany || compare ? 560 : 0}
          scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
        >
          <RowsTable
            dimension={dimension}
            rows={dimension.split?.(usage.data.data) ?? usage.data.data.map(({ statusClass: _, ...sum }) => sum)}
            others={usage.data.others ?? undefined}
            compare={compare}
          />
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}

const fewRanks = ['count', 'refused'] as const satisfies readonly (typeof ranks)[number][];

/** An organization's APIs are shown side by side. Of addresses, the outcomes are not known. */
export function filterFor({ id, hasFewNumbers }: Dimension, filter: UsageFilter, org: string | undefined): UsageFilter {
  const { api: _, environment: __, ...everywhere } = filter;
  if (id === 'api' && org !== undefined) return everywhere;
  const { outcome: ___, ...anyOutcome } = filter;
  return hasFewNumbers === true ? anyOutcome : filter;
}

/** Names a dimension. With one API, `api` has environments only. */
export function useDimensionName(kind: 'label' | 'title' = 'label'): (id: DimensionId) => string {
  const { t } = useTranslation('usage');
  const { config } = useScope();
  return (id) => {
    const name = id === 'api' && config.apis.length === 1 ? 'environment' : id;
    return kind === 'label' ? t(`by.${name}`) : t(`by.${name}Title`);
  };
}

interface Column {
  readonly title: string;
  readonly show: (counts: Numbers) => ReactNode;
  readonly isNone?: (counts: Numbers) => boolean;
}

type Numbers = Pick<UsageSum, 'count' | 'billed' | 'refused' | 'statuses' | 'before'>;

interface RowsTableProps {
  readonly dimension: Dimension;
  readonly rows: readonly UsageRow[];
  /** The sum of what the rows leave out. */
  readonly others: Numbers | undefined;
  readonly compare: boolean;
}

function RowsTable({ dimension, rows, others, compare }: RowsTableProps) {
  const { t } = useTranslation('usage');
  const titleOf = useDimensionName('title');
  const columns = useColumns(dimension, rows, compare);
  const shown = dimension.hasMany ? rows : rows.toSorted((a, b) => b.count - a.count);
  const hasOthers = others !== undefined && others.count + (others.before?.count ?? 0) > 0;
  return (
    <Table className={classes.numbers} data-wide>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{titleOf(dimension.id)}</Table.Th>
          {columns.map(({ title }) => (
            <Table.Th key={title} scope="col" className={classes.number}>
              {title}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {shown.map((row) => (
          <Table.Tr key={idOf(row)}>
            <Table.Th scope="row" className={own.named}>
              <dimension.Cell row={row} />
            </Table.Th>
            <Cells columns={columns} counts={row} />
          </Table.Tr>
        ))}
        {hasOthers && (
          <Table.Tr>
            <Table.Th scope="row" className={own.named}>
              <Text c="dimmed">{t('by.others')}</Text>
            </Table.Th>
            <Cells columns={columns} counts={others} />
          </Table.Tr>
        )}
      </Table.Tbody>
    </Table>
  );
}

function idOf({ org, key, api, environment, outcome, statusClass, route, address }: UsageRow): string {
  return [org?.id, key?.id, api, environment, outcome, statusClass, route, address].join(' ');
}

function Cells({ columns, counts }: { readonly columns: readonly Column[]; readonly counts: Numbers }) {
  return columns.map(({ title, show, isNone }) => (
    <Table.Td key={title} className={classes.number} data-none={isNone?.(counts) || undefined}>
      {show(counts)}
    </Table.Td>
  ));
}

function useColumns(dimension: Dimension, rows: readonly UsageRow[], compare: boolean): readonly Column[] {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const total = rows.reduce((all, { count }) => all + count, 0);
  const most = Math.max(...rows.map(({ count }) => count));
  const number = (title: string, read: (counts: Numbers) => number): Column => ({
    title,
    show: (counts) => formats.number(read(counts)),
    isNone: (counts) => read(counts) === 0,
  });
  const requests: Column = {
    title: t('totals.all'),
    show: (counts) => (
      <>
        {formats.number(counts.count)}
        {dimension.hasMany && <SharesBar counts={counts} most={most} />}
      </>
    ),
  };
  return [
    requests,
    ...(dimension.hasMany
      ? [
          number(t('outcomes.refused'), refusedOf),
          ...(dimension.hasFewNumbers === true
            ? []
            : [
                number(t('statuses.5xx'), ({ statuses }) => statuses?.['5xx'] ?? 0),
                number(t('statuses.none'), ({ statuses }) => statuses?.none ?? 0),
                number(t('billed'), ({ billed }) => billed ?? 0),
              ]),
        ]
      : [{ title: t('by.share'), show: ({ count }: Numbers) => nameShare(count, total, formats, t) }]),
    ...(compare
      ? [
          number(t('compare.column'), ({ before }) => before?.count ?? 0),
          { title: t('compare.changeColumn'), show: (counts: Numbers) => nameChange(counts, formats) },
        ]
      : []),
  ];
}

/** The share of a part of all rows. */
function nameShare(
  part: number,
  whole: number,
  formats: Formats,
  t: ReturnType<typeof useTranslation<'usage'>>['t'],
): string {
  const { ratio, isLess } = shareOf(part, whole);
  const percent = formats.percent(ratio);
  return isLess ? t('by.lessThan', { percent }) : percent;
}

function nameChange({ count, before }: Numbers, formats: Formats): string {
  const change = changeOf(count, before?.count ?? 0);
  return change === undefined ? '–' : formats.change(change);
}

/** Shows a row as a bar, as long as its requests beside `most`. The numbers are beside it. */
function SharesBar({ counts, most }: { readonly counts: Numbers; readonly most: number }) {
  const refused = refusedOf(counts);
  const failed = (counts.statuses?.['5xx'] ?? 0) + (counts.statuses?.none ?? 0);
  const parts = { accepted: counts.count - refused - failed, refused, limited: 0, failed };
  return (
    <div
      className={classes.shares}
      aria-hidden
      style={{ inlineSize: `${Math.min(1, counts.count / Math.max(1, most)) * 100}%` }}
    >
      {outcomeGroups.map((group) => (
        <span key={group} className={classes.share} data-outcome={group} style={{ flexGrow: parts[group] }} />
      ))}
    </div>
  );
}
