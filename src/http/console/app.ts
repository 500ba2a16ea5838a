// The session API of consoles, without /api/auth: set-up, the session, invitations, and the routes of the other files.

import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { DenialStore } from '../../denials/ports.ts';
import type { Clock } from '../../domain/clock.ts';
import type { CountryOf } from '../../domain/country.ts';
import type { Redactor } from '../../domain/redaction.ts';
import { roles } from '../../domain/role.ts';
import type { KeyCommands } from '../../management/keys/commands.ts';
import type { OverviewStore } from '../../management/overview-ports.ts';
import type { WebhookCommands } from '../../management/webhooks.ts';
import type { UsageStore } from '../../metering/ports.ts';
import type { MemberCommands } from '../../people/members.ts';
import { notFound, PeopleError, TooManyAttempts } from '../../people/people-error.ts';
import type { PeopleStore } from '../../people/ports.ts';
import type { SetUp } from '../../people/set-up.ts';
import type { Gate } from '../../profiles/gate.ts';
import { createOnce, type IdempotencyParts } from '../wire/idempotency.ts';
import { describeProblem, problemOfError, problemOfIssues } from '../wire/problem.ts';
import { failures, jsonBody, jsonReply } from '../wire/route.ts';
import { deletedPersonSchema, orgSchema, toInstant, toOrg } from '../wire/schemas.ts';
import { findSecretInAddress } from '../wire/secret-in-address.ts';
import { type AlertParts, addAlertRoutes } from './alerts.ts';
import { type AuditParts, addAuditRoute } from './audit.ts';
import { addConfigRoute, type ConfigParts } from './config.ts';
import { addDenialRoutes, ChangedFix } from './denials.ts';
import { createFreshness } from './freshness.ts';
import { addKeyListRoute } from './key-list.ts';
import { addKeyPageRoutes } from './key-page.ts';
import { addKeyRoutes, StaleKey } from './keys.ts';
import { addMailRoutes, type MailParts } from './mail.ts';
import { addMemberRoutes, personSchema, toPerson } from './members.ts';
import { addNotificationRoutes, type NotificationParts } from './notifications.ts';
import { addOperatorRoutes, type OperatorParts } from './operator.ts';
import { addOperatorOverviewRoute } from './operator-overview.ts';
import { addOrganizationRoutes } from './organization.ts';
import { addOverviewRoute } from './overview.ts';
import { problemResponse } from './reply.ts';
import type { ConsoleApp, ConsoleContext, Sessions, SignedIn } from './session.ts';
import { addUsageRoute } from './usage.ts';
import { addConsoleWebhookRoutes } from './webhooks.ts';

/** What the session API needs. */
export interface ConsoleParts
  extends ConfigParts,
    Pick<AuditParts, 'auditStore'>,
    Pick<AlertParts, 'alerts'>,
    Pick<MailParts, 'mail' | 'checkMail'>,
    Pick<NotificationParts, 'notifications'>,
    Pick<IdempotencyParts, 'replyStore' | 'sealingSecret' | 'settle'>,
    Pick<OperatorParts, 'organizations' | 'persons' | 'describeNodes' | 'trustedProxyEntries'> {
  readonly sessions: Sessions;
  readonly people: PeopleStore;
  readonly members: MemberCommands;
  readonly setUp: SetUp;
  readonly keys: KeyCommands;
  readonly webhooks: WebhookCommands;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly redactor: Redactor;
  readonly store: OverviewStore;
  /** Flushed before a read, like `denials`. */
  readonly usage: { flush(): Promise<void> };
  readonly denials: { flush(): Promise<void> };
  readonly usageStore: Pick<UsageStore, 'listUsage' | 'reportUsage' | 'findUsageStart' | 'listUsedAddresses'>;
  /** `undefined`: there is no database of countries. */
  readonly countryOf: CountryOf | undefined;
  readonly denialStore: Pick<DenialStore, 'listDenials' | 'findDenial'>;
  readonly clock: Clock;
  /** Called with defects and failures of the store, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

const sessionSchema = z
  .object({
    person: personSchema.extend({ hasTwoFactor: z.boolean(), isOperator: z.boolean() }),
    memberships: z.array(z.object({ org: orgSchema, role: z.enum(roles) })),
    activeOrg: z.string().nullable(),
    expiresAt: z.string(),
  })
  .openapi('Session');

const setUpRoute = createRoute({
  method: 'post',
  path: '/api/setup',
  operationId: 'setUp',
  request: {
    body: jsonBody(
      z
        .strictObject({
          token: z.string().max(200),
          email: z.string(),
          name: z.string(),
          password: z.string(),
          organization: z.strictObject({ name: z.string(), kind: z.string().optional() }),
        })
        .openapi('SetUp'),
    ),
  },
  responses: {
    201: jsonReply('The first person, who can now sign in', z.object({ person: personSchema, org: orgSchema })),
    ...failures,
  },
});

const getSession = createRoute({
  method: 'get',
  path: '/api/session',
  operationId: 'getSession',
  responses: { 200: jsonReply('The current session', sessionSchema), ...failures },
});

const switchOrg = createRoute({
  method: 'post',
  path: '/api/session/org',
  operationId: 'switchOrganization',
  request: { body: jsonBody(z.strictObject({ org: z.string().max(200) }).openapi('ActiveOrganization')) },
  responses: { 200: jsonReply('The session, now in that organization', sessionSchema), ...failures },
});

const deleteAccount = createRoute({
  method: 'post',
  path: '/api/session/account/delete',
  operationId: 'deleteAccount',
  request: {
    body: jsonBody(
      z
        .strictObject({
          email: z.string().max(254).openapi({ description: 'The address of the account, as a confirmation' }),
        })
        .openapi('AccountDeletion'),
    ),
  },
  responses: {
    200: jsonReply('The account of the session is deleted; all its sessions have ended', deletedPersonSchema),
    ...failures,
  },
});

const acceptRoute = createRoute({
  method: 'post',
  path: '/api/invitations/accept',
  operationId: 'acceptInvitation',
  request: {
    body: jsonBody(
      z
        .strictObject({ token: z.string().max(200), name: z.string().optional(), password: z.string().optional() })
        .openapi('Acceptance'),
    ),
  },
  responses: {
    200: jsonReply(
      'The new member; a new person must sign in next',
      z.object({ person: personSchema, org: orgSchema, role: z.enum(roles) }),
    ),
    ...failures,
  },
});

/** Creates the application. It expects requests that `readVisit` has allowed, with the visit in their bindings. */
export function createConsoleApp(parts: ConsoleParts): ConsoleApp {
  const { sessions, people, members, setUp } = parts;
  const app: ConsoleApp = new OpenAPIHono({
    defaultHook: (result) =>
      result.success ? undefined : problemResponse(problemOfIssues(result.error.issues, parts.redactor)),
  });
  app.onError((error) => {
    if (error instanceof HTTPException && error.status === 400) {
      return problemResponse(describeProblem('bad_request', 'The body is not valid JSON.'));
    }
    const problem = problemOfError(error);
    if (problem.status >= 500) parts.onFault(error);
    if (error instanceof StaleKey || error instanceof ChangedFix) {
      return problemResponse({ ...problem, current: error.current });
    }
    if (error instanceof TooManyAttempts) return problemResponse(problem, { 'Retry-After': String(error.waitSeconds) });
    return problemResponse(problem);
  });
  app.notFound(() => problemResponse(describeProblem('not_found', 'No such route.')));

  app.use(async (c, next) => {
    const problem = findSecretInAddress(c.req.url, parts.redactor);
    return problem === undefined ? await next() : problemResponse(problem);
  });

  // Checked before validation, so a visitor without a session learns nothing about valid input.
  for (const path of ['/api/orgs/*', '/api/session/*']) {
    app.use(path, async (c, next) => {
      await sessions.signedIn(c);
      await next();
    });
  }

  app.openapi(setUpRoute, async (c) => {
    const { person, organization } = await setUp.complete(callerOf(c), c.req.valid('json'));
    return c.json({ person: toPerson(person), org: toOrg(organization) }, 201);
  });

  app.openapi(getSession, async (c) => c.json(toSession(await sessions.signedIn(c)), 200));

  app.openapi(switchOrg, async (c) => {
    const { org } = c.req.valid('json');
    const found = await sessions.signedIn(c);
    await sessions.actorIn(c, org);
    if ((await people.findOrganization(org)) === undefined) throw notFound();
    await people.setActiveOrg(found.session.id, org);
    return c.json(toSession({ ...found, activeOrgId: org }), 200);
  });

  app.openapi(deleteAccount, async (c) => {
    const { session } = await sessions.signedIn(c);
    const { person, id: sessionId, signedInAtMs } = session;
    if (c.req.valid('json').email.trim().toLowerCase() !== person.email) {
      throw new PeopleError('invalid_input', `email: type ${person.email} to confirm`, 'email');
    }
    const { letterhead } = c.env;
    const account = { ...callerOf(c), person, letterhead, sessionId, signedInAtMs };
    return c.json(await parts.persons.deleteOwnAccount(account), 200);
  });

  app.openapi(acceptRoute, async (c) => {
    const found = await sessions.find(c);
    const signedIn = { person: found?.session.person, sessionId: found?.session.id };
    const acceptance = { ...c.req.valid('json'), ...signedIn };
    const { person, membership } = await members.acceptInvitation(callerOf(c), acceptance);
    const { organization, role } = membership;
    return c.json({ person: toPerson(person), org: toOrg(organization), role }, 200);
  });

  // The console's types are generated from this document.
  app.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Miftah session API', version: '1' } });
  addConfigRoute(app, parts);
  addMemberRoutes(app, parts);
  const freshness = createFreshness([parts.usage, parts.denials], parts.clock);
  addKeyListRoute(app, { ...parts, freshness });
  addOrganizationRoutes(app, parts);
  addAuditRoute(app, parts);
  addOperatorRoutes(app, { ...parts, freshness });
  addMailRoutes(app, parts);
  addNotificationRoutes(app, parts);
  addKeyPageRoutes(app, { ...parts, freshness });
  addDenialRoutes(app, { ...parts, freshness });
  addAlertRoutes(app, parts);
  addUsageRoute(app, { ...parts, freshness });
  addOverviewRoute(app, { ...parts, freshness });
  addOperatorOverviewRoute(app, { ...parts, freshness });
  const once = createOnce(parts);
  addKeyRoutes(app, { ...parts, once });
  addConsoleWebhookRoutes(app, { ...parts, once });
  return app;
}

function callerOf(c: ConsoleContext) {
  const { clientAddress, requestId } = c.env.visit;
  return { via: 'console', address: clientAddress ?? null, requestId } as const;
}

function toSession({ session, isOperator, memberships, activeOrgId }: SignedIn): z.infer<typeof sessionSchema> {
  return {
    person: { ...toPerson(session.person), hasTwoFactor: session.hasTwoFactor, isOperator },
    memberships: memberships.map(({ organization, role }) => ({ org: toOrg(organization), role })),
    activeOrg: activeOrgId ?? null,
    expiresAt: toInstant(session.expiresAtMs),
  };
}
