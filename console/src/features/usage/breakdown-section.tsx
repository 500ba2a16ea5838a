// The requests by key, by outcome, or by API and environment.
import { Group, Paper, SegmentedControl, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Environment } from '../../api/config.ts';
import { useOrgScope } from '../../entities/scope.ts';
import {
  type Counts,
  type CountsOf,
  groupOf,
  type Outcome,
  outcomeGroups,
  toRows,
  toStatusRows,
  totalOf,
  type UsageSum,
} from '../../entities/usage/series.ts';
import { shareOf } from '../../entities/usage/share.ts';
import classes from '../../entities/usage/usage.module.css';
import { type UsageFilter, usageQuery } from '../../entities/usage/usage-query.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { Ltr, Name } from '../../ui/ltr.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import own from './usage-page.module.css';
import { type Breakdown, breakdowns } from './usage-search.ts';
import { useUsageSearch } from './use-usage-search.ts';

const groupsOf: Readonly<Record<Breakdown, readonly string[]>> = {
  key: ['key', 'outcome'],
  outcome: ['outcome'],
  status: ['outcome'],
  api: ['api', 'environment', 'outcome'],
};

export function BreakdownSection({ filter }: { readonly filter: UsageFilter }) {
  const { t } = useTranslation('usage');
  const { org, config } = useOrgScope();
  const [search, setSearch] = useUsageSearch();
  const hasApis = config.apis.length > 1;
  const hasSeveral = hasApis || config.apis.some(({ environments }) => environments.length > 1);
  const offered = breakdowns.filter((each) => each !== 'api' || (hasSeveral && search.key === undefined));
  const by = offered.find((each) => each === search.by) ?? 'key';
  const { fromMs, toMs, api } = filter;
  const everywhere = { fromMs, toMs, ...(!hasApis && api !== undefined && { api }) };
  const usage = useQuery(usageQuery(org.id, by === 'api' ? everywhere : filter, groupsOf[by]));

  return (
    <Paper component="section" mt="md" className={own.section}>
      <Group justify="space-between" p="lg" pb="sm" gap="sm">
        <Title order={2}>{t('by.label')}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t('by.label')}
          value={by}
          onChange={(chosen) => {
            const { by: _, ...rest } = search;
            setSearch(chosen === 'key' ? rest : { ...rest, by: chosen as Breakdown });
          }}
          data={offered.map((each) => ({
            value: each,
            label: t(`by.${each === 'api' && !hasApis ? 'environment' : each}`),
          }))}
        />
      </Group>
      {by === 'api' && hasApis && (
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
          minWidth={by === 'outcome' || by === 'status' ? 0 : 560}
          scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
        >
          {by === 'key' && <ByKey sums={usage.data.data} />}
          {by === 'outcome' && <ByOutcome sums={usage.data.data} />}
          {by === 'status' && <ByStatus sums={usage.data.data} />}
          {by === 'api' && <ByApi sums={usage.data.data} />}
        </Table.ScrollContainer>
      )}
      {by === 'key' && usage.data?.isCut === true && (
        <Text size="sm" c="dimmed" p="lg" pt="xs">
          {t('by.isCut')}
        </Text>
      )}
    </Paper>
  );
}

interface SumsProps {
  readonly sums: readonly UsageSum[];
}

function ByKey({ sums }: SumsProps) {
  const { t } = useTranslation('usage');
  const { org } = useOrgScope();
  const rows = toRows(sums, ({ key }) => ({ id: key?.id ?? '', subject: key }));
  return (
    <CountsTable
      title={t('by.keyTitle')}
      rows={rows}
      name={({ subject }) =>
        subject == null ? (
          <Text c="dimmed">{t('by.removed')}</Text>
        ) : (
          <>
            <AnchorLink to="/orgs/$org/keys/$key" params={{ org: org.id, key: subject.id }} className={own.key}>
              <Name>{subject.name || subject.masked}</Name>
            </AnchorLink>
            <Text size="xs" c="dimmed" component="div">
              <Ltr mono>{subject.masked}</Ltr>
            </Text>
          </>
        )
      }
    />
  );
}

function ByApi({ sums }: SumsProps) {
  const { t } = useTranslation(['usage', 'common']);
  const { config } = useOrgScope();
  const hasApis = config.apis.length > 1;
  const language = useLanguage();
  const rows = toRows(sums, ({ api = '', environment = 'live' }) => ({
    id: `${api} ${environment}`,
    subject: { api, environment },
  }));
  const nameOf = (environment: Environment, words?: { live?: string; test?: string }) =>
    words?.[environment] ?? t(environment === 'live' ? 'common:shell.live' : 'common:shell.sandbox');
  return (
    <CountsTable
      title={t(hasApis ? 'by.apiTitle' : 'by.environmentTitle')}
      rows={rows}
      name={({ subject }) => {
        const api = config.apis.find(({ id }) => id === subject.api);
        const environment = nameOf(subject.environment, api?.words[language]);
        if (!hasApis) return environment;
        return (
          <>
            <Name>{api?.name[language] ?? subject.api}</Name>
            <Text size="xs" c="dimmed">
              {environment}
            </Text>
          </>
        );
      }}
    />
  );
}

interface CountsTableProps<Subject> {
  readonly title: string;
  readonly rows: readonly CountsOf<Subject>[];
  readonly name: (row: CountsOf<Subject>) => ReactNode;
}

function CountsTable<Subject>({ title, rows, name }: CountsTableProps<Subject>) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const most = Math.max(...rows.map(totalOf));
  return (
    <Table className={classes.numbers} data-wide>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{title}</Table.Th>
          {outcomeGroups.map((group) => (
            <Table.Th key={group} scope="col" className={classes.number}>
              {t(`outcomes.${group}`)}
            </Table.Th>
          ))}
          <Table.Th scope="col" className={classes.number}>
            {t('chart.total')}
          </Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t('billed')}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Th scope="row" className={own.named}>
              {name(row)}
            </Table.Th>
            {outcomeGroups.map((group) => (
              <Table.Td key={group} className={classes.number} data-none={row[group] === 0 || undefined}>
                {formats.number(row[group])}
              </Table.Td>
            ))}
            <Table.Td className={classes.number}>
              {formats.number(totalOf(row))}
              <SharesBar counts={row} most={most} />
            </Table.Td>
            <Table.Td className={classes.number} data-none={row.billed === 0 || undefined}>
              {formats.number(row.billed)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Shows the outcomes of a row as a bar, as long as its total beside `most`. The numbers are beside it. */
function SharesBar({ counts, most }: { readonly counts: Counts; readonly most: number }) {
  return (
    <div className={classes.shares} aria-hidden style={{ inlineSize: `${(totalOf(counts) / most) * 100}%` }}>
      {outcomeGroups.map((group) => (
        <span key={group} className={classes.share} data-outcome={group} style={{ flexGrow: counts[group] }} />
      ))}
    </div>
  );
}

function ByOutcome({ sums }: SumsProps) {
  const { t } = useTranslation(['usage', 'denials']);
  const { org } = useOrgScope();
  const [{ key }] = useUsageSearch();
  const formats = useFormats();
  const nameShare = useShareName(sums);
  const rows = sums.toSorted((a, b) => b.count - a.count);
  const nameOf = (outcome: Outcome) =>
    outcome === 'allowed' || outcome === 'upstream_failed'
      ? t(`usage:outcomes.${groupOf(outcome)}`)
      : t(`denials:reasons.${outcome}.title`);
  return (
    <Table className={classes.numbers} data-wide>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('by.outcomeTitle')}</Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t('totals.all')}
          </Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t('by.share')}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ outcome = 'allowed', count }) => (
          <Table.Tr key={outcome}>
            <Table.Th scope="row" className={own.named}>
              <span className={own.outcome}>
                <span className={classes.swatch} data-outcome={groupOf(outcome)} />
                <span className={own.words}>
                  <span>{nameOf(outcome)}</span>
                  {outcome !== 'allowed' && outcome !== 'upstream_failed' && (
                    <AnchorLink
                      to="/orgs/$org/denials"
                      params={{ org: org.id }}
                      search={{ reason: outcome, ...(key && { key }) }}
                      size="sm"
                    >
                      {t('by.seeRefusals')}
                    </AnchorLink>
                  )}
                </span>
              </span>
            </Table.Th>
            <Table.Td className={classes.number}>{formats.number(count)}</Table.Td>
            <Table.Td className={classes.number}>{nameShare(count)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** The allowed requests by the status class of the API's reply. */
function ByStatus({ sums }: SumsProps) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const rows = toStatusRows(sums);
  const nameShare = useShareName(rows);
  return (
    <Table className={classes.numbers} data-wide>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('by.statusTitle')}</Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t('totals.all')}
          </Table.Th>
          <Table.Th scope="col" className={classes.number}>
            {t('by.share')}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ statusClass, count }) => (
          <Table.Tr key={statusClass}>
            <Table.Th scope="row" className={own.named}>
              <span className={own.words}>
                <span>{t(`statuses.${statusClass}`)}</span>
                {statusClass !== 'none' && statusClass !== 'unknown' && (
                  <Text size="sm" c="dimmed" component="span">
                    <Ltr mono>{statusClass}</Ltr>
                  </Text>
                )}
              </span>
            </Table.Th>
            <Table.Td className={classes.number}>{formats.number(count)}</Table.Td>
            <Table.Td className={classes.number}>{nameShare(count)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Names the share of a part of all rows. */
function useShareName(rows: readonly { readonly count: number }[]): (count: number) => string {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const total = rows.reduce((all, { count }) => all + count, 0);
  return (part) => {
    const { ratio, isLess } = shareOf(part, total);
    const percent = formats.percent(ratio);
    return isLess ? t('by.lessThan', { percent }) : percent;
  };
}
