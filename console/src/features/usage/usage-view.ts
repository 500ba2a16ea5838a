// What a page about usage shows, for all of its parts.
import { createContext, useContext } from 'react';
import type { Span } from '../../entities/usage/span.ts';
import type { UsageFilter } from '../../entities/usage/usage-query.ts';
import type { Dimension } from './dimension.ts';
import type { OperatorUsageSearch } from './usage-search.ts';

export interface UsageView {
  /** `undefined`: the operator's page, across organizations. */
  readonly org: string | undefined;
  readonly search: OperatorUsageSearch;
  readonly setSearch: (search: OperatorUsageSearch) => void;
  readonly span: Span;
  readonly filter: UsageFilter;
  /** Whether the reader may read the audit log. */
  readonly readsAudit: boolean;
  /** The dimensions that the page offers. The first one is shown unless the reader chose another. */
  readonly dimensions: readonly Dimension[];
}

export const UsageViewContext = createContext<UsageView | undefined>(undefined);

export function useUsageView(): UsageView {
  const view = useContext(UsageViewContext);
  if (view === undefined) throw new TypeError('useUsageView: this part is on no page about usage');
  return view;
}

/** The dimension of the breakdown. */
export function useDimension(): Dimension {
  const { dimensions, search } = useUsageView();
  return dimensions.find(({ id }) => id === search.by) ?? (dimensions[0] as Dimension);
}
