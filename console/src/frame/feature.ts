// What a feature of the console hands to the frame around it.
import type { Icon } from '@tabler/icons-react';
import type { RegisteredRouter } from '@tanstack/react-router';
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

/** A line of the sidebar, found by the palette too. */
export type NavEntry = NavEntryParts &
  (
    | { readonly section: 'organization'; readonly to: OrgPage }
    | { readonly section: 'operator'; readonly to: OperatorPage }
  );

interface NavEntryParts {
  readonly icon: Icon;
  /** Of the namespace `common`; `nav.…` usually. */
  readonly label: (t: TFunction<'common'>, scope: Scope) => string;
  /** Ascending. Sections are apart. */
  readonly order: number;
  /** Left out: whoever is in the organization sees it. */
  readonly isShown?: (scope: Scope) => boolean;
}

/** Something the palette offers to do on any page. */
export interface PaletteAction {
  readonly id: string;
  readonly icon: Icon;
  readonly label: (t: TFunction<'common'>, scope: Scope) => string;
  readonly run: (scope: Scope) => void;
  readonly isShown?: (scope: Scope) => boolean;
}

export interface Feature {
  readonly nav?: readonly NavEntry[];
  readonly actions?: readonly PaletteAction[];
}

/** The features that the application is made of: it sets them around the frame, which knows none by name. */
export const FeaturesContext = createContext<readonly Feature[]>([]);

export function useFeatures(): readonly Feature[] {
  return useContext(FeaturesContext);
}
