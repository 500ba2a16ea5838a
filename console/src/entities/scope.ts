// The scope of a page: the reader, their organization, the API and the environment.
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type ConsoleApi, type ConsoleConfig, configQuery, type Environment } from '../api/config.ts';
import { foreignOrgQuery, type Organization, type Role, type Session, sessionQuery } from '../api/session.ts';

export interface Scope {
  /** In an organization, its APIs have the limits granted to it. */
  readonly config: ConsoleConfig;
  readonly session: Session;
  /** `undefined`: the reader belongs to no organization. */
  readonly org: Organization | undefined;
  /** The reader's role in `org`. `undefined`: an operator who is no member. */
  readonly role: Role | undefined;
  /** The chosen API of this console. `undefined`: no API is configured. */
  readonly api: ConsoleApi | undefined;
  readonly environment: Environment;
  /** Whether the reader may create and change keys. */
  readonly canEdit: boolean;
  /** Whether the reader may change members and settings. */
  readonly canAdminister: boolean;
}

/** Returns the scope of the page. A page inside the frame is shown only when all of it is loaded. */
export function useScope(): Scope {
  const { data: config } = useSuspenseQuery(configQuery);
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { org } = useParams({ strict: false });
  const { api, env } = useSearch({ strict: false });
  // `orgRoute` loads it for a reader who is no member.
  const { data: foreign } = useQuery({ ...foreignOrgQuery(org ?? ''), enabled: false });
  const scope = scopeOf(config, session, { org: org ?? session.activeOrg ?? undefined, api, env }, foreign);
  const granted = useMemo(() => withGrants(config, scope.org), [config, scope.org]);
  return { ...scope, config: granted, api: granted.apis.find(({ id }) => id === scope.api?.id) };
}

export type OrgScope = Scope & { readonly org: Organization };

/** Returns the scope on a page of one organization. */
export function useOrgScope(): OrgScope {
  const scope = useScope();
  if (scope.org === undefined) throw new TypeError('useOrgScope: this page is not inside orgRoute');
  return { ...scope, org: scope.org };
}

/** Returns the scope where the keys of one API are shown. The page must have checked that there is an API. */
export function useApiScope(): OrgScope & { readonly api: ConsoleApi } {
  const scope = useOrgScope();
  if (scope.api === undefined) throw new TypeError('useApiScope: no API is configured');
  return { ...scope, api: scope.api };
}

/** Replaces the limits of each API with those that the operator granted to `org`. */
export function withGrants(config: ConsoleConfig, org: Pick<Organization, 'grantedLimits'> | undefined): ConsoleConfig {
  const apis = config.apis.map((api) => {
    const granted = org?.grantedLimits[api.id];
    if (granted === undefined) return api;
    return { ...api, fields: { ...api.fields, rate: { ...api.fields.rate, default: granted } } };
  });
  return { ...config, apis };
}

/** The scope without granted limits. `foreign`: the organization of a reader who is no member. */
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
