// /api/orgs/{org} and /api/client-address: an organization's settings, and the client address of the request.
import { createRoute, z } from '@hono/zod-openapi';
import { isPrivateAddress } from '../../domain/address.ts';
import type { OrganizationCommands } from '../../management/organizations.ts';
import { failures, jsonBody, jsonReply } from '../wire/route.ts';
import { orgSchema, toOrg } from '../wire/schemas.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the organization routes need. */
export interface OrganizationParts {
  readonly sessions: Sessions;
  readonly organizations: OrganizationCommands;
}

const inOrg = z.object({ org: z.string().max(200) });

const getOrg = createRoute({
  method: 'get',
  path: '/api/orgs/{org}',
  operationId: 'getOrg',
  request: { params: inOrg },
  responses: { 200: jsonReply('The organization', orgSchema), ...failures },
});

const renameOrg = createRoute({
  method: 'patch',
  path: '/api/orgs/{org}',
  operationId: 'renameOrg',
  request: {
    params: inOrg,
    body: jsonBody(z.strictObject({ name: z.string() }).openapi('OrganizationName')),
  },
  responses: { 200: jsonReply('The changed organization; for admins and owners', orgSchema), ...failures },
});

const clientAddressSchema = z
  .object({
    address: z.string().nullable().openapi({ description: 'null: a trusted proxy sent an unreadable address' }),
    isPrivate: z.boolean().openapi({ description: 'A private address, which an API in another network never sees' }),
    isBehindUntrustedProxy: z
      .boolean()
      .openapi({ description: 'The address of an untrusted proxy: do not add it to a list' }),
  })
  .openapi('ClientAddress');

const getClientAddress = createRoute({
  method: 'get',
  path: '/api/client-address',
  operationId: 'getClientAddress',
  responses: { 200: jsonReply('The client address of this request', clientAddressSchema), ...failures },
});

export function addOrganizationRoutes(app: ConsoleApp, { sessions, organizations }: OrganizationParts): void {
  app.openapi(getOrg, async (c) => {
    const { org } = c.req.valid('param');
    return c.json(toOrg(await organizations.getOrganization(await sessions.actorIn(c, org), org)), 200);
  });

  app.openapi(renameOrg, async (c) => {
    const { org } = c.req.valid('param');
    const { name } = c.req.valid('json');
    const actor = await sessions.actorIn(c, org);
    return c.json(toOrg(await organizations.updateOrganization(actor, org, { name })), 200);
  });

  app.openapi(getClientAddress, async (c) => {
    await sessions.signedIn(c);
    const { clientAddress, isBehindUntrustedProxy } = c.env.visit;
    const isPrivate = clientAddress !== undefined && isPrivateAddress(clientAddress);
    return c.json({ address: clientAddress ?? null, isPrivate, isBehindUntrustedProxy }, 200);
  });
}
