// The search of the usage page, for all of its parts.
import { getRouteApi } from '@tanstack/react-router';
import type { UsageSearch } from './usage-search.ts';

const route = getRouteApi('/signed-in/orgs/$org/usage');

/** Returns the search, and a function that replaces it. */
export function useUsageSearch(): [UsageSearch, (search: UsageSearch) => void] {
  const { env: _, api: __, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  return [search, (next) => void navigate({ to: '.', search: next, replace: true, resetScroll: false })];
}
