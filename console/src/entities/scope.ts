// What the reader looks at: as whom, in which organization, which API, which environment.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type ConsoleApi, type ConsoleConfig, configQuery, type Environment } from '../api/config.ts';
import { foreignOrgQuery, type Organization, type Role, type Session, sessionQuery } from '../api/session.ts';

export interface Scope {
  /** In an organization its APIs say the limits that it was granted. */
  readonly config: ConsoleConfig;
  readonly session: Session;
  /** `undefined`: the reader is in none. */
  readonly org: Organization | undefined;
  /** In `org`; an operator who is no member there has none. */
  readonly role: Role | undefined;
  /** The one that is chosen among those of this console. `undefined`: no API is configured. */
  readonly api: ConsoleApi | undefined;
  readonly environment: Environment;
  /** Whether keys may be made and changed. */
  readonly canEdit: boolean;
  /** Whether members and settings may be changed. */
  readonly canAdminister: boolean;
}

/** The scope of the page; everything in it is loaded before a page inside the frame is shown. */
export function useScope(): Scope {
  const { data: config } = useSuspenseQuery(configQuery);
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { org } = useParams({ strict: false });
  const { api, env } = useSearch({ strict: false });
  // Loaded by orgRoute where the reader is no member.
  const { data: foreign } = useQuery({ ...foreignOrgQuery(org ?? ''), enabled: false });
  const scope = scopeOf(config, session, { org: org ?? session.activeOrg ?? undefined, api, env }, foreign);
  const granted = useMemo(() => withGrants(config, scope.org), [config, scope.org]);
  return { ...scope, config: granted, api: granted.apis.find(({ id }) => id === scope.api?.id) };
}

export type OrgScope = Scope & { readonly org: Organization };

/** As `useScope`, on pages of one organization. */
export function useOrgScope(): OrgScope {
  const scope = useScope();
  if (scope.org === undefined) throw new TypeError('useOrgScope: this page is not inside orgRoute');
  return { ...scope, org: scope.org };
}

/** As `useOrgScope`, where the keys of one API are shown: a page asks `useOrgScope` first whether there is an API. */
export function useApiScope(): OrgScope & { readonly api: ConsoleApi } {
  const scope = useOrgScope();
  if (scope.api === undefined) throw new TypeError('useApiScope: no API is configured');
  return { ...scope, api: scope.api };
}

/** The configuration for the keys of `org`: what the operator granted them replaces the limits of an API. */
export function withGrants(config: ConsoleConfig, org: Pick<Organization, 'grantedLimits'> | undefined): ConsoleConfig {
  const apis = config.apis.map((api) => {
    const granted = org?.grantedLimits[api.id];
    return granted === undefined ? api : { ...api, fields: { ...api.fields, rate: { default: granted } } };
  });
  return { ...config, apis };
}

export function scopeOf(
  config: ConsoleConfig,
  session: Session,
  chosen: { readonly org: string | undefined; readonly api: string | undefined; readonly env: string | undefined },
  foreign?: Organization,
): Scope {
  const membership = session.memberships.find(({ org }) => org.id === chosen.org);
  const role = membership?.role;
  const { isOperator } = session.person;
  const api = config.apis.find(({ id }) => id === chosen.api) ?? config.apis[0];
  return {
    config,
    session,
    org: membership?.org ?? foreign,
    role,
    api,
    environment: chosen.env === 'test' && api?.environments.includes('test') === true ? 'test' : 'live',
    canEdit: isOperator || (role !== undefined && role !== 'viewer'),
    canAdminister: isOperator || role === 'owner' || role === 'admin',
  };
}
