// 30 days of a key's use: allowed requests, and refused ones on top.
import { useTranslation } from 'react-i18next';
import classes from './sparkline.module.css';

interface SparklineProps {
  /** A count for each day, oldest first. As many as `refused`. */
  readonly allowed: readonly number[];
  readonly refused: readonly number[];
}

const step = 4;
const barWidth = 3;
const height = 24;
/** A bar stays visible beside a much higher one. */
const leastHeight = 1.5;

/** Time runs from left to right in every language. Screen readers get the totals. */
export function Sparkline({ allowed, refused }: SparklineProps) {
  const { t } = useTranslation('keys');
  const most = Math.max(1, ...allowed.map((count, day) => count + (refused[day] ?? 0)));
  const scale = (count: number) => (count === 0 ? 0 : Math.max(leastHeight, (count / most) * (height - 2)));
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const total = sum(allowed) + sum(refused);
  const label =
    total === 0
      ? t('sparkline.none')
      : `${t('sparkline.requests', { count: total })} ${t('sparkline.refused', { count: sum(refused) })}`;
  return (
    <svg
      role="img"
      aria-label={label}
      className={classes.sparkline}
      width={allowed.length * step}
      height={height}
      viewBox={`0 0 ${allowed.length * step} ${height}`}
    >
      <title>{label}</title>
      <rect className={classes.floor} x={0} y={height - 1} width={allowed.length * step - 1} height={1} />
      {allowed.map((count, day) => {
        const passedHeight = scale(count);
        const refusedHeight = scale(refused[day] ?? 0);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a day is its place
          <g key={day}>
            <rect
              className={classes.allowed}
              x={day * step}
              y={height - passedHeight}
              width={barWidth}
              height={passedHeight}
            />
            <rect
              className={classes.refused}
              x={day * step}
              y={height - passedHeight - refusedHeight}
              width={barWidth}
              height={refusedHeight}
            />
          </g>
        );
      })}
    </svg>
  );
}
