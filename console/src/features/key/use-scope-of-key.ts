// The frame around a key's page shows the API and the environment that the key is of.
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { ConsoleApi } from '../../api/config.ts';
import { useOrgScope } from '../../frame/scope.ts';
import type { Key } from './key-api.ts';

const route = getRouteApi('/signed-in/orgs/$org/keys/$key');

/**
 * A link to a key need not name its environment: the address is completed. Whoever then switches to another environment or API wants
 * that one's keys, so the page gives way to their list.
 */
export function useScopeOfKey(key: Key | undefined, api: ConsoleApi | undefined): void {
  const { org, api: shown, environment } = useOrgScope();
  const navigate = route.useNavigate();
  const settled = useRef<string>(undefined);
  const isSame = key === undefined || api === undefined || (shown?.id === api.id && environment === key.environment);
  useEffect(() => {
    if (key === undefined || api === undefined) return;
    if (isSame) {
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
    const scope = { api: api.id, env: key.environment === 'test' ? ('test' as const) : undefined };
    void navigate({ to: '.', search: (current) => ({ ...current, ...scope }), replace: true });
  }, [isSame, key, api, org.id, navigate]);
}
