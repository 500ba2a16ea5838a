// POST /v1/import: imports a batch of keys of another system by their digests.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../domain/clock.ts';
import type { ImportKeys } from '../../management/import/import-keys.ts';
import { managementCodes } from '../../management/management-error.ts';
import { reportChange } from '../wire/change-report.ts';
import { bodyFailures, changeReply, failuresOf, jsonBody, operatorOnly } from '../wire/route.ts';
import { operatorOf } from './operator.ts';

/** The listener accepts larger bodies on this path. */
export const importPath = '/v1/import';

const maxRows = 1000;
const text = z.string().optional();
const texts = z.array(z.string()).optional();

const rowSchema = z
  .strictObject({
    digest: z.string().openapi({ description: 'SHA-256 or SHA-512 of the secret, hex or base64' }),
    algorithm: text,
    org: text.openapi({ description: 'The id of its organization. Set this or `orgName`.' }),
    orgName: text.openapi({
      description: 'The name of its organization. Miftah creates the organization if none has this name.',
    }),
    environment: text.openapi({ description: '`live` or `test`. Default `live`.' }),
    name: text,
    addresses: texts,
    referrers: texts,
    endpoints: texts,
    scopes: texts,
    rateLimits: texts,
    expiresAt: z.string().nullable().optional(),
    tags: texts,
    metadata: z.record(z.string(), z.string()).optional(),
    externalId: text,
    createdAt: text,
    prefix: text,
    start: text,
    end: text,
  })
  .openapi('ImportRow');

const importKeys = createRoute({
  method: 'post',
  path: importPath,
  operationId: 'importKeys',
  tags: ['Keys'],
  summary: 'Import keys of another system by their digests',
  security: operatorOnly,
  request: {
    body: jsonBody(
      z
        .strictObject({
          api: z.string(),
          dryRun: z.boolean().optional().openapi({ description: 'Check every row and change nothing. Default false.' }),
          onError: z
            .enum(['stop', 'skip'])
            .optional()
            .openapi({ description: 'Whether the first refused row stops the batch. Default `skip`.' }),
          rows: z.array(rowSchema).max(maxRows),
        })
        .openapi('ImportBatch'),
    ),
  },
  responses: {
    200: changeReply(
      'The outcome of the rows; a dry run has no revision',
      z
        .object({
          imported: z.int(),
          exists: z.int().openapi({ description: 'Rows whose digest already belongs to a key of this API' }),
          refused: z.array(
            z.object({
              row: z.int().openapi({ description: 'From 0' }),
              code: z.enum(managementCodes),
              field: z.string().optional(),
              detail: z.string(),
            }),
          ),
          organizations: z
            .array(z.object({ id: z.string(), name: z.string() }))
            .openapi({ description: 'The created organizations; in a dry run, those that would be created' }),
        })
        .openapi('ImportOutcome'),
    ),
    ...failuresOf(...bodyFailures, 'api_unknown', 'import_not_configured'),
  },
});

export function addImportRoute(app: OpenAPIHono, runImport: ImportKeys, clock: Clock): void {
  app.openapi(importKeys, async (c) => {
    const { api, dryRun, onError, rows } = c.req.valid('json');
    const report = reportChange(c, clock);
    const { imported, exists, refused, organizations } = await runImport(
      { ...operatorOf(c), via: 'import' },
      { apiId: api, rows, isDryRun: dryRun, stopsAtRefusal: onError === 'stop' },
      report.onHeld,
    );
    return c.json(
      report.with({
        imported,
        exists,
        refused: refused.map(({ row, code, field, detail }) => ({
          row,
          code,
          ...(field !== undefined && { field }),
          detail,
        })),
        organizations: organizations.map(({ id, name }) => ({ id, name })),
      }),
      200,
    );
  });
}
