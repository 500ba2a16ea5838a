// /v1/audit/destinations: how far each destination of the audit log is.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ExportState, ExportStore } from '../../audit/ports.ts';
import { failuresOf, jsonReply, operatorOnly } from '../wire/route.ts';

const instant = z.string().openapi({ format: 'date-time' });

const destinationSchema = z
  .object({
    name: z.string().openapi({ example: 'siem' }),
    confirmedSeq: z.int().openapi({ description: 'The last record that the destination has confirmed; 0: none' }),
    confirmedAt: instant.nullable(),
    waiting: z.int().openapi({ description: 'Records that the destination does not have' }),
    waitingSince: instant.nullable().openapi({ description: 'The instant of the oldest of them' }),
    failure: z
      .object({ at: instant, message: z.string(), attempts: z.int(), retryAt: instant })
      .nullable()
      .openapi({ description: 'The last failed delivery; null: the last one succeeded' }),
  })
  .openapi('AuditDestination');

const listDestinations = createRoute({
  method: 'get',
  path: '/v1/audit/destinations',
  operationId: 'listAuditDestinations',
  tags: ['Audit'],
  summary: 'List where the audit log is sent, and how far each destination is',
  security: operatorOnly,
  responses: {
    200: jsonReply('The destinations of `audit.export`', z.object({ data: z.array(destinationSchema) })),
    ...failuresOf(),
  },
});

export interface AuditDestinationParts {
  readonly exportStore: Pick<ExportStore, 'describeExports'>;
  /** The names of the configured destinations. */
  readonly destinations: readonly string[];
}

export function addAuditDestinationRoute(app: OpenAPIHono, { exportStore, destinations }: AuditDestinationParts): void {
  app.openapi(listDestinations, async (c) => {
    const states = await exportStore.describeExports(destinations);
    return c.json({ data: states.map(toDestination) }, 200);
  });
}

function toDestination({ destination, confirmed, confirmedAtMs, waiting, waitingSinceMs, failure }: ExportState) {
  return {
    name: destination,
    confirmedSeq: confirmed.seq,
    confirmedAt: toInstant(confirmedAtMs),
    waiting,
    waitingSince: toInstant(waitingSinceMs),
    failure: failure && {
      at: new Date(failure.atMs).toISOString(),
      message: failure.message,
      attempts: failure.attempts,
      retryAt: new Date(failure.retryAtMs).toISOString(),
    },
  };
}

function toInstant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
