// Names an hour or a UTC day on an axis, in a tooltip and in a table.
import { useMemo } from 'react';
import { useFormats } from '../../ui/formats.ts';
import type { Span } from './span.ts';

export interface StepLabels {
  /** On the axis: `14:00`, `21 Nov`. */
  short(atMs: number): string;
  /** `Sat 21 Nov, 14:00`, `Sat 21 Nov 2026`. */
  long(atMs: number): string;
}

/** Hours are in the reader's time zone. Days are UTC, as the API counts them. */
export function useStepLabels(step: Span['step']): StepLabels {
  const { locale } = useFormats();
  return useMemo(() => {
    const day = { day: 'numeric', month: 'short' } as const;
    const short = new Intl.DateTimeFormat(
      locale,
      step === 'hour' ? { hour: '2-digit', minute: '2-digit' } : { ...day, timeZone: 'UTC' },
    );
    const long = new Intl.DateTimeFormat(
      locale,
      step === 'hour'
        ? { weekday: 'short', ...day, hour: '2-digit', minute: '2-digit' }
        : { weekday: 'short', ...day, year: 'numeric', timeZone: 'UTC' },
    );
    return { short: (atMs) => short.format(atMs), long: (atMs) => long.format(atMs) };
  }, [locale, step]);
}
