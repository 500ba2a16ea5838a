// /v1/audit: who changed what.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { AuditStore } from '../../audit/ports.ts';
import { failuresOf, jsonReply, maxPageBytes, operatorOnly } from '../wire/route.ts';
import {
  auditListQuery,
  auditSchema,
  auditStart,
  defaultLimit,
  pageOf,
  toAudit,
  toAuditStart,
} from '../wire/schemas.ts';

const listAudit = createRoute({
  method: 'get',
  path: '/v1/audit',
  operationId: 'listAudit',
  tags: ['Audit'],
  summary: 'List changes, with their author and source',
  security: operatorOnly,
  request: { query: auditListQuery },
  responses: {
    200: jsonReply('Audit records, newest first', pageOf(auditSchema).extend(auditStart)),
    ...failuresOf('cursor_invalid'),
  },
});

export function addAuditRoutes(app: OpenAPIHono, auditStore: Pick<AuditStore, 'listAudit' | 'findAuditStart'>): void {
  app.openapi(listAudit, async (c) => {
    const { org, target, actor, action, limit = defaultLimit, cursor } = c.req.valid('query');
    const filter = { orgId: org, targetId: target, actorId: actor, action };
    const { items, nextCursor } = await auditStore.listAudit(filter, { limit, cursor, maxBytes: maxPageBytes });
    const start = toAuditStart(await auditStore.findAuditStart());
    return c.json({ data: items.map(toAudit), nextCursor, ...start }, 200);
  });
}
