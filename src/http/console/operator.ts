// /api/operator: the routes for operators. Everyone else gets 404.
import { createRoute, z } from '@hono/zod-openapi';
import type { DenialStore } from '../../denials/ports.ts';
import type { OperatorActor } from '../../domain/actor.ts';
import { environments } from '../../domain/api-key.ts';
import type { Clock } from '../../domain/clock.ts';
import { reasons } from '../../domain/verdict.ts';
import type { NodeDescription } from '../../management/installation-ports.ts';
import { notFound } from '../../management/management-error.ts';
import type { OrganizationCommands } from '../../management/organizations.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import type { PersonCommands } from '../../people/persons.ts';
import { reportChange } from '../wire/change-report.ts';
import type { Gates } from '../wire/mask.ts';
import { changeReply, failures, jsonBody, jsonReply, maxPageBytes } from '../wire/route.ts';
import {
  defaultLimit,
  deletedOrgSchema,
  deletedPersonSchema,
  denialListQuery,
  newOrgSchema,
  nodeSchema,
  orgListQuery,
  orgSchema,
  orgUpdateSchema,
  pageOf,
  toDeletedOrg,
  toOrg,
} from '../wire/schemas.ts';
import { type ConsoleApi, consoleApiSchema, describeConsoleApi } from './config.ts';
import { orgDenialSchema, showDenials, viewFor } from './denials.ts';
import type { Freshness } from './freshness.ts';
import type { ConsoleApp, ConsoleContext, Sessions } from './session.ts';
import type { Visit } from './visit.ts';

/** What the operator routes need. */
export interface OperatorParts {
  readonly sessions: Sessions;
  readonly organizations: OrganizationCommands;
  readonly persons: PersonCommands;
  readonly store: Pick<OverviewStore, 'listOrgRows' | 'findKeys'>;
  readonly denialStore: Pick<DenialStore, 'listDenials'>;
  readonly apis: readonly ConsoleApi[];
  readonly gates: Gates;
  readonly describeNodes: () => Promise<readonly NodeDescription[]>;
  /** `public.trustedProxies`, as configured. */
  readonly trustedProxyEntries: readonly string[];
  readonly freshness: Freshness;
  readonly clock: Clock;
}

const id = z.object({ id: z.string().max(200) });
const orgsPath = '/api/operator/orgs';

const orgRowSchema = orgSchema
  .extend({
    keys: z.int().openapi({ description: 'Number of its keys, without revoked ones' }),
    members: z.int(),
  })
  .openapi('OrganizationRow');

const listOrgs = createRoute({
  method: 'get',
  path: orgsPath,
  operationId: 'listOperatorOrgs',
  request: {
    query: orgListQuery.omit({ search: true }).extend({
      q: orgListQuery.shape.search,
      status: z.enum(['active', 'suspended']).optional(),
    }),
  },
  responses: { 200: jsonReply('Organizations, newest first', pageOf(orgRowSchema)), ...failures },
});

const createOrg = createRoute({
  method: 'post',
  path: orgsPath,
  operationId: 'createOperatorOrg',
  request: { body: jsonBody(newOrgSchema) },
  responses: { 201: jsonReply('The new organization', orgSchema), ...failures },
});

const updateOrg = createRoute({
  method: 'patch',
  path: `${orgsPath}/{id}`,
  operationId: 'updateOperatorOrg',
  request: { params: id, body: jsonBody(orgUpdateSchema) },
  responses: { 200: changeReply('The changed organization', orgSchema), ...failures },
});

const suspendOrg = createRoute({
  method: 'post',
  path: `${orgsPath}/{id}/suspend`,
  operationId: 'suspendOperatorOrg',
  request: { params: id },
  responses: { 200: changeReply('The organization; all its keys are now refused', orgSchema), ...failures },
});

const resumeOrg = createRoute({
  method: 'post',
  path: `${orgsPath}/{id}/resume`,
  operationId: 'resumeOperatorOrg',
  request: { params: id },
  responses: { 200: changeReply('The organization; its keys work again', orgSchema), ...failures },
});

const orgApi = id.extend({ api: z.string().max(200) });

const suspendForApi = createRoute({
  method: 'post',
  path: `${orgsPath}/{id}/apis/{api}/suspend`,
  operationId: 'suspendOperatorOrgForApi',
  request: { params: orgApi },
  responses: { 200: changeReply('The organization; its keys of this API are now refused', orgSchema), ...failures },
});

const resumeForApi = createRoute({
  method: 'post',
  path: `${orgsPath}/{id}/apis/{api}/resume`,
  operationId: 'resumeOperatorOrgForApi',
  request: { params: orgApi },
  responses: { 200: changeReply('The organization', orgSchema), ...failures },
});

const deleteOrg = createRoute({
  method: 'delete',
  path: `${orgsPath}/{id}`,
  operationId: 'deleteOperatorOrg',
  request: { params: id },
  responses: {
    200: changeReply('The organization is deleted; all its keys are refused', deletedOrgSchema),
    ...failures,
  },
});

const deletePerson = createRoute({
  method: 'delete',
  path: '/api/operator/people/{id}',
  operationId: 'deleteOperatorPerson',
  request: { params: id },
  responses: { 200: jsonReply('The account is deleted; its sessions have ended', deletedPersonSchema), ...failures },
});

const perEnvironment = z.object({ live: z.string().optional(), test: z.string().optional() });

const operatorApiSchema = consoleApiSchema
  .extend({
    hosts: z.array(z.object({ host: z.string(), environment: z.enum(environments).nullable() })),
    consoleHosts: z.array(z.string()),
    upstream: perEnvironment,
  })
  .openapi('OperatorApi');

const listApis = createRoute({
  method: 'get',
  path: '/api/operator/apis',
  operationId: 'listOperatorApis',
  responses: { 200: jsonReply('All configured APIs', z.object({ data: z.array(operatorApiSchema) })), ...failures },
});

const listNodes = createRoute({
  method: 'get',
  path: '/api/operator/nodes',
  operationId: 'listOperatorNodes',
  responses: {
    200: jsonReply('The nodes that share the database', z.object({ data: z.array(nodeSchema) })),
    ...failures,
  },
});

const echoSchema = z
  .object({
    peer: z.string().nullable().openapi({ description: 'The remote address of the connection' }),
    forwardedHeader: z
      .string()
      .openapi({ description: 'The header in which trusted proxies name the client', example: 'x-forwarded-for' }),
    forwardedFor: z.string().nullable().openapi({ description: 'The value of this header as received, not checked' }),
    clientAddress: z
      .string()
      .nullable()
      .openapi({ description: 'The resolved client address, which address lists use' }),
    isPeerTrusted: z.boolean(),
    trustedProxies: z.array(z.string()).openapi({ description: 'As configured' }),
    finding: z.enum(['direct', 'proxy_trusted', 'proxy_not_trusted', 'proxy_silent', 'client_unreadable']),
    configLine: z.string().nullable().openapi({
      description: 'The configuration to add if the peer is your proxy and not yet trusted',
      example: 'public: { trustedProxies: ["127.0.0.1"] }',
    }),
  })
  .openapi('ProxyEcho');

const echo = createRoute({
  method: 'get',
  path: '/api/operator/echo',
  operationId: 'echoProxies',
  responses: { 200: jsonReply('How this request reached the server', echoSchema), ...failures },
});

const listDenials = createRoute({
  method: 'get',
  path: '/api/operator/denials',
  operationId: 'listOperatorDenials',
  request: {
    query: denialListQuery.extend({
      reason: z.enum(reasons).optional(),
      of: z
        .enum(['nobody', 'everyone'])
        .optional()
        .openapi({ description: 'Default `nobody`: denied requests with unknown keys' }),
    }),
  },
  responses: { 200: jsonReply('Denied requests, latest first', pageOf(orgDenialSchema)), ...failures },
});

export function addOperatorRoutes(app: ConsoleApp, parts: OperatorParts): void {
  const { sessions, organizations, persons, store, denialStore, apis, gates, freshness, clock } = parts;

  // Checked before validation, so no one else learns anything about valid input.
  app.use('/api/operator/*', async (c, next) => {
    const { isOperator } = await sessions.signedIn(c);
    if (!isOperator) throw notFound();
    await next();
  });

  async function operatorOf(c: ConsoleContext): Promise<OperatorActor> {
    const actor = await sessions.actorOf(c);
    if (actor?.kind !== 'operator') throw notFound();
    return actor;
  }

  app.openapi(listOrgs, async (c) => {
    const { q, limit = defaultLimit, ...query } = c.req.valid('query');
    const page = await store.listOrgRows({ ...query, search: q?.normalize('NFC'), limit });
    const data = page.items.map(({ organization, keys, members }) => ({ ...toOrg(organization), keys, members }));
    return c.json({ data, nextCursor: page.nextCursor }, 200);
  });

  app.openapi(createOrg, async (c) =>
    c.json(toOrg(await organizations.createOrganization(await operatorOf(c), c.req.valid('json'))), 201),
  );

  app.openapi(updateOrg, async (c) => {
    const report = reportChange(c, clock);
    const actor = await operatorOf(c);
    const options = { onHeld: report.onHeld };
    const updated = await organizations.updateOrganization(
      actor,
      c.req.valid('param').id,
      c.req.valid('json'),
      options,
    );
    return c.json(report.with(toOrg(updated)), 200);
  });

  app.openapi(suspendOrg, async (c) => {
    const report = reportChange(c, clock);
    const actor = await operatorOf(c);
    const { id } = c.req.valid('param');
    const suspended = await organizations.suspendOrganization(actor, id, { onHeld: report.onHeld });
    return c.json(report.with(toOrg(suspended)), 200);
  });

  app.openapi(resumeOrg, async (c) => {
    const report = reportChange(c, clock);
    const actor = await operatorOf(c);
    const { id } = c.req.valid('param');
    return c.json(
      report.with(toOrg(await organizations.resumeOrganization(actor, id, { onHeld: report.onHeld }))),
      200,
    );
  });

  app.openapi(suspendForApi, async (c) => {
    const report = reportChange(c, clock);
    const actor = await operatorOf(c);
    const { id, api } = c.req.valid('param');
    const suspended = await organizations.suspendForApi(actor, id, api, { onHeld: report.onHeld });
    return c.json(report.with(toOrg(suspended)), 200);
  });

  app.openapi(resumeForApi, async (c) => {
    const report = reportChange(c, clock);
    const actor = await operatorOf(c);
    const { id, api } = c.req.valid('param');
    const resumed = await organizations.resumeForApi(actor, id, api, { onHeld: report.onHeld });
    return c.json(report.with(toOrg(resumed)), 200);
  });

  app.openapi(deleteOrg, async (c) => {
    const report = reportChange(c, clock);
    const actor = await operatorOf(c);
    const { id } = c.req.valid('param');
    const deleted = await organizations.deleteOrganization(actor, id, { onHeld: report.onHeld });
    return c.json(report.with(toDeletedOrg(deleted)), 200);
  });

  app.openapi(deletePerson, async (c) =>
    c.json(await persons.deletePerson(await operatorOf(c), c.req.valid('param').id, c.env.letterhead), 200),
  );

  app.openapi(listApis, (c) => {
    const data = apis.map((api) => ({
      ...describeConsoleApi(api, c.env.visit),
      hosts: [...api.hosts].map(([host, environment]) => ({ host, environment: environment ?? null })),
      consoleHosts: [...api.consoleHosts],
      upstream: api.upstream === undefined ? {} : { live: urlOf(api.upstream.live), test: urlOf(api.upstream.test) },
    }));
    return c.json({ data }, 200);
  });

  app.openapi(listNodes, async (c) => c.json({ data: [...(await parts.describeNodes())] }, 200));

  app.openapi(echo, (c) => {
    const { peer, forwardedHeader, forwardedFor, clientAddress, isPeerTrusted } = c.env.visit;
    const finding = judgeWay(c.env.visit);
    const needsTrust = finding === 'proxy_not_trusted' && peer !== undefined;
    const trusted = JSON.stringify([...parts.trustedProxyEntries, ...(needsTrust ? [peer] : [])]).replaceAll(',', ', ');
    return c.json(
      {
        peer: peer ?? null,
        forwardedHeader,
        forwardedFor: forwardedFor?.slice(0, 1_000) ?? null,
        clientAddress: clientAddress ?? null,
        isPeerTrusted,
        trustedProxies: [...parts.trustedProxyEntries],
        finding,
        configLine: needsTrust ? `public: { trustedProxies: ${trusted} }` : null,
      },
      200,
    );
  });

  app.openapi(listDenials, async (c) => {
    const { org, api, key, reason, of = 'nobody', limit = defaultLimit, cursor } = c.req.valid('query');
    await freshness.refresh();
    const orgId = org ?? (of === 'nobody' ? null : undefined);
    const page = await denialStore.listDenials({
      orgId,
      apiId: api,
      keyId: key,
      reason,
      limit,
      cursor,
      maxBytes: maxPageBytes,
    });
    const view = viewFor(c, await operatorOf(c), gates, clock.nowMs());
    return c.json({ data: await showDenials(store, page.items, view), nextCursor: page.nextCursor }, 200);
  });
}

function urlOf({ origin, basePath }: { readonly origin: string; readonly basePath: string }): string {
  return origin + basePath;
}

function judgeWay(visit: Visit): z.infer<typeof echoSchema>['finding'] {
  const { clientAddress, forwardedFor, isPeerTrusted, isBehindUntrustedProxy } = visit;
  if (clientAddress === undefined) return 'client_unreadable';
  if (isPeerTrusted) return forwardedFor === undefined ? 'proxy_silent' : 'proxy_trusted';
  return isBehindUntrustedProxy ? 'proxy_not_trusted' : 'direct';
}
