// Two days to look at what was between them. Loaded when somebody wants days of their own.
import '@mantine/dates/styles.css';
import 'dayjs/locale/ar.js';
import { DatePickerInput } from '@mantine/dates';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dayMs } from '../../components/usage/span.ts';
import { useNow } from '../../components/use-now.ts';

interface DaysInputProps {
  /** UTC days as `2026-11-21`. */
  readonly from: string;
  readonly to: string;
  readonly onChange: (from: string, to: string) => void;
}

export function DaysInput({ from, to, onChange }: DaysInputProps) {
  const { t, i18n } = useTranslation('usage');
  const today = new Date(useNow()).toISOString().slice(0, 10);
  /** While only the first day is chosen. */
  const [half, setHalf] = useState<string>();
  return (
    <DatePickerInput
      type="range"
      aria-label={t('range.dates')}
      locale={i18n.language}
      firstDayOfWeek={i18n.language === 'ar' ? 6 : 1}
      weekendDays={i18n.language === 'ar' ? [5] : [0, 6]}
      valueFormat="D MMM YYYY"
      w={{ base: '100%', xs: 260 }}
      maxDate={today}
      minDate={new Date(Date.parse(today) - 400 * dayMs).toISOString().slice(0, 10)}
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
