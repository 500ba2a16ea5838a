// The lines of the sidebar that the reader may see.
import type { Icon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Scope } from '../entities/scope.ts';
import { navEntriesOf, type OperatorPage, type OrgPage, useFeatures } from './feature.ts';

export interface NavLine {
  readonly label: string;
  readonly icon: Icon;
  readonly target: NavTarget;
}

export type NavTarget =
  | { readonly section: 'organization'; readonly to: OrgPage; readonly org: string }
  | { readonly section: 'operator'; readonly to: OperatorPage };

export function useNav(scope: Scope): readonly NavLine[] {
  const { t } = useTranslation();
  const { org, session } = scope;
  return navEntriesOf(useFeatures())
    .filter(({ isShown }) => isShown?.(scope) !== false)
    .flatMap((entry): readonly NavLine[] => {
      const { section, icon } = entry;
      const label = entry.label(t, scope);
      if (section === 'operator') {
        return session.person.isOperator ? [{ label, icon, target: { section, to: entry.to } }] : [];
      }
      return org === undefined ? [] : [{ label, icon, target: { section, to: entry.to, org: org.id } }];
    });
}
