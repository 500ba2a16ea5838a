// The usage of an organization's keys: totals, a chart and breakdowns. The address holds all filters.
import { Badge, Group, Paper, SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { KeyFilter } from '../../entities/keys/key-filter.tsx';
import { useOrgScope } from '../../entities/scope.ts';
import { addUp, toSteps, totalOf } from '../../entities/usage/series.ts';
import { type Range, ranges, type Span, spanOf } from '../../entities/usage/span.ts';
import { StepTable } from '../../entities/usage/step-table.tsx';
import { Totals } from '../../entities/usage/totals.tsx';
import { UsageChart } from '../../entities/usage/usage-chart.tsx';
import { toUsageQuery, type UsageFilter, usageQuery } from '../../entities/usage/usage-query.ts';
import { PageHeader } from '../../frame/page-header.tsx';
import { useLanguage } from '../../i18n/use-language.ts';
import { day, useFormats } from '../../ui/formats.ts';
import { lazyPart } from '../../ui/lazy-part.ts';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { useNow } from '../../ui/use-now.ts';
import { BreakdownSection } from './breakdown-section.tsx';
import { ExportMenu } from './export-menu.tsx';
import { UsageEmpty } from './usage-empty.tsx';
import classes from './usage-page.module.css';
import { useUsageSearch } from './use-usage-search.ts';

const DaysInput = lazyPart(() => import('./days-input.tsx'), 'DaysInput', ['usage']);

export function UsagePage() {
  const { t } = useTranslation('usage');
  const { org, api, config, environment } = useOrgScope();
  const isTestFree = (api === undefined ? config.apis : [api]).every(({ billsTest }) => !billsTest);
  const [search] = useUsageSearch();
  const span = spanOf(search, useNow());
  const filter: UsageFilter = {
    fromMs: span.fromMs,
    toMs: span.toMs,
    environment,
    ...(api && { api: api.id }),
    ...(search.key && { key: search.key }),
  };
  const usage = useQuery(usageQuery(org.id, filter, [span.step, 'outcome']));
  const language = useLanguage();
  return (
    <>
      <PageHeader
        title={t('title')}
        {...(api && { description: t('description', { api: api.name[language] }) })}
        aside={
          environment === 'test' &&
          isTestFree && (
            <Badge variant="outline" className={classes.badge}>
              {t('notBilled')}
            </Badge>
          )
        }
        commands={{ page: 'usage', org: org.id, query: toUsageQuery(filter, [span.step, 'outcome']) }}
        actions={<ExportMenu filter={filter} span={span} />}
      />
      <Toolbar span={span} />
      <KeptFrom keptFrom={usage.data?.keptFrom ?? null} span={span} />
      {usage.isPending ? (
        <LoadingUsage />
      ) : usage.data === undefined ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <UsageSections steps={toSteps(usage.data.data, span)} span={span} filter={filter} />
      )}
    </>
  );
}

function Toolbar({ span }: { readonly span: Span }) {
  const { t } = useTranslation('usage');
  const [search, setSearch] = useUsageSearch();
  const { range = '7d' } = search;

  function choose(chosen: Range): void {
    const { range: _, from: __, to: ___, ...rest } = search;
    const asDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);
    if (chosen === '7d') setSearch(rest);
    // The shown days are the start.
    else if (chosen === 'custom')
      setSearch({ ...rest, range: chosen, from: asDay(span.fromMs), to: asDay(span.toMs - 1) });
    else setSearch({ ...rest, range: chosen });
  }

  return (
    <Group gap="sm" mb="md">
      <SegmentedControl
        aria-label={t('range.label')}
        className={classes.ranges}
        value={range}
        onChange={(chosen) => choose(chosen as Range)}
        data={ranges.map((each) => ({ value: each, label: t(`range.${each}`) }))}
      />
      {range === 'custom' && search.from !== undefined && search.to !== undefined && (
        <DaysInput
          fallback={<Skeleton w={240} h={36} />}
          from={search.from}
          to={search.to}
          onChange={(from: string, to: string) => setSearch({ ...search, range: 'custom', from, to })}
        />
      )}
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

/** Says if the shown time begins before the usage that is kept. Otherwise missing days look like days without requests. */
function KeptFrom({ keptFrom, span }: { readonly keptFrom: string | null; readonly span: Span }) {
  const { t } = useTranslation('usage');
  const { locale } = useFormats();
  if (keptFrom === null || span.fromMs >= Date.parse(keptFrom)) return null;
  // Usage is removed by whole UTC days.
  const date = new Intl.DateTimeFormat(locale, { ...day, timeZone: 'UTC' }).format(Date.parse(keptFrom));
  return (
    <Text size="sm" c="dimmed" mb="md">
      {t('keptFrom', { date })}
    </Text>
  );
}

interface SectionsProps {
  readonly steps: ReturnType<typeof toSteps>;
  readonly span: Span;
  readonly filter: UsageFilter;
}

function UsageSections({ steps, span, filter }: SectionsProps) {
  const { t } = useTranslation('usage');
  const sum = addUp(steps);
  if (totalOf(sum) === 0) return <UsageEmpty />;
  return (
    <>
      <Totals counts={sum} />
      <Paper component="section" p="lg" mt="md" className={classes.section}>
        <Group justify="space-between" mb="sm" gap="xs">
          <Title order={2}>{t('chart.title')}</Title>
          <Text size="sm" c="dimmed">
            {span.step === 'hour'
              ? t('chart.hoursIn', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })
              : t('chart.daysInUtc')}
          </Text>
        </Group>
        <UsageChart steps={steps} sum={sum} step={span.step} />
        <StepTable steps={steps} step={span.step} />
      </Paper>
      <BreakdownSection filter={filter} />
    </>
  );
}

function LoadingUsage() {
  return (
    <>
      <div className={classes.totals}>
        {['a', 'b', 'c', 'd'].map((each) => (
          <Skeleton key={each} h={92} radius="lg" />
        ))}
      </div>
      <Skeleton h={340} mt="md" radius="lg" />
      <SkeletonRows rows={4} />
    </>
  );
}
