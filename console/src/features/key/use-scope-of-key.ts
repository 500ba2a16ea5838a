// The frame around a key's page shows the API and the environment of the key.
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { Key } from '../../entities/keys/change/key-api.ts';
import { useOrgScope } from '../../entities/scope.ts';

const route = getRouteApi('/signed-in/orgs/$org/keys/$key');

/**
 * Whether the scope of the page is the key's. A link to a key need not name its API and environment: the address is
 * completed. A reader who then switches to others wants the keys there, so the page gives way to their list.
 */
export function useScopeOfKey(key: Key | undefined): boolean {
  const { org, api, environment } = useOrgScope();
  const navigate = route.useNavigate();
  const settled = useRef<string>(undefined);
  const isInEnvironment = environment === key?.environment || api?.environments.length === 1;
  const isInScope = key !== undefined && api?.id === key.api && isInEnvironment;
  useEffect(() => {
    if (key === undefined) return;
    if (isInScope) {
      settled.current = key.id;
      return;
    }
    if (settled.current === key.id) {
      void navigate({
        to: '/orgs/$org/keys',
        params: { org: org.id },
        search: ({ api: chosen, env }) => ({ api: chosen, env }),
      });
      return;
    }
    const scope = { api: key.api, env: key.environment === 'test' ? ('test' as const) : undefined };
    void navigate({ to: '.', search: (current) => ({ ...current, ...scope }), replace: true });
  }, [isInScope, key, org.id, navigate]);
  return isInScope;
}
