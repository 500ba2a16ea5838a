// Why a request was refused, in words.
import { useTranslation } from 'react-i18next';
import type { OrgDenial } from './denials-api.ts';

interface ReasonWords {
  readonly title: string;
  readonly text: string;
}

/** The words for the reason of a denial. The key of a secret that was rotated away has not expired, and is not named so. */
export function useReasonWords(): (denial: Pick<OrgDenial, 'reason' | 'fix'>) => ReasonWords {
  const { t } = useTranslation('denials');
  return ({ reason, fix }) =>
    fix.kind === 'use_newest_secret'
      ? { title: t('rotated.title'), text: t('rotated.text') }
      : { title: t(`reasons.${reason}.title`), text: t(`reasons.${reason}.text`) };
}
