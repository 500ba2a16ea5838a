// When something was, as people say it, with the exact instant to hover or focus.
import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormats } from './formats.ts';
import { useNow } from './use-now.ts';

interface RelativeTimeProps {
  /** ISO 8601; `null`: never. */
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
      <time dateTime={at}>{formats.relative(at, nowMs)}</time>
    </Tooltip>
  );
}
