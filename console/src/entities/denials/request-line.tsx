// The request that a refusal has as its sample.
import { useTranslation } from 'react-i18next';
import { Ltr } from '../../ui/ltr.tsx';
import type { OrgDenial } from './denials-api.ts';

/** Method and path; words for a refusal of too many requests to keep a sample of each. */
export function RequestLine({ denial: { method, path } }: { readonly denial: Pick<OrgDenial, 'method' | 'path'> }) {
  const { t } = useTranslation('denials');
  if (method === '') return t('row.manyRequests');
  return (
    <Ltr mono>
      {method} {path}
    </Ltr>
  );
}
