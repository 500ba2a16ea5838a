// The numbers that a rule saw, and those that it compared with, in words.
import { useTranslation } from 'react-i18next';
import { useFormats } from '../../ui/formats.ts';
import type { Alert } from './alerts-api.ts';

type Evidence = Alert['evidence'];
type CountName = keyof Evidence['counts'];

export function useEvidenceNumbers(): (evidence: Evidence) => readonly (readonly [name: string, number: string])[] {
  const { t } = useTranslation('alerts');
  const formats = useFormats();
  return ({ counts, baseline }) =>
    [['counts', counts] as const, ['baseline', baseline] as const].flatMap(([group, numbers]) =>
      Object.entries(numbers).map(
        ([name, number]) => [t(`${group}.${name as CountName}`), formats.number(number)] as const,
      ),
    );
}
