// Requests over time as stacked bars. Time runs from left to right in every language.
import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useFormats } from '../../ui/formats.ts';
import { type Counts, type OutcomeGroup, outcomeGroups, type Step, totalOf } from './series.ts';
import type { Span } from './span.ts';
import { useStepLabels } from './step-labels.ts';
import classes from './usage.module.css';

interface UsageChartProps {
  readonly steps: readonly Step[];
  readonly sum: Counts;
  readonly step: Span['step'];
  /** In pixels. Default: 280. */
  readonly height?: number;
}

const colors: Readonly<Record<OutcomeGroup, string>> = {
  accepted: 'var(--outcome-accepted)',
  refused: 'var(--outcome-refused)',
  limited: 'var(--outcome-limited)',
  failed: 'var(--outcome-failed)',
};

export function UsageChart({ steps, sum, step, height = 280 }: UsageChartProps) {
  const { t, i18n } = useTranslation('usage');
  const formats = useFormats();
  const labels = useStepLabels(step);
  const numbers = Object.fromEntries(outcomeGroups.map((group) => [group, formats.number(sum[group])]));
  return (
    <div
      role="img"
      dir="ltr"
      className={classes.chart}
      aria-label={t('chart.label', {
        total: formats.number(totalOf(sum)),
        ...(numbers as Record<OutcomeGroup, string>),
      })}
    >
      <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 800, height }}>
        <BarChart
          data={[...steps]}
          accessibilityLayer={false}
          margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
          barCategoryGap="22%"
          maxBarSize={48}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="atMs"
            tickFormatter={(atMs: number) => inReadersDirection(labels.short(atMs), i18n.dir())}
            tickLine={false}
            axisLine={{ stroke: 'var(--line)' }}
            minTickGap={28}
            tickMargin={8}
            height={32}
          />
          <YAxis
            allowDecimals={false}
            tickFormatter={(count: number) =>
              count < fromShortened ? formats.number(count) : inReadersDirection(formats.shortNumber(count), i18n.dir())
            }
            tickLine={false}
            axisLine={false}
            width="auto"
          />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--quiet-surface)' }}
            content={({ active, payload }) => {
              const shown = payload[0]?.payload as Step | undefined;
              return active && shown !== undefined ? <StepTip shown={shown} label={labels.long(shown.atMs)} /> : null;
            }}
          />
          {outcomeGroups.map((group) => (
            <Bar key={group} dataKey={group} stackId="requests" fill={colors[group]} isAnimationActive={false} />
          ))}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

/** Smaller numbers are written in full: 2,250 is as short as 2.3K. */
const fromShortened = 10_000;

/** The chart runs from left to right, but its labels keep the direction of their language. */
function inReadersDirection(text: string, direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' ? `\u2067${text}\u2069` : text;
}

function StepTip({ shown, label }: { readonly shown: Step; readonly label: string }) {
  const { t, i18n } = useTranslation('usage');
  const formats = useFormats();
  return (
    <div className={classes.tip} dir={i18n.dir()}>
      <strong>{label}</strong>
      <dl>
        {outcomeGroups
          .filter((group) => shown[group] > 0 || group === 'accepted')
          .map((group) => (
            <div key={group}>
              <dt>
                <span className={classes.swatch} data-outcome={group} />
                {t(`outcomes.${group}`)}
              </dt>
              <dd>{formats.number(shown[group])}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
