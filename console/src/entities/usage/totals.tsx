// The sums of the shown time. They are also the legend of the chart.
import { Paper } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';
import { Tooltip } from '../../ui/tooltip.tsx';
import { useChangeName } from './change.ts';
import { type Counts, outcomeGroups, totalOf } from './series.ts';
import { shareOf } from './share.ts';
import classes from './usage.module.css';

/** `before`: the same sums of the period before, to compare with. */
export function Totals({ counts, before }: { readonly counts: Counts; readonly before?: Counts | undefined }) {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  const total = totalOf(counts);
  // Failures are rare, so they are shown only when there are any.
  const groups = outcomeGroups.filter((group) => group !== 'failed' || counts.failed > 0);
  const nameShare = (count: number) => {
    const { ratio, isLess } = shareOf(count, total);
    return t(isLess ? 'totals.tinyShare' : 'totals.share', { percent: formats.percent(ratio) });
  };
  return (
    <dl className={classes.totals} aria-label={t('totals.label')}>
      <Paper className={classes.total}>
        <dt>{t('totals.all')}</dt>
        <dd>{formats.number(total)}</dd>
        {before !== undefined && <Change count={total} before={totalOf(before)} />}
      </Paper>
      {groups.map((group) => (
        <Paper key={group} className={classes.total}>
          <dt>
            <Tooltip label={t(`outcomeHints.${group}`)} multiline maw={260}>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard reaches the explanation too */}
              <span className={classes.named} tabIndex={0}>
                <span className={classes.swatch} data-outcome={group} />
                {t(`outcomes.${group}`)}
              </span>
            </Tooltip>
          </dt>
          <dd>{formats.number(counts[group])}</dd>
          <dd className={classes.part}>{nameShare(counts[group])}</dd>
          {before !== undefined && <Change count={counts[group]} before={before[group]} />}
        </Paper>
      ))}
      <Paper className={classes.total}>
        <dt>
          <Tooltip label={t('billedHint')} multiline maw={260}>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard reaches the explanation too */}
            <span className={classes.named} tabIndex={0}>
              {t('billed')}
            </span>
          </Tooltip>
        </dt>
        <dd>{formats.number(counts.billed)}</dd>
        <dd className={classes.part}>{nameShare(counts.billed)}</dd>
        {before !== undefined && <Change count={counts.billed} before={before.billed} />}
      </Paper>
    </dl>
  );
}

function Change({ count, before }: { readonly count: number; readonly before: number }) {
  const nameChange = useChangeName();
  return <dd className={classes.part}>{nameChange(count, before)}</dd>;
}
