// /v1/nodes: the nodes that share the database.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { NodeDescription } from '../../management/installation-ports.ts';
import { failuresOf, jsonReply, operatorOnly } from '../wire/route.ts';
import { nodeSchema } from '../wire/schemas.ts';

const listNodes = createRoute({
  method: 'get',
  path: '/v1/nodes',
  operationId: 'listNodes',
  tags: ['Server'],
  summary: 'List the nodes that share the database',
  security: operatorOnly,
  responses: { 200: jsonReply('All known nodes', z.object({ data: z.array(nodeSchema) })), ...failuresOf() },
});

export function addNodeRoutes(app: OpenAPIHono, describeNodes: () => Promise<readonly NodeDescription[]>): void {
  app.openapi(listNodes, async (c) => c.json({ data: [...(await describeNodes())] }, 200));
}
