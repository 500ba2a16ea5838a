// /v1/nodes: the nodes that share the database.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type NodeDescription, nodeStates } from './ports.ts';
import { failuresOf, jsonReply, operatorOnly } from './route.ts';

export const nodeSchema = z
  .object({
    id: z.string().openapi({ example: 'web-1-5c1e0b6f9a3d2e47' }),
    name: z.string().openapi({ example: 'web-1', description: 'The host that it runs on' }),
    isThis: z.boolean().openapi({ description: 'Whether it is the node that answers' }),
    revision: z
      .int()
      .nullable()
      .openapi({ description: 'The newest change that it knows of; null where there is one node, which knows all' }),
    seenMsAgo: z
      .int()
      .openapi({ description: 'Since it last renewed its lease; a node that is well does so four times a second' }),
    state: z.enum(nodeStates).openapi({
      description:
        'leased: it decides by what it has in memory; may_serve_cached: its lease is over, and it may go on without the database (`onStoreOutage`); stale: its lease is over, and it answers by the database or is gone. The records of nodes that are gone are removed within some 10 s.',
    }),
  })
  .openapi('Node');

const listNodes = createRoute({
  method: 'get',
  path: '/v1/nodes',
  operationId: 'listNodes',
  tags: ['Server'],
  summary: 'List the nodes that share the database',
  security: operatorOnly,
  responses: { 200: jsonReply('All nodes on record', z.object({ data: z.array(nodeSchema) })), ...failuresOf() },
});

export function addNodeRoutes(app: OpenAPIHono, describeNodes: () => Promise<readonly NodeDescription[]>): void {
  app.openapi(listNodes, async (c) => c.json({ data: [...(await describeNodes())] }, 200));
}
