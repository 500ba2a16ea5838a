// The lines of the sidebar as the reader may see them, each with its whole address.
import { useTranslation } from 'react-i18next';
import { type NavEntry, useFeatures } from './feature.ts';
import type { Scope } from './scope.ts';

export interface NavLine {
  readonly href: string;
  readonly label: string;
  readonly icon: NavEntry['icon'];
  readonly section: NavEntry['section'];
}

export function useNav(scope: Scope): readonly NavLine[] {
  const { t } = useTranslation();
  const features = useFeatures();
  const { org, session } = scope;
  return features
    .flatMap(({ nav = [] }) => nav)
    .toSorted((a, b) => a.order - b.order)
    .flatMap(({ path, section, icon, label, isShown }) => {
      const isOpen = section === 'operator' ? session.person.isOperator : org !== undefined;
      if (!isOpen || isShown?.(scope) === false) return [];
      return [
        { href: section === 'operator' ? path : `/orgs/${org?.id}${path}`, label: label(t, scope), icon, section },
      ];
    });
}
