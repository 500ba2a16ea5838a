// What an alert is about: a key, an address, a person or the installation.
import { useTranslation } from 'react-i18next';
import { nameOfKey } from '../../entities/keys/change/key-words.ts';
import { Ltr, MailAddress, Name } from '../../ui/ltr.tsx';
import type { Alert } from './alerts-api.ts';

export type Named = Pick<Alert, 'subject' | 'key' | 'person'>;

export function AlertSubject({ alert: { subject, key, person } }: { readonly alert: Named }) {
  const { t } = useTranslation('alerts');
  switch (subject.kind) {
    case 'key':
      return key === null ? <span>{t('row.goneKey')}</span> : <Name>{nameOfKey(key)}</Name>;
    case 'address':
      return <Ltr mono>{subject.id}</Ltr>;
    case 'person':
      return person === null ? <span>{t('row.gonePerson')}</span> : <MailAddress>{person}</MailAddress>;
    case 'installation':
      return <span>{t('row.installation')}</span>;
    default:
      return subject.kind satisfies never;
  }
}
