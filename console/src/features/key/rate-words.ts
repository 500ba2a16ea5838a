// Says a rate limit in words: `60/m` is "60 requests a minute".
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';

const units = { s: 'second', m: 'minute', h: 'hour', d: 'day' } as const;

/** Takes `60/m` or `100/30s`. Returns any other text unchanged. */
export function useRateWords(): (limit: string) => string {
  const { t } = useTranslation('key');
  const { locale } = useFormats();
  return (limit) => {
    const parts = /^(\d+)\/(\d*)([smhd])$/.exec(limit);
    if (parts === null) return limit;
    const unit = units[parts[3] as keyof typeof units];
    const count = Number(parts[1]);
    if (parts[2] === '' || parts[2] === '1') return t(`rate.${unit}`, { count });
    const window = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(Number(parts[2]));
    return t('rate.window', { count, window });
  };
}
