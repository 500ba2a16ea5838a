// /v1/audit/export: whole audit records with their hashes, oldest first.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { exportRecord } from '../../audit/exported-record.ts';
import type { AuditStore } from '../../audit/ports.ts';
import { auditOf } from '../../domain/actor.ts';
import type { Clock } from '../../domain/clock.ts';
import { parseInstant } from '../../management/instant.ts';
import { invalidInput } from '../../management/management-error.ts';
import type { RetentionStore } from '../../retention/ports.ts';
import { failuresOf, jsonBody, jsonReply, maxPageBytes, operatorOnly } from '../wire/route.ts';
import { operatorOf } from './operator.ts';

/** Few enough to read without delaying other requests. */
const recordsPerPage = 500;

const state = z.record(z.string(), z.unknown()).nullable();

const seal = z.union([z.object({ salt: z.string() }), z.object({ digest: z.string(), erasedBy: z.int() })]);

const exportedRecordSchema = z
  .object({
    seq: z.int(),
    at: z.string().openapi({ format: 'date-time' }),
    actor: z.object({
      kind: z.enum(['operator', 'member', 'key', 'system']),
      id: z.string().nullable(),
      label: z.string().nullable(),
    }),
    via: z.string(),
    address: z.string().nullable(),
    requestId: z.string().nullable(),
    action: z.string().openapi({ example: 'key.created' }),
    target: z.object({ kind: z.string(), id: z.string() }),
    org: z.string().nullable(),
    before: state,
    after: state,
    seals: z.object({ author: seal, state: seal }).optional().openapi({
      description:
        'How the hash covers who (`actor.label`, `address`) and what (`before`, `after`): under a salt, or by the digest of an erased part. Absent in records of an older Miftah',
    }),
    previousHash: z.string(),
    hash: z.string(),
  })
  .openapi('ExportedAuditRecord');

const exportAudit = createRoute({
  method: 'get',
  path: '/v1/audit/export',
  operationId: 'exportAudit',
  tags: ['Audit'],
  summary: 'Export the audit log as JSON lines, oldest first',
  security: operatorOnly,
  request: {
    query: z.strictObject({
      after: z
        .string()
        .regex(/^(?:0|[1-9]\d{0,14})$/, 'must be the number of a record')
        .transform(Number)
        .optional()
        .openapi({ type: 'integer', description: 'Continue after this record. Default: from the first one.' }),
      org: z.string().min(1).max(100).optional().openapi({ description: 'Only changes in this organization' }),
      since: z.string().max(40).optional().openapi({ format: 'date-time', description: 'Only from this instant' }),
    }),
  },
  responses: {
    200: jsonReply(
      `Records, oldest first. \`next\` is the \`after\` of the next page, \`null\` at the end; with \`org\` or \`since\`, a page can be empty and still have a next page`,
      z.object({ data: z.array(exportedRecordSchema), next: z.int().nullable() }),
    ),
    ...failuresOf(),
  },
});

/** Adds the route. It has pages instead of one stream, so an interrupted export can't look complete. */
export function addAuditExportRoute(app: OpenAPIHono, audit: Pick<AuditStore, 'readAudit'>): void {
  app.openapi(exportAudit, async (c) => {
    const { after = 0, org, since } = c.req.valid('query');
    const sinceMs = since === undefined ? undefined : parseInstant('since', since);
    const records = await audit.readAudit(after, recordsPerPage, maxPageBytes);
    const data = records
      .filter(({ orgId, atMs }) => (org === undefined || orgId === org) && (sinceMs === undefined || atMs >= sinceMs))
      .map((record) => ({ ...exportRecord(record), before: record.before as State, after: record.after as State }));
    const last = records.at(-1)?.seq;
    const isEnd = last === undefined || (await audit.readAudit(last, 1)).length === 0;
    return c.json({ data, next: isEnd ? null : last }, 200);
  });
}

const archivedSchema = z
  .strictObject({
    seq: z
      .int()
      .min(1)
      .max(2 ** 53 - 1),
    hash: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex characters'),
  })
  .openapi('AuditPlace');

const noteArchived = createRoute({
  method: 'post',
  path: '/v1/audit/archived',
  operationId: 'noteAuditArchived',
  tags: ['Audit'],
  summary: 'Note that an archive has all records up to this one',
  description:
    'The records up to it may then leave the database once they are older than `retention.audit`. `miftah audit archive` calls it after its files are on disk.',
  security: operatorOnly,
  request: { body: jsonBody(archivedSchema) },
  responses: { 200: jsonReply('The noted place', archivedSchema), ...failuresOf('invalid_input') },
});

/** Adds the route by which an archive says up to which record it is complete. */
export function addAuditArchivedRoute(
  app: OpenAPIHono,
  { retention, clock }: { readonly retention: Pick<RetentionStore, 'noteArchived'>; readonly clock: Clock },
): void {
  app.openapi(noteArchived, async (c) => {
    const place = c.req.valid('json');
    const entry = auditOf(operatorOf(c), clock.nowMs(), {
      action: 'audit.archived',
      target: { kind: 'audit_log', id: 'audit_log' },
      orgId: null,
      before: null,
      after: place,
    });
    if (!(await retention.noteArchived(place, entry))) {
      throw invalidInput('hash', `is not the hash of record ${place.seq} of this log`);
    }
    return c.json(place, 200);
  });
}

type State = Record<string, unknown> | null;
