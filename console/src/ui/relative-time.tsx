// How long ago something was. A tooltip has the exact instant.

import { useTranslation } from 'react-i18next';
import { useFormats } from './formats.ts';
import { Tooltip } from './tooltip.tsx';
import { tickMs, useNow } from './use-now.ts';

interface RelativeTimeProps {
  /** ISO 8601. `null`: never. */
  readonly at: string | null;
  /** Shown for `null`. Default: "Never". */
  readonly never?: string;
}

export function RelativeTime({ at, never }: RelativeTimeProps) {
  const { t } = useTranslation();
  const formats = useFormats();
  const nowMs = useNow();
  if (at === null) return <span>{never ?? t('states.never')}</span>;
  return (
    <Tooltip label={`${formats.dateTime(at)} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`}>
      <time dateTime={at}>{formats.relative(at, isNews(at, nowMs) ? Date.parse(at) : nowMs)}</time>
    </Tooltip>
  );
}

/** The page's clock moves in steps. An instant less than one step ahead of it has just been. */
function isNews(at: string, nowMs: number): boolean {
  const aheadMs = Date.parse(at) - nowMs;
  return aheadMs > 0 && aheadMs < tickMs;
}
