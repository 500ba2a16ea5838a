// GET /api/orgs/{org}/audit: who changed what in the organization, with what was before and after.
import { createRoute, z } from '@hono/zod-openapi';
import type { AuditFilter, AuditStore } from '../../audit/ports.ts';
import { parseInstant } from '../../management/instant.ts';
import { assertMayIn } from '../../management/rights.ts';
import { failures, jsonReply } from '../internal/route.ts';
import { auditListQuery, auditSchema, defaultLimit, pageOf, toAudit } from '../internal/schemas.ts';
import type { ConsoleApp, Sessions } from './session.ts';

export interface AuditParts {
  readonly sessions: Sessions;
  readonly auditStore: Pick<AuditStore, 'listAudit'>;
}

const instant = z.string().max(40).optional();

const auditQuery = auditListQuery.omit({ org: true }).extend({
  actor: z
    .string()
    .min(1)
    .max(254)
    .optional()
    .openapi({ description: 'The id of the person or key that did it, or the person’s e-mail address' }),
  from: instant.openapi({ format: 'date-time', description: 'From this instant on' }),
  to: instant.openapi({ format: 'date-time', description: 'Before this instant' }),
});

const listAudit = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/audit',
  operationId: 'listOrgAudit',
  request: { params: z.object({ org: z.string().max(200) }), query: auditQuery },
  responses: { 200: jsonReply('Changes, newest first; for admins and owners', pageOf(auditSchema)), ...failures },
});

export function addAuditRoute(app: ConsoleApp, { sessions, auditStore }: AuditParts): void {
  app.openapi(listAudit, async (c) => {
    const { org } = c.req.valid('param');
    const { limit = defaultLimit, cursor, ...query } = c.req.valid('query');
    assertMayIn(await sessions.actorIn(c, org), org, 'audit.read');
    const { items, nextCursor } = await auditStore.listAudit({ orgId: org, ...readFilter(query) }, { limit, cursor });
    return c.json({ data: items.map(toAudit), nextCursor }, 200);
  });
}

function readFilter({ target, actor, action, from, to }: z.infer<typeof auditQuery>): AuditFilter {
  return {
    targetId: target,
    ...(actor?.includes('@') === true ? { actorLabel: actor.toLowerCase() } : { actorId: actor }),
    action,
    fromMs: from === undefined ? undefined : parseInstant('from', from),
    toMs: to === undefined ? undefined : parseInstant('to', to),
  };
}
