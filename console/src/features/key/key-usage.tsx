// The usage of a key: a small chart, its numbers as a table, and a link to all of it.
import { Group, Paper, SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../../entities/keys/change/key-api.ts';
import { addUp, outcomeGroups, toSteps, totalOf } from '../../entities/usage/series.ts';
import { ownZone, spanOf } from '../../entities/usage/span.ts';
import { StepTable } from '../../entities/usage/step-table.tsx';
import usageClasses from '../../entities/usage/usage.module.css';
import { UsageChart } from '../../entities/usage/usage-chart.tsx';
import { usageQuery } from '../../entities/usage/usage-query.ts';
import { useFormats } from '../../ui/formats.ts';
import { AnchorLink } from '../../ui/links.tsx';
import { ErrorState } from '../../ui/states.tsx';
import { useNow } from '../../ui/use-now.ts';
import classes from './key.module.css';

const ranges = ['24h', '7d', '30d'] as const;
const chartHeight = 190;

export function KeyUsage({ apiKey: { org, id } }: { readonly apiKey: Key }) {
  const { t } = useTranslation(['key', 'usage']);
  const formats = useFormats();
  const [range, setRange] = useState<(typeof ranges)[number]>('7d');
  const { step, ...period } = spanOf({ range }, useNow(), ownZone());
  const span = { step, zone: period.zone };
  const usage = useQuery(usageQuery(org, { ...period, key: id }, { by: [step, 'outcome'] }));
  const steps = usage.data === undefined ? [] : toSteps(usage.data, step);
  const sum = addUp(steps);
  return (
    <Paper component="section" p="lg" className={classes.section}>
      <Group justify="space-between" gap="xs" mb="md">
        <Title order={2}>{t('usage.title')}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t('usage:range.label')}
          value={range}
          onChange={(chosen) => setRange(chosen as typeof range)}
          data={ranges.map((each) => ({ value: each, label: t(`usage:range.${each}`) }))}
        />
      </Group>
      {usage.isPending ? (
        <Skeleton h={chartHeight + 40} />
      ) : usage.data === undefined ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : totalOf(sum) === 0 ? (
        <Text c="dimmed" className={classes.nothing}>
          {t('usage.none')}
        </Text>
      ) : (
        <>
          <ul className={classes.legend}>
            {outcomeGroups
              .filter((group) => group === 'accepted' || sum[group] > 0)
              .map((group) => (
                <li key={group}>
                  <span className={usageClasses.swatch} data-outcome={group} />
                  {t(`usage:outcomes.${group}`)} <strong>{formats.number(sum[group])}</strong>
                </li>
              ))}
          </ul>
          <UsageChart steps={steps} sum={sum} span={span} height={chartHeight} />
        </>
      )}
      {totalOf(sum) > 0 && <StepTable steps={steps} span={span} />}
      <AnchorLink to="/orgs/$org/usage" params={{ org }} search={{ key: id }} className={classes.more}>
        {t('usage.all')}
      </AnchorLink>
    </Paper>
  );
}
