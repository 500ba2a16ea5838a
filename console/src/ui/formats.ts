// Formats numbers and times for the reader's language and digits.
import { useMemo } from 'react';
import { localeOf } from '../i18n/languages.ts';
import { readNumerals } from '../i18n/preferences.ts';
import { useLanguage } from '../i18n/use-language.ts';

const units = [
  { unit: 'year', seconds: 31_557_600 },
  { unit: 'month', seconds: 2_629_800 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
  { unit: 'second', seconds: 1 },
] as const;

/** `21 Nov 2026`. The medium style of `Intl` has only digits in Arabic, in an order that readers mistake. */
export const day = { day: 'numeric', month: 'short', year: 'numeric' } as const;

export interface Formats {
  /** For `Intl` and for libraries that take a locale. */
  readonly locale: string;
  number(value: number): string;
  /** `1.2K`. */
  shortNumber(value: number): string;
  /** `0.034` as `3.4%`. */
  percent(ratio: number): string;
  /** `0.034` as `+3.4%`. */
  change(ratio: number): string;
  /** `21 Nov 2026`. */
  date(at: string | number): string;
  /** `21 Nov 2026, 09:30`. */
  dateTime(at: string | number): string;
  /** `3 minutes ago`, `in 6 days`, seen from `nowMs`. */
  relative(at: string | number, nowMs: number): string;
  list(items: readonly string[]): string;
  /** `DE` as `Germany`. */
  country(code: string): string;
}

/** `locale`: a tag for `Intl`, as `localeOf` returns it. */
export function createFormats(locale: string): Formats {
  const number = new Intl.NumberFormat(locale);
  const shortNumber = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const change = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  const date = new Intl.DateTimeFormat(locale, day);
  const dateTime = new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  return {
    locale,
    number: (value) => number.format(value),
    shortNumber: (value) => shortNumber.format(value),
    percent: (ratio) => percent.format(ratio),
    change: (ratio) => change.format(ratio),
    date: (at) => date.format(new Date(at)),
    dateTime: (at) => dateTime.format(new Date(at)),
    relative(at, nowMs) {
      const seconds = Math.round((new Date(at).getTime() - nowMs) / 1_000);
      const { unit, seconds: each } = units.find((entry) => Math.abs(seconds) >= entry.seconds) ?? {
        unit: 'second',
        seconds: 1,
      };
      return relative.format(Math.trunc(seconds / each), unit);
    },
    list: (items) => list.format(items),
    country: (code) => new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code,
  };
}

export function useFormats(): Formats {
  const language = useLanguage();
  const numerals = readNumerals();
  return useMemo(() => createFormats(localeOf(language, numerals)), [language, numerals]);
}
