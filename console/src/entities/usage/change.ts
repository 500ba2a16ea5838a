// Names how a number changed since the period before.
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';
import { changeOf } from './series.ts';

/** Beyond this, a percentage says less than the number before. */
const mostRatio = 10;

/** `+12%, before 1,204`. Without requests before: `before 0`. */
export function useChangeName(): (count: number, before: number) => string {
  const { t } = useTranslation('usage');
  const formats = useFormats();
  return (count, before) => {
    const change = changeOf(count, before);
    const shown = formats.number(before);
    if (change === undefined || change > mostRatio) return t('compare.before', { before: shown });
    return t('compare.change', { change: formats.change(change), before: shown });
  };
}
