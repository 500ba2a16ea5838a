// The requests of today, 7 days and 30 days, each beside the same time before.
import { Paper, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { components } from '../../api/schema.ts';
import { changeOf } from '../../entities/usage/series.ts';
import { useFormats } from '../../ui/formats.ts';
import classes from './overview.module.css';

export type Period = components['schemas']['OverviewPeriod'];

const measures = ['count', 'errors', 'refused'] as const;

interface PeriodsProps {
  readonly periods: readonly Period[];
  /** The link of a period to its usage. */
  readonly link: (period: Period) => ReactNode;
}

export function Periods({ periods, link }: PeriodsProps) {
  const { t } = useTranslation('overview');
  return (
    <section aria-label={t('periods.label')} className={classes.periods}>
      {periods.map((period) => (
        <Paper key={period.days} className={classes.period}>
          <Title order={2} size="h4">
            {t(`periods.days.${period.days}`)}
          </Title>
          <dl className={classes.numbers}>
            {measures.map((measure) => (
              <div key={measure}>
                <dt>{t(`periods.${measure}`)}</dt>
                <dd className={classes.number} data-measure={measure} data-none={period[measure] === 0 || undefined}>
                  <Value value={period[measure]} />
                </dd>
                <Trend now={period[measure]} before={period.before[measure]} isGood={measure === 'count'} />
              </div>
            ))}
          </dl>
          {link(period)}
        </Paper>
      ))}
    </section>
  );
}

function Value({ value }: { readonly value: number }) {
  const formats = useFormats();
  return <>{formats.number(value)}</>;
}

/** Beyond this, a percentage says less than the number before. */
const mostRatio = 10;

interface TrendProps {
  readonly now: number;
  readonly before: number;
  /** Whether more is no reason to worry. */
  readonly isGood: boolean;
}

/** `+12%` and what it was before. Words and a sign say it too, not the colour alone. */
function Trend({ now, before, isGood }: TrendProps) {
  const { t } = useTranslation('overview');
  const formats = useFormats();
  const change = changeOf(now, before);
  const isWorse = !isGood && before > 0 && now > before;
  return (
    <dd className={classes.trend} data-worse={isWorse || undefined}>
      {change !== undefined && change <= mostRatio && <span>{formats.change(change)}</span>}
      <span>{t('periods.before', { before: formats.number(before) })}</span>
    </dd>
  );
}
