// GET /api/orgs/{org}/audit: the changes in an organization, with the state before and after each.
import { createRoute, z } from '@hono/zod-openapi';
import type { AuditFilter, AuditStore } from '../../audit/ports.ts';
import type { AuditRecord } from '../../domain/audit-record.ts';
import { parseInstant } from '../../management/instant.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import { assertMayIn } from '../../management/rights.ts';
import type { PeopleStore } from '../../people/ports.ts';
import { type Gates, maskIn } from '../wire/mask.ts';
import { failures, jsonReply, maxPageBytes } from '../wire/route.ts';
import {
  auditListQuery,
  auditSchema,
  auditStart,
  defaultLimit,
  pageOf,
  toAudit,
  toAuditStart,
} from '../wire/schemas.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the audit route needs. */
export interface AuditParts {
  readonly sessions: Sessions;
  readonly auditStore: Pick<AuditStore, 'listAudit' | 'findAuditStart'>;
  readonly store: Pick<OverviewStore, 'findKeys'>;
  readonly people: Pick<PeopleStore, 'listMembers'>;
  readonly gates: Gates;
}

const instant = z.string().max(40).optional();

const auditQuery = auditListQuery.omit({ org: true }).extend({
  actor: z
    .string()
    .min(1)
    .max(254)
    .optional()
    .openapi({ description: 'The id of the person or key that made the change, or the e-mail address of the person' }),
  from: instant.openapi({ format: 'date-time', description: 'From this instant' }),
  to: instant.openapi({ format: 'date-time', description: 'Before this instant' }),
});

/** An entry with the name that its target has now. */
export const orgAuditSchema = auditSchema
  .extend({
    targetName: z
      .string()
      .nullable()
      .openapi({ description: 'The current name of the target; null: the target no longer exists' }),
  })
  .openapi('OrgAuditRecord');

const listAudit = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/audit',
  operationId: 'listOrgAudit',
  request: { params: z.object({ org: z.string().max(200) }), query: auditQuery },
  responses: {
    200: jsonReply('Changes, newest first; for admins and owners', pageOf(orgAuditSchema).extend(auditStart)),
    ...failures,
  },
});

export function addAuditRoute(app: ConsoleApp, { sessions, auditStore, ...parts }: AuditParts): void {
  app.openapi(listAudit, async (c) => {
    const { org } = c.req.valid('param');
    const { limit = defaultLimit, cursor, ...query } = c.req.valid('query');
    assertMayIn(await sessions.actorIn(c, org), org, 'audit.read');
    const { items, nextCursor } = await auditStore.listAudit(
      { orgId: org, ...readFilter(query) },
      { limit, cursor, maxBytes: maxPageBytes },
    );
    const data = await toOrgAudit(parts, org, items);
    return c.json({ data, nextCursor, ...toAuditStart(await auditStore.findAuditStart()) }, 200);
  });
}

/** Entries of the organization, with the names that their targets have now. */
export async function toOrgAudit(
  parts: Pick<AuditParts, 'store' | 'people' | 'gates'>,
  org: string,
  records: readonly AuditRecord[],
): Promise<z.infer<typeof orgAuditSchema>[]> {
  const names = await namesOf(parts, org, records);
  return records.map((record) => ({ ...toAudit(record), targetName: names.get(record.target.id) ?? null }));
}

/** The current names of the changed keys and members, by id. Records of other targets have the name in their state. */
async function namesOf(
  { store, people, gates }: Pick<AuditParts, 'store' | 'people' | 'gates'>,
  org: string,
  records: readonly AuditRecord[],
): Promise<ReadonlyMap<string, string>> {
  const idsOf = (kind: string) => new Set(records.flatMap(({ target }) => (target.kind === kind ? target.id : [])));
  const keys = await store.findKeys([...idsOf('key')]);
  const members = idsOf('person').size === 0 ? [] : await people.listMembers(org);
  return new Map([
    ...keys.filter(({ orgId }) => orgId === org).map((key) => [key.id, key.name || maskIn(gates, key)] as const),
    ...members.map(({ person }) => [person.id, person.email] as const),
  ]);
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
