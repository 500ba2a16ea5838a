// Requests over time as stacked bars. Time runs from left to right in every language.
import { useElementSize } from '@mantine/hooks';
import { type CSSProperties, type PointerEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';
import { type Counts, type OutcomeGroup, outcomeGroups, type Step, totalOf } from './series.ts';
import type { Span } from './span.ts';
import { useStepLabels } from './step-labels.ts';
import { countTicks, labelledSteps } from './ticks.ts';
import classes from './usage.module.css';

interface UsageChartProps {
  readonly steps: readonly Step[];
  readonly sum: Counts;
  readonly span: Pick<Span, 'step' | 'zone'>;
  /** In pixels. Default: 280. */
  readonly height?: number;
}

const colors: Readonly<Record<OutcomeGroup, string>> = {
  accepted: 'var(--outcome-accepted)',
  refused: 'var(--outcome-refused)',
  limited: 'var(--outcome-limited)',
  failed: 'var(--outcome-failed)',
};

export function UsageChart({ steps, sum, span, height = 280 }: UsageChartProps) {
  const { t, i18n } = useTranslation('usage');
  const formats = useFormats();
  const labels = useStepLabels(span);
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [pointedAt, setPointedAt] = useState<number>();
  const plotHeight = height - timesHeight - topSpace;
  const ticks = countTicks(Math.max(...steps.map(totalOf)));
  const slot = width / steps.length;
  const barWidth = Math.min(mostBarWidth, slot * partOfSlot);
  // Lines of one pixel are sharp on half pixels.
  const yOf = (count: number) => Math.round((1 - count / (ticks.at(-1) ?? 1)) * (plotHeight - 1)) + 0.5;
  const pointedStep = steps[pointedAt ?? -1];
  const pointed =
    pointedAt === undefined || pointedStep === undefined ? undefined : { at: pointedAt, step: pointedStep };

  function point({ clientX, currentTarget }: PointerEvent<HTMLDivElement>): void {
    const at = Math.floor((clientX - currentTarget.getBoundingClientRect().left) / slot);
    setPointedAt(at >= 0 && at < steps.length ? at : undefined);
  }

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
      <div className={classes.counts} style={{ blockSize: plotHeight }}>
        {ticks.map((count) => (
          <span key={count}>
            {count < fromShortened ? formats.number(count) : inReadersDirection(formats.shortNumber(count), i18n.dir())}
          </span>
        ))}
      </div>
      <div
        ref={ref}
        className={classes.plot}
        onPointerDown={point}
        onPointerMove={point}
        onPointerLeave={() => setPointedAt(undefined)}
      >
        <svg aria-hidden="true" width={width} height={plotHeight}>
          {pointed !== undefined && (
            <rect className={classes.cursor} x={slot * pointed.at} width={slot} height={plotHeight} />
          )}
          {ticks.map((count) => (
            <line key={count} className={classes.line} x1={0} x2={width} y1={yOf(count)} y2={yOf(count)} />
          ))}
          {steps.map((counts, at) => (
            <Stack key={counts.atMs} counts={counts} x={slot * (at + 0.5) - barWidth / 2} width={barWidth} yOf={yOf} />
          ))}
        </svg>
        {pointed !== undefined && (
          <div className={classes.tipPlace} style={tipPlace(slot * (pointed.at + 0.5), width)}>
            <StepTip shown={pointed.step} label={labels.long(pointed.step.atMs)} />
          </div>
        )}
      </div>
      <div className={classes.times} style={{ blockSize: timesHeight }}>
        {labelledSteps(steps.length, width, labelWidth(labels.short(steps[0]?.atMs ?? 0))).map((at) => (
          <span key={at} style={{ insetInlineStart: slot * (at + 0.5) }}>
            {inReadersDirection(labels.short(steps[at]?.atMs ?? 0), i18n.dir())}
          </span>
        ))}
      </div>
    </div>
  );
}

interface StackProps {
  readonly counts: Counts;
  readonly x: number;
  readonly width: number;
  readonly yOf: (count: number) => number;
}

/** The counts of a step, one on the other. */
function Stack({ counts, x, width, yOf }: StackProps) {
  let sum = 0;
  return outcomeGroups.map((group) => {
    const bottom = yOf(sum);
    sum += counts[group];
    const top = yOf(sum);
    return (
      counts[group] > 0 && (
        <rect
          key={group}
          data-outcome={group}
          x={x}
          y={top}
          width={width}
          height={Math.max(1, bottom - top)}
          fill={colors[group]}
        />
      )
    );
  });
}

/** The tip stands beside the pointed step, on the side with more room. */
function tipPlace(middle: number, width: number): CSSProperties {
  return middle < width / 2 ? { insetInlineStart: middle + tipGap } : { insetInlineEnd: width - middle + tipGap };
}

/** In pixels. */
const topSpace = 8;
const timesHeight = 32;
const mostBarWidth = 48;
const tipGap = 12;
const partOfSlot = 0.78;

/** The room for a label such as this one. A month has up to 12 letters in Arabic. */
function labelWidth(label: string): number {
  return Math.max(64, label.length * 6 + 12);
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
