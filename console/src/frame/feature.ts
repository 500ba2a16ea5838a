// What a feature of the console exports.
import type { Icon } from '@tabler/icons-react';
import type { AnyRoute, RegisteredRouter } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { createContext, useContext } from 'react';
import type { Scope } from '../entities/scope.ts';

type PagePath = keyof RegisteredRouter['routesByPath'];

/** The pages of an organization that need no more than its id. */
export type OrgPage = Exclude<
  Extract<PagePath, `/orgs/$org/${string}`>,
  `/orgs/$org/` | `/orgs/$org/${string}/${string}`
>;

export type OperatorPage = Extract<PagePath, `/operator/${string}`>;

/** A line of the sidebar. The palette finds it too. */
export type NavEntry = NavEntryParts &
  (
    | { readonly section: 'organization'; readonly to: OrgPage }
    | { readonly section: 'operator'; readonly to: OperatorPage }
  );

interface NavEntryParts {
  readonly icon: Icon;
  /** A text of the namespace `common`, usually `nav.…`. */
  readonly label: (t: TFunction<'common'>, scope: Scope) => string;
  /** Ascending within the section. */
  readonly order: number;
  /** Left out: every reader of the section sees it. */
  readonly isShown?: (scope: Scope) => boolean;
}

/** What `routes.ts` of a feature exports. */
export interface Feature {
  /** Pages, each on the route of `roots.tsx` that it names as its parent. */
  readonly routes: readonly AnyRoute[];
  readonly nav?: readonly NavEntry[];
}

/** The lines of the sidebar of all features, in their order. */
export function navEntriesOf(features: readonly Feature[]): readonly NavEntry[] {
  return features.flatMap(({ nav = [] }) => nav).toSorted((a, b) => a.order - b.order);
}

/** The features of the application, which sets them here, so that the frame names none. */
export const FeaturesContext = createContext<readonly Feature[]>([]);

export function useFeatures(): readonly Feature[] {
  return useContext(FeaturesContext);
}
