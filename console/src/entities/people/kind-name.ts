// What a kind of organization is called; the operator may have kinds of their own, which are called what they are.
import { useTranslation } from 'react-i18next';

export function useKindName(): (kind: string) => string {
  const { t, i18n } = useTranslation('auth');
  return (kind) =>
    i18n.exists(`auth:setUp.kinds.${kind}`) ? (t as (key: string) => string)(`setUp.kinds.${kind}`) : kind;
}
