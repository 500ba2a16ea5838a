// Words for actions, fields and ways in. Unknown ones keep their name from the API.
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';

export interface AuditWords {
  action(action: string): string;
  field(field: string): string;
  via(via: string): string;
}

export function useAuditWords(): AuditWords {
  // Renders again when the language changes.
  useTranslation('audit');
  const say = (key: string, otherwise: string): string =>
    i18next.exists(`audit:${key}`) ? (i18next.t as (key: string) => string)(`audit:${key}`) : otherwise;
  return {
    action: (action) => say(`actions.${action}`, action),
    field: (field) => say(`fields.${field}`, field),
    via: (via) => say(`via.${via}`, via),
  };
}
