// The sums of the time that is looked at; they are the legend of the chart too.
import { Paper, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../formats.ts';
import { type Counts, outcomeGroups, totalOf } from './series.ts';
import classes from './usage.module.css';

export function Totals({ counts }: { readonly counts: Counts }) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const total = totalOf(counts);
  // An API that answers is the rule: its failures are shown when there are any.
  const groups = outcomeGroups.filter((group) => group !== 'failed' || counts.failed > 0);
  return (
    <dl className={classes.totals} aria-label={t('totals.label')}>
      <Paper className={classes.total}>
        <dt>{t('totals.all')}</dt>
        <dd>{formats.number(total)}</dd>
      </Paper>
      {groups.map((group) => (
        <Paper key={group} className={classes.total}>
          <dt>
            <span className={classes.swatch} data-outcome={group} />
            {t(`outcomes.${group}`)}
          </dt>
          <dd>
            {formats.number(counts[group])}
            <Text component="span" size="sm" c="dimmed">
              {t('totals.share', { percent: formats.percent(counts[group] / total) })}
            </Text>
          </dd>
          <dd className={classes.hint}>{t(`outcomeHints.${group}`)}</dd>
        </Paper>
      ))}
    </dl>
  );
}
