// Names an hour, a day or a month on an axis, in a tooltip and in a table.
import { useMemo } from 'react';
import { useFormats } from '../../ui/formats.ts';
import type { Span, StepName } from './span.ts';

export interface StepLabels {
  /** On the axis: `14:00`, `21 Nov`, `Nov 2026`. */
  short(atMs: number): string;
  /** `Sat 21 Nov, 14:00`, `Sat 21 Nov 2026`, `November 2026`. */
  long(atMs: number): string;
}

const day = { day: 'numeric', month: 'short' } as const;
const time = { hour: '2-digit', minute: '2-digit' } as const;

const short: Readonly<Record<StepName, Intl.DateTimeFormatOptions>> = {
  hour: time,
  day,
  month: { month: 'short', year: 'numeric' },
};

const long: Readonly<Record<StepName, Intl.DateTimeFormatOptions>> = {
  hour: { weekday: 'short', ...day, ...time },
  day: { weekday: 'short', ...day, year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
};

/** Hours are instants in the zone. Days and months are dates, as `toSteps` makes them. */
export function useStepLabels({ step, zone }: Pick<Span, 'step' | 'zone'>): StepLabels {
  const { locale } = useFormats();
  return useMemo(() => {
    const timeZone = step === 'hour' ? zone : 'UTC';
    const shortFormat = new Intl.DateTimeFormat(locale, { ...short[step], timeZone });
    const longFormat = new Intl.DateTimeFormat(locale, { ...long[step], timeZone });
    return { short: (atMs) => shortFormat.format(atMs), long: (atMs) => longFormat.format(atMs) };
  }, [locale, step, zone]);
}
