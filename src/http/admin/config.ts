// /v1/config/reload: all nodes read their configurations again.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ReloadedNode, Reloads } from '../../management/installation-ports.ts';
import { ReloadError } from '../../management/reload-error.ts';
import { bodyFailures, failuresOf, jsonReply, operatorOnly } from '../wire/route.ts';
import { reloadedNodeSchema } from '../wire/schemas.ts';
import { operatorOf } from './operator.ts';

const reloadConfig = createRoute({
  method: 'post',
  path: '/v1/config/reload',
  operationId: 'reloadConfig',
  tags: ['Server'],
  summary: 'Reload the configuration of all nodes',
  description:
    'Each node reads its own file. All nodes check theirs first; if one has a fault, does not answer, or would use another configuration than the others, none changes.',
  security: operatorOnly,
  request: {
    body: {
      required: false,
      content: {
        'application/json': {
          schema: z.strictObject({
            dryRun: z.boolean().default(false).openapi({ description: 'Check all nodes, and change nothing' }),
            allowDifferences: z.boolean().default(false).openapi({
              description: 'Change the nodes even if they then use different configurations',
            }),
          }),
        },
      },
    },
  },
  responses: {
    200: jsonReply(
      'All nodes use the configuration of their files; with `dryRun`, they could',
      z.object({ applied: z.boolean(), nodes: z.array(reloadedNodeSchema) }),
    ),
    ...failuresOf(
      'config_invalid',
      'config_differs',
      'node_silent',
      'reload_in_progress',
      'reload_incomplete',
      'reload_unsupported',
      ...bodyFailures,
    ),
  },
});

export function addConfigRoutes(app: OpenAPIHono, reloads: Pick<Reloads, 'run'>): void {
  app.openapi(reloadConfig, async (c) => {
    const { dryRun = false, allowDifferences = false } = c.req.valid('json');
    const { address, requestId, token } = operatorOf(c);
    const author = { kind: 'operator', address, requestId, token } as const;
    const { kind, nodes } = await reloads.run({ author, isDryRun: dryRun, mayDiffer: allowDifferences });
    if (kind !== 'done' && kind !== 'checked') throw new ReloadError(kind, nodes);
    return c.json({ applied: kind === 'done', nodes: nodes.map(toWire) }, 200);
  });
}

function toWire({ changed, needRestart, faults, ...node }: ReloadedNode) {
  return {
    ...node,
    ...(changed && { changed: [...changed] }),
    ...(needRestart && { needRestart: [...needRestart] }),
    ...(faults && { faults: [...faults] }),
  };
}
