// The labels of a key's fields: the vendor's, or the console's.
import { useTranslation } from 'react-i18next';
import { useWords } from '../words.ts';
import type { ChangedField } from './changes.ts';

export function useFieldLabels(): (field: ChangedField) => string {
  const { t } = useTranslation('keys');
  const words = useWords();
  return (field) => {
    if (field === 'name') return words.nameLabel ?? t('fields.name');
    if (field === 'addresses') return words.addressesLabel ?? t('fields.addresses');
    if (field === 'expiresAt') return t('columns.expires');
    return t(`fields.${field}`);
  };
}
