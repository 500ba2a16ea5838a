// Names a kind of organization. A kind that the operator invented keeps its own name.
import { useTranslation } from 'react-i18next';

export function useKindName(): (kind: string) => string {
  const { t, i18n } = useTranslation('auth');
  return (kind) =>
    i18n.exists(`auth:setUp.kinds.${kind}`) ? (t as (key: string) => string)(`setUp.kinds.${kind}`) : kind;
}
