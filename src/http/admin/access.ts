// The table of the internal listener: what each route needs of a token. The operator token needs nothing of it.
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Grant, TokenGrant } from '../../domain/grant.ts';
import { isUnlimited } from '../../management/rights.ts';
import { describeProblem, type ProblemDetails } from '../wire/problem.ts';
import type { Bindings } from './operator.ts';

/**
 * What a route needs of a token.
 * - `nothing`: it needs no token.
 * - `metrics`, `decide`: a token for that. A decision also needs the API: `mayDecide`.
 * - `read`, `change`: a token for the admin API. To change, it must not be read-only. It must reach everything.
 * - `read_part`, `change_part`: the same, but the token may be limited to APIs and an organization. The command of the
 *   route checks what the token reaches: `assertMayIn`, `assertReachesApi`, `assertNarrowed`.
 * - `operator`: no token is enough.
 */
type Access = 'nothing' | 'metrics' | 'decide' | 'read' | 'read_part' | 'change' | 'change_part' | 'operator';

/** Every route. A route without a row answers only the operator token, and a test names it. */
export const accessOf: Readonly<Record<string, Access>> = {
  'GET /healthz': 'nothing',
  'GET /readyz': 'nothing',
  'GET /.well-known/jwks.json': 'nothing',
  'GET /metrics': 'metrics',
  'POST /v1/verify': 'decide',
  'GET /openapi.json': 'read_part',
  'GET /v1/apis': 'read_part',
  'GET /v1/apis/{id}': 'read_part',
  'GET /v1/keys': 'read_part',
  'POST /v1/keys': 'change_part',
  'POST /v1/keys/find': 'read_part',
  'GET /v1/keys/{id}': 'read_part',
  'PATCH /v1/keys/{id}': 'change_part',
  'DELETE /v1/keys/{id}': 'change_part',
  'POST /v1/keys/{id}/rotate': 'change_part',
  'POST /v1/keys/{id}/disable': 'change_part',
  'POST /v1/keys/{id}/enable': 'change_part',
  'POST /v1/keys/{id}/transfer': 'change',
  'GET /v1/keys/{id}/secrets': 'read_part',
  'GET /v1/keys/{id}/addresses': 'read_part',
  'PATCH /v1/keys/{id}/secrets/{secretId}': 'change_part',
  'GET /v1/denials': 'read_part',
  'GET /v1/usage': 'read_part',
  'GET /v1/orgs': 'read',
  'POST /v1/orgs': 'change',
  'GET /v1/orgs/{id}': 'read_part',
  'PATCH /v1/orgs/{id}': 'change',
  'DELETE /v1/orgs/{id}': 'change',
  'POST /v1/orgs/{id}/suspend': 'change',
  'POST /v1/orgs/{id}/resume': 'change',
  'POST /v1/orgs/{id}/apis/{api}/suspend': 'change',
  'POST /v1/orgs/{id}/apis/{api}/resume': 'change',
  'POST /v1/import': 'change',
  'GET /v1/people': 'read',
  'DELETE /v1/people/{id}': 'change',
  'GET /v1/audit': 'read',
  'GET /v1/audit/export': 'read',
  'POST /v1/audit/archived': 'change',
  'GET /v1/audit/destinations': 'read',
  'GET /v1/nodes': 'read',
  'POST /v1/config/reload': 'change',
  // A backup has the digests of all secrets and the passwords of all people, so reading is not enough.
  'POST /v1/backup': 'change',
  'GET /v1/webhooks': 'read_part',
  'POST /v1/webhooks': 'change_part',
  'GET /v1/webhooks/{id}': 'read_part',
  'PATCH /v1/webhooks/{id}': 'change_part',
  'DELETE /v1/webhooks/{id}': 'change_part',
  'POST /v1/webhooks/{id}/rotate-secret': 'change_part',
  'POST /v1/webhooks/{id}/end-overlap': 'change_part',
  'POST /v1/webhooks/{id}/test': 'change_part',
  'GET /v1/webhooks/{id}/deliveries/{deliveryId}/attempts': 'read_part',
  'GET /v1/webhooks/{id}/deliveries': 'read_part',
  'POST /v1/webhooks/{id}/deliveries/{deliveryId}/replay': 'change_part',
  'GET /v1/alerts': 'read_part',
  'GET /v1/alerts/{id}': 'read_part',
  'POST /v1/alerts/{id}/acknowledge': 'change_part',
  'POST /v1/alerts/{id}/mute': 'change_part',
  'GET /v1/alert-rules': 'read',
  'PATCH /v1/alert-rules/{rule}': 'change',
  'POST /v1/alert-rules/{rule}/preview': 'read_part',
  'GET /v1/tokens': 'read',
  // A leaked token must not make another one that outlives its revocation.
  'POST /v1/tokens': 'operator',
  'POST /v1/tokens/{id}/rotate': 'operator',
  'DELETE /v1/tokens/{id}': 'operator',
};

/** Answers 403 to a token that the route of the request does not allow. */
export function createAccessCheck(answer: (c: Context, problem: ProblemDetails) => Response): MiddlewareHandler {
  return async (c, next) => {
    const { grant } = c.env as Partial<Bindings>;
    const problem = refuseToken(grant, routeOf(c));
    return problem === undefined ? await next() : answer(c, problem);
  };
}

/** `GET /v1/keys/{id}`. `undefined`: no route matches. HEAD is answered as GET. */
function routeOf(c: Context): string | undefined {
  const route = matchedRoutes(c).find(({ method }) => method !== 'ALL');
  return route && `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;
}

/** Why the grant is not enough for the route. `undefined`: it is enough. Without a grant, the guard asked for none. */
function refuseToken(grant: Grant | undefined, route: string | undefined): ProblemDetails | undefined {
  if (grant === undefined || grant.kind === 'operator') return undefined;
  const access = route === undefined ? 'read_part' : (accessOf[route] ?? 'operator');
  const lack = findLack(grant, access);
  return lack === undefined ? undefined : describeProblem('token_not_allowed', `This token ${lack}.`);
}

/** What the token lacks, and the fix; continues "This token". */
function findLack({ may, isReadOnly, ...reach }: TokenGrant, access: Access): string | undefined {
  if (access === 'nothing') return undefined;
  if (access === 'operator') return 'is not enough: send the operator token';
  if (access === 'metrics' || access === 'decide') {
    return may === access ? undefined : `may not do this: send a token that may ${access}`;
  }
  if (may !== 'admin') return 'may not call the admin API: send a token that may admin';
  if (isReadOnly && access.startsWith('change')) return 'can only read: send a token that is not read-only';
  if (access.endsWith('_part') || isUnlimited(reach)) return undefined;
  return 'reaches some APIs or one organization only: send a token without these limits';
}
