// Chooses a first and a last day. Loaded when a reader wants them.
import '@mantine/dates/styles.layer.css';
import 'dayjs/locale/ar-iq.js';
import { DatePickerInput } from '@mantine/dates';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addDays } from '../../entities/usage/span.ts';
import { type Language, languages } from '../../i18n/languages.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { day, useFormats } from '../../ui/formats.ts';
import classes from './usage-page.module.css';

interface DaysInputProps {
  /** Local days as `2026-11-21`. */
  readonly from: string;
  readonly to: string;
  readonly today: string;
  readonly onChange: (from: string, to: string) => void;
}

const daysBack = 1_100;

/** The locales of dayjs, which name the months. Each except English is imported above. */
const calendars: Readonly<Record<Language, string>> = { en: 'en', ar: 'ar-iq' };

export function DaysInput({ from, to, today, onChange }: DaysInputProps) {
  const { t } = useTranslation('usage');
  const { locale } = useFormats();
  /** Set while only the first day is chosen. */
  const [half, setHalf] = useState<string>();
  const id = useId();
  const format = new Intl.DateTimeFormat(locale, { ...day, timeZone: 'UTC' });
  const shown = (half === undefined ? [from, to] : [half]).map((each) => format.format(Date.parse(each))).join(' – ');
  const language = useLanguage();
  const { firstDay, weekend } = languages[language].week;
  return (
    <DatePickerInput
      type="range"
      // The calendar gets its name from the button, by the button's id.
      id={id}
      popoverProps={{ id }}
      // The purpose, then the chosen days.
      aria-label={`${t('range.dates')}: ${shown}`}
      ariaLabels={{
        previousMonth: t('range.previous'),
        nextMonth: t('range.next'),
        previousYear: t('range.previous'),
        nextYear: t('range.next'),
        previousDecade: t('range.previous'),
        nextDecade: t('range.next'),
      }}
      // The names of its months match those of `localeOf`.
      locale={calendars[language]}
      firstDayOfWeek={firstDay}
      weekendDays={[...weekend]}
      classNames={{ day: classes.day }}
      valueFormatter={() => shown}
      w={{ base: '100%', xs: 260 }}
      maxDate={today}
      minDate={addDays(today, -daysBack)}
      value={half === undefined ? [from, to] : [half, null]}
      onChange={([first, last]) => {
        if (first !== null && last !== null) {
          setHalf(undefined);
          onChange(first, last);
        } else setHalf(first ?? undefined);
      }}
    />
  );
}
