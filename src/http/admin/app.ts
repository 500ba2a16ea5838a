// The admin API with health, metrics and its OpenAPI document, as one Hono application.

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import type { AuditStore } from '../../audit/ports.ts';
import type { DenialRecorder } from '../../denials/denial-recorder.ts';
import type { DenialStore } from '../../denials/ports.ts';
import type { CountryOf } from '../../domain/country.ts';
import type { Redactor } from '../../domain/redaction.ts';
import type { ImportKeys } from '../../management/import/import-keys.ts';
import type { NodeDescription, Reloads } from '../../management/installation-ports.ts';
import type { OrganizationCommands } from '../../management/organizations.ts';
import type { Held, ManagementStore } from '../../management/ports.ts';
import type { UsageStore } from '../../metering/ports.ts';
import type { UsageRecorder } from '../../metering/usage-recorder.ts';
import type { PersonCommands } from '../../people/persons.ts';
import type { RetentionStore } from '../../retention/ports.ts';
import { createRequestId } from '../request-id.ts';
import { createOnce } from '../wire/idempotency.ts';
import {
  describeProblem,
  type ProblemDetails,
  problemContentType,
  problemHeaders,
  problemOfError,
  problemOfIssues,
} from '../wire/problem.ts';
import { findSecretInAddress } from '../wire/secret-in-address.ts';
import type { WebhookRouteParts } from '../wire/webhook-routes.ts';
import { createAccessCheck } from './access.ts';
import { type AlertRouteParts, addAlertRoutes } from './alerts.ts';
import { type ApiDescription, addApiRoutes } from './apis.ts';
import { addAuditRoutes } from './audit.ts';
import { type AuditDestinationParts, addAuditDestinationRoute } from './audit-destinations.ts';
import { addAuditArchivedRoute, addAuditExportRoute } from './audit-export.ts';
import { addBackupRoutes, type BackupParts } from './backup.ts';
import { addConfigRoutes } from './config.ts';
import { addDocument } from './document.ts';
import { hotPaths } from './hot-routes.ts';
import { addImportRoute } from './import.ts';
import { addKeyRoutes, type KeyRouteParts } from './keys.ts';
import { addNodeRoutes } from './nodes.ts';
import { addOrganizationRoutes } from './organizations.ts';
import { addPersonRoutes } from './persons.ts';
import { addRecordRoutes } from './records.ts';
import { addTokenRoutes, type TokenRouteParts } from './tokens.ts';
import { addWatchRoutes, type WatchParts } from './watch.ts';
import { addAdminWebhookRoutes } from './webhooks.ts';

/** What the admin API needs. */
export interface AppParts
  extends KeyRouteParts,
    AuditDestinationParts,
    TokenRouteParts,
    Omit<WebhookRouteParts, 'once'>,
    AlertRouteParts,
    Pick<BackupParts, 'createBackup' | 'appendAudit'>,
    WatchParts {
  readonly redactor: Redactor;
  readonly describeApis: () => ApiDescription[];
  readonly organizations: OrganizationCommands;
  readonly importKeys: ImportKeys;
  readonly persons: PersonCommands;
  readonly usageStore: Pick<UsageStore, 'listUsage' | 'reportUsage' | 'findUsageStart' | 'listUsedAddresses'>;
  /** `undefined`: there is no database of countries. */
  readonly countryOf: CountryOf | undefined;
  readonly denialStore: Pick<DenialStore, 'listDenials'>;
  readonly auditStore: AuditStore;
  readonly retention: Pick<RetentionStore, 'noteArchived'>;
  /** Resolves when every reachable node applies all committed changes. */
  readonly settle: () => Promise<Held>;
  readonly describeNodes: () => Promise<readonly NodeDescription[]>;
  readonly reloads: Pick<Reloads, 'run'>;
  /** The store of replies to requests with an idempotency key. */
  readonly replyStore: Pick<ManagementStore, 'findReply' | 'sweepReplies'>;
  /** SHA-256 of the operator token. The token is not in the database. */
  readonly tokenDigest: Buffer;
  readonly usage: UsageRecorder;
  readonly denials: DenialRecorder;
  /** Called with defects and failures of the store, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** Creates the application. It expects requests that the listener's guard has allowed. */
export function createApp(parts: AppParts): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook(result, c) {
      return result.success ? undefined : answerProblem(c, problemOfIssues(result.error.issues, parts.redactor));
    },
  });

  app.use(requestId({ generator: createRequestId }));
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('Cache-Control', 'no-store');
  });
  app.use(async (c, next) => {
    const problem = findSecretInAddress(c.req.url, parts.redactor);
    return problem === undefined ? await next() : answerProblem(c, problem);
  });
  app.use(createAccessCheck(answerProblem));
  app.onError((error, c) => {
    // Hono throws this for a body that is not JSON.
    if (error instanceof HTTPException && error.status === 400) {
      return answerProblem(c, describeProblem('bad_request', 'The body is not valid JSON.'));
    }
    const problem = problemOfError(error);
    if (problem.status >= 500) parts.onFault(error);
    return answerProblem(c, problem);
  });
  app.notFound((c) => {
    const allowed = listMethods(app, c.req.path);
    if (allowed.length === 0) {
      return answerProblem(c, describeProblem('not_found', 'No such path. /openapi.json lists all paths.'));
    }
    const problem = describeProblem('method_not_allowed', `Allowed here: ${allowed.join(', ')}.`);
    return answerProblem(c, problem, { Allow: allowed.join(', ') });
  });

  addApiRoutes(app, parts.describeApis);
  const once = createOnce({ ...parts, sealingSecret: parts.tokenDigest });
  addOrganizationRoutes(app, parts.organizations, parts.clock, once);
  addKeyRoutes(app, parts, once);
  addTokenRoutes(app, parts, once);
  addAdminWebhookRoutes(app, { ...parts, once });
  addAlertRoutes(app, parts);
  addImportRoute(app, parts.importKeys, parts.clock);
  addPersonRoutes(app, parts.persons);
  addRecordRoutes(app, parts);
  addAuditRoutes(app, parts.auditStore);
  addAuditExportRoute(app, parts.auditStore);
  addAuditArchivedRoute(app, parts);
  addAuditDestinationRoute(app, parts);
  addNodeRoutes(app, parts.describeNodes);
  addConfigRoutes(app, parts.reloads);
  addBackupRoutes(app, parts);
  addWatchRoutes(app, parts);
  addDocument(app);
  return app;
}

function answerProblem(c: Context, problem: ProblemDetails, headers: Record<string, string> = {}): Response {
  return c.body(JSON.stringify(problem), problem.status as 400, {
    'Content-Type': problemContentType,
    ...problemHeaders(problem),
    ...headers,
  });
}

/** The methods of the routes that match `path`, in the order of the routes. */
function listMethods(app: OpenAPIHono, path: string): string[] {
  const methods = new Set<string>();
  for (const route of app.routes) {
    if (route.method === 'ALL') continue;
    const pattern = route.path.split('/');
    const segments = path.split('/');
    const isSame = pattern.every((part, at) => part === segments[at] || (part.startsWith(':') && segments[at] !== ''));
    if (isSame && pattern.length === segments.length) methods.add(route.method);
  }
  if (hotPaths.has(path)) methods.add('POST');
  return [...methods];
}
