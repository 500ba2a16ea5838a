// The parts of a page about usage below its head: totals, a chart with its table, and a breakdown.
import { Group, Paper, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { addUp, countsOf, toSteps, totalOf } from '../../entities/usage/series.ts';
import { StepTable } from '../../entities/usage/step-table.tsx';
import { Totals } from '../../entities/usage/totals.tsx';
import { UsageChart } from '../../entities/usage/usage-chart.tsx';
import { usageQuery } from '../../entities/usage/usage-query.ts';
import { day, useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { ErrorState, SkeletonRows } from '../../ui/states.tsx';
import { BreakdownSection } from './breakdown-section.tsx';
import { Toolbar } from './toolbar.tsx';
import classes from './usage-page.module.css';
import { useUsageView } from './usage-view.ts';

type Answer = Parameters<typeof toSteps>[0] & { readonly keptFrom: string | null; readonly isExact?: boolean };

/** `empty`: shown in place of the numbers if there were no requests. */
export function UsageBody({ empty }: { readonly empty: ReactNode }) {
  const { org, filter, span } = useUsageView();
  const usage = useQuery(usageQuery(org, filter, { by: [span.step, 'outcome'] }));
  return (
    <>
      <Toolbar />
      {usage.isPending ? (
        <LoadingUsage />
      ) : usage.data === undefined ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <>
          <Coverage answer={usage.data} />
          <UsageSections answer={usage.data} empty={empty} />
        </>
      )}
    </>
  );
}

/** Says if the answer covers another time than the chosen one. Otherwise missing days look like days without requests. */
function Coverage({ answer: { from, to, keptFrom, isExact } }: { readonly answer: Answer }) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const { span } = useUsageView();
  const dateTime = new Intl.DateTimeFormat(formats.locale, {
    ...{ ...day, hour: '2-digit', minute: '2-digit', timeZone: span.zone },
  });
  const date = new Intl.DateTimeFormat(formats.locale, { ...day, timeZone: 'UTC' });
  return (
    <>
      {keptFrom !== null && Date.parse(from) < Date.parse(keptFrom) && (
        <Text size="sm" c="dimmed" mb="md">
          {/* Usage is removed by whole UTC days. */}
          {t('keptFrom', { date: date.format(Date.parse(keptFrom)) })}
        </Text>
      )}
      {isExact === false && (
        <Text size="sm" c="dimmed" mb="md">
          {t('notExact', { from: dateTime.format(Date.parse(from)), to: dateTime.format(Date.parse(to)) })}
        </Text>
      )}
    </>
  );
}

function UsageSections({ answer, empty }: { readonly answer: Answer; readonly empty: ReactNode }) {
  const { t } = useTranslation('usage');
  const { org, span, filter, search, readsAudit } = useUsageView();
  const isCompared = search.compare === true;
  const compared = useQuery({
    ...usageQuery(org, filter, { by: ['outcome'], compare: true }),
    enabled: isCompared,
  });
  const steps = toSteps(answer, span.step);
  const sum = addUp(steps);
  const before =
    isCompared && compared.data !== undefined ? countsOf(compared.data.data, ({ before }) => before) : undefined;
  if (totalOf(sum) === 0 && (before === undefined || totalOf(before) === 0)) return empty;
  const changesIn = readsAudit ? (org ?? search.org) : undefined;
  return (
    <>
      <Totals counts={sum} before={before} />
      <Paper component="section" p="lg" mt="md" className={classes.section}>
        <Group justify="space-between" mb="sm" gap="xs">
          <Title order={2}>{t('chart.title')}</Title>
          <Group gap="md">
            {changesIn !== undefined && (
              <AnchorLink
                to="/orgs/$org/audit"
                params={{ org: changesIn }}
                search={{ from: toInstant(answer.from), to: toInstant(answer.to) }}
                size="sm"
              >
                {t('changes')}
              </AnchorLink>
            )}
            <Text size="sm" c="dimmed">
              {t('chart.timesIn', { zone: span.zone })}
            </Text>
          </Group>
        </Group>
        <UsageChart steps={steps} sum={sum} span={span} />
        <StepTable steps={steps} span={span} />
      </Paper>
      <BreakdownSection />
    </>
  );
}

function toInstant(local: string): string {
  return new Date(local).toISOString();
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
