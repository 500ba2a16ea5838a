// /v1/orgs: create, list, get, suspend, resume.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { OrganizationCommands } from '../../management/organizations.ts';
import { operatorOf } from './operator.ts';
import { failures, jsonBody, jsonReply, operatorOnly } from './route.ts';
import { defaultLimit, idParam, newOrgSchema, orgListQuery, orgSchema, pageOf, toOrg } from './schemas.ts';

const createOrg = createRoute({
  method: 'post',
  path: '/v1/orgs',
  operationId: 'createOrganization',
  security: operatorOnly,
  request: { body: jsonBody(newOrgSchema) },
  responses: { 201: jsonReply('The new organization', orgSchema), ...failures },
});

const listOrgs = createRoute({
  method: 'get',
  path: '/v1/orgs',
  operationId: 'listOrganizations',
  security: operatorOnly,
  request: { query: orgListQuery },
  responses: { 200: jsonReply('Organizations, newest first', pageOf(orgSchema)), ...failures },
});

const getOrg = createRoute({
  method: 'get',
  path: '/v1/orgs/{id}',
  operationId: 'getOrganization',
  security: operatorOnly,
  request: { params: idParam },
  responses: { 200: jsonReply('The organization', orgSchema), ...failures },
});

const suspendOrg = createRoute({
  method: 'post',
  path: '/v1/orgs/{id}/suspend',
  operationId: 'suspendOrganization',
  security: operatorOnly,
  request: { params: idParam },
  responses: { 200: jsonReply('The organization; all its keys are refused from now on', orgSchema), ...failures },
});

const resumeOrg = createRoute({
  method: 'post',
  path: '/v1/orgs/{id}/resume',
  operationId: 'resumeOrganization',
  security: operatorOnly,
  request: { params: idParam },
  responses: { 200: jsonReply('The organization; its keys work again', orgSchema), ...failures },
});

export function addOrganizationRoutes(app: OpenAPIHono, organizations: OrganizationCommands): void {
  app.openapi(createOrg, async (c) =>
    c.json(toOrg(await organizations.createOrganization(operatorOf(c), c.req.valid('json'))), 201),
  );

  app.openapi(listOrgs, async (c) => {
    const { limit = defaultLimit, cursor } = c.req.valid('query');
    const { items, nextCursor } = await organizations.listOrganizations(operatorOf(c), { limit, cursor });
    return c.json({ data: items.map(toOrg), nextCursor }, 200);
  });

  app.openapi(getOrg, async (c) =>
    c.json(toOrg(await organizations.getOrganization(operatorOf(c), c.req.valid('param').id)), 200),
  );

  app.openapi(suspendOrg, async (c) =>
    c.json(toOrg(await organizations.suspendOrganization(operatorOf(c), c.req.valid('param').id)), 200),
  );

  app.openapi(resumeOrg, async (c) =>
    c.json(toOrg(await organizations.resumeOrganization(operatorOf(c), c.req.valid('param').id)), 200),
  );
}
