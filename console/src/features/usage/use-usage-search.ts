// The page's address as its parts read and change it.
import { getRouteApi } from '@tanstack/react-router';
import type { UsageSearch } from './usage-search.ts';

const route = getRouteApi('/signed-in/orgs/$org/usage');

/** The search of the page, and how to change it. */
export function useUsageSearch(): [UsageSearch, (search: UsageSearch) => void] {
  const { env: _, api: __, ...search } = route.useSearch();
  const navigate = route.useNavigate();
  return [search, (next) => void navigate({ to: '.', search: next, replace: true, resetScroll: false })];
}
