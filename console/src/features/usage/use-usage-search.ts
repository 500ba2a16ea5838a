// The page's address as its parts read and change it.
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { UsageSearch } from './usage-search.ts';

/** The search of the page, and how to change it. */
export function useUsageSearch(): [UsageSearch, (search: UsageSearch) => void] {
  const { range, from, to, key, by } = useSearch({ strict: false }) as UsageSearch;
  const navigate = useNavigate();
  const search = {
    ...(range && { range }),
    ...(from && { from }),
    ...(to && { to }),
    ...(key && { key }),
    ...(by && { by }),
  };
  return [search, (next) => void navigate({ to: '.', search: next as never, replace: true, resetScroll: false })];
}
