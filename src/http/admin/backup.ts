// /v1/backup: streams a copy of the database to the caller.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { DenialRecorder } from '../../denials/denial-recorder.ts';
import { auditOf } from '../../domain/actor.ts';
import type { Clock } from '../../domain/clock.ts';
import type { BackupCopy } from '../../management/installation-ports.ts';
import type { ManagementOperations } from '../../management/ports.ts';
import type { UsageRecorder } from '../../metering/usage-recorder.ts';
import { failuresOf, operatorOnly } from '../wire/route.ts';
import { operatorOf } from './operator.ts';

/** What `/v1/backup` needs. */
export interface BackupParts {
  /** Rejects with a storage error. The caller must read or cancel the body of the copy. */
  readonly createBackup: () => Promise<BackupCopy>;
  readonly appendAudit: ManagementOperations['appendAudit'];
  /** Flushed before the copy, like `denials`. */
  readonly usage: Pick<UsageRecorder, 'flush'>;
  readonly denials: Pick<DenialRecorder, 'flush'>;
  readonly clock: Clock;
}

const contentType = 'application/vnd.sqlite3';

const createBackup = createRoute({
  method: 'post',
  path: '/v1/backup',
  operationId: 'createBackup',
  tags: ['Server'],
  summary: 'Back up the database',
  security: operatorOnly,
  responses: {
    200: {
      description:
        'A checked copy of the whole database at one moment. It holds no plain-text secrets, but it holds all keys and their restrictions.',
      headers: z.object({
        'repr-digest': z
          .string()
          .openapi({ description: 'SHA-256 of the copy (RFC 9530); compare it after the download' }),
      }),
      content: { [contentType]: { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...failuresOf('backup_not_supported', 'storage_full'),
  },
});

export function addBackupRoutes(app: OpenAPIHono, parts: BackupParts): void {
  app.openapi(createBackup, async (c) => {
    await Promise.all([parts.usage.flush(), parts.denials.flush()]);
    const { bytes, sha256, body } = await parts.createBackup();
    try {
      await parts.appendAudit(
        auditOf(operatorOf(c), parts.clock.nowMs(), {
          action: 'database.backed_up',
          target: { kind: 'database', id: 'database' },
          orgId: null,
          before: null,
          after: { bytes, sha256 },
        }),
      );
    } catch (error) {
      await body.cancel();
      throw error;
    }
    return c.body(body, 200, {
      'Content-Type': contentType,
      'Content-Length': String(bytes),
      'Repr-Digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    });
  });
}
