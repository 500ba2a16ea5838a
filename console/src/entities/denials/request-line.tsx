// The sample request of a denial.
import { useTranslation } from 'react-i18next';
import { Ltr } from '../../ui/ltr.tsx';
import type { OrgDenial } from './denials-api.ts';

/** Shows method and path. A denial of very many requests has no sample, and shows words. */
export function RequestLine({ denial: { method, path } }: { readonly denial: Pick<OrgDenial, 'method' | 'path'> }) {
  const { t } = useTranslation('denials');
  if (method === '') return t('row.manyRequests');
  return (
    <Ltr mono>
      {method} {path}
    </Ltr>
  );
}
