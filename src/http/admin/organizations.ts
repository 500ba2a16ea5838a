// /v1/orgs: create, list, get, update, suspend, resume, both also for one API; delete.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import type { OrganizationCommands } from '../../management/organizations.ts';
import { reportChange } from '../wire/change-report.ts';
import type { Once } from '../wire/idempotency.ts';
import {
  bodyFailures,
  changeReply,
  failuresOf,
  idempotencyKey,
  jsonBody,
  jsonReply,
  onceFailures,
  operatorOnly,
} from '../wire/route.ts';
import {
  defaultLimit,
  deletedOrgSchema,
  idParam,
  newOrgSchema,
  orgListQuery,
  orgSchema,
  orgUpdateSchema,
  pageOf,
  toDeletedOrg,
  toOrg,
} from '../wire/schemas.ts';
import { operatorOf, senderOf } from './operator.ts';

const shared = { tags: ['Organizations'], security: operatorOnly };

const createOrg = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/orgs',
  operationId: 'createOrganization',
  summary: 'Create an organization',
  request: { headers: z.object({ 'Idempotency-Key': idempotencyKey }), body: jsonBody(newOrgSchema) },
  responses: {
    201: changeReply('The new organization', orgSchema),
    ...failuresOf(...bodyFailures, ...onceFailures, 'external_id_taken'),
  },
});

const listOrgs = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/orgs',
  operationId: 'listOrganizations',
  summary: 'List and search organizations',
  request: { query: orgListQuery },
  responses: { 200: jsonReply('Organizations, newest first', pageOf(orgSchema)), ...failuresOf('cursor_invalid') },
});

const getOrg = createRoute({
  ...shared,
  method: 'get',
  path: '/v1/orgs/{id}',
  operationId: 'getOrganization',
  summary: 'Get an organization',
  request: { params: idParam },
  responses: { 200: jsonReply('The organization', orgSchema), ...failuresOf('not_found') },
});

const updateOrg = createRoute({
  ...shared,
  method: 'patch',
  path: '/v1/orgs/{id}',
  operationId: 'updateOrganization',
  summary: 'Change an organization',
  description: 'When the call returns, granted limits and metadata apply to all keys of the organization.',
  request: { params: idParam, body: jsonBody(orgUpdateSchema) },
  responses: {
    200: changeReply('The changed organization', orgSchema),
    ...failuresOf(...bodyFailures, 'not_found', 'org_kind_in_use', 'external_id_taken'),
  },
});

const suspendOrg = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/orgs/{id}/suspend',
  operationId: 'suspendOrganization',
  summary: 'Suspend an organization',
  request: { params: idParam },
  responses: {
    200: changeReply('The organization; all its keys are now refused', orgSchema),
    ...failuresOf('not_found'),
  },
});

const resumeOrg = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/orgs/{id}/resume',
  operationId: 'resumeOrganization',
  summary: 'Resume a suspended organization',
  request: { params: idParam },
  responses: { 200: changeReply('The organization; its keys work again', orgSchema), ...failuresOf('not_found') },
});

const orgApiParams = idParam.extend({ api: z.string().max(200).openapi({ description: 'The id of the API' }) });

const suspendForApi = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/orgs/{id}/apis/{api}/suspend',
  operationId: 'suspendOrganizationForApi',
  summary: 'Suspend an organization for one API',
  description: 'Its keys of other APIs go on. When the call returns, every node refuses its keys of this API.',
  request: { params: orgApiParams },
  responses: {
    200: changeReply('The organization; its keys of this API are now refused', orgSchema),
    ...failuresOf('not_found'),
  },
});

const resumeForApi = createRoute({
  ...shared,
  method: 'post',
  path: '/v1/orgs/{id}/apis/{api}/resume',
  operationId: 'resumeOrganizationForApi',
  summary: 'Resume an organization for one API',
  description: 'If the organization is suspended as a whole too, its keys stay refused.',
  request: { params: orgApiParams },
  responses: {
    200: changeReply('The organization', orgSchema),
    ...failuresOf('not_found'),
  },
});

const deleteOrg = createRoute({
  ...shared,
  method: 'delete',
  path: '/v1/orgs/{id}',
  operationId: 'deleteOrganization',
  summary: 'Delete an organization for good',
  description:
    'Revokes all its keys and erases its name, key names, lists, memberships, invitations, denied requests and audit details. Usage stays as numbers under its id. A repetition succeeds.',
  request: { params: idParam },
  responses: {
    200: changeReply('The organization is deleted; all its keys are refused', deletedOrgSchema),
    ...failuresOf('not_found'),
  },
});

export function addOrganizationRoutes(
  app: OpenAPIHono,
  organizations: OrganizationCommands,
  clock: Clock,
  once: Once,
): void {
  app.openapi(createOrg, async (c) => {
    const input = c.req.valid('json');
    const report = reportChange(c, clock);
    const create = (options: Parameters<OrganizationCommands['createOrganization']>[2]) =>
      organizations.createOrganization(operatorOf(c), input, options);
    return c.json(report.with(await once(c, { ...input, ...senderOf(c) }, report.onHeld, create, toOrg)), 201);
  });

  app.openapi(listOrgs, async (c) => {
    const { limit = defaultLimit, cursor, search, ...filter } = c.req.valid('query');
    const page = { limit, cursor };
    const wanted = { ...filter, search: search?.normalize('NFC') };
    const { items, nextCursor } = await organizations.listOrganizations(operatorOf(c), page, wanted);
    return c.json({ data: items.map(toOrg), nextCursor }, 200);
  });

  app.openapi(getOrg, async (c) =>
    c.json(toOrg(await organizations.getOrganization(operatorOf(c), c.req.valid('param').id)), 200),
  );

  app.openapi(updateOrg, async (c) => {
    const report = reportChange(c, clock);
    const { id } = c.req.valid('param');
    const updated = await organizations.updateOrganization(operatorOf(c), id, c.req.valid('json'), {
      onHeld: report.onHeld,
    });
    return c.json(report.with(toOrg(updated)), 200);
  });

  app.openapi(suspendOrg, async (c) => {
    const report = reportChange(c, clock);
    const suspended = await organizations.suspendOrganization(operatorOf(c), c.req.valid('param').id, {
      onHeld: report.onHeld,
    });
    return c.json(report.with(toOrg(suspended)), 200);
  });

  app.openapi(resumeOrg, async (c) => {
    const report = reportChange(c, clock);
    const resumed = await organizations.resumeOrganization(operatorOf(c), c.req.valid('param').id, {
      onHeld: report.onHeld,
    });
    return c.json(report.with(toOrg(resumed)), 200);
  });

  app.openapi(suspendForApi, async (c) => {
    const report = reportChange(c, clock);
    const { id, api } = c.req.valid('param');
    const changed = await organizations.suspendForApi(operatorOf(c), id, api, { onHeld: report.onHeld });
    return c.json(report.with(toOrg(changed)), 200);
  });

  app.openapi(resumeForApi, async (c) => {
    const report = reportChange(c, clock);
    const { id, api } = c.req.valid('param');
    const changed = await organizations.resumeForApi(operatorOf(c), id, api, { onHeld: report.onHeld });
    return c.json(report.with(toOrg(changed)), 200);
  });

  app.openapi(deleteOrg, async (c) => {
    const report = reportChange(c, clock);
    const deleted = await organizations.deleteOrganization(operatorOf(c), c.req.valid('param').id, {
      onHeld: report.onHeld,
    });
    return c.json(report.with(toDeletedOrg(deleted)), 200);
  });
}
