// Words for actions, fields and ways in; what is not known yet is shown as it is called on the wire.
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';

export interface AuditWords {
  action(action: string): string;
  field(field: string): string;
  via(via: string): string;
}

export function useAuditWords(): AuditWords {
  // Renders anew when the language changes.
  useTranslation('audit');
  const say = (key: string, otherwise: string): string =>
    i18next.exists(`audit:${key}`) ? (i18next.t as (key: string) => string)(`audit:${key}`) : otherwise;
  return {
    action: (action) => say(`actions.${action}`, action),
    field: (field) => say(`fields.${field}`, field),
    via: (via) => say(`via.${via}`, via),
  };
}
