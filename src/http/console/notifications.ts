// /api/orgs/{org}/notifications and /api/session/settings: what a person is notified of, and how.
import { createRoute, z } from '@hono/zod-openapi';
import { findTimeZone } from '../../domain/calendar.ts';
import type { Clock } from '../../domain/clock.ts';
import {
  type ChosenTimings,
  defaultDigestHour,
  kindOfEvent,
  notificationKinds,
  notifiedTypes,
  type Timing,
  timingFor,
  timings,
} from '../../domain/notification.ts';
import type { Role } from '../../domain/role.ts';
import type { Notification, NotificationStore, PersonSettings } from '../../people/notification-ports.ts';
import { PeopleError } from '../../people/people-error.ts';
import { languages } from '../../profiles/console.ts';
import { failures, jsonBody, jsonReply } from '../wire/route.ts';
import { defaultLimit, pageOf, plainListQuery, toInstant } from '../wire/schemas.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the routes of notifications need. */
export interface NotificationParts {
  readonly sessions: Sessions;
  readonly notifications: Omit<NotificationStore, 'listDueMails' | 'settleMail' | 'removeNotifications'>;
  readonly clock: Clock;
}

const timing = z.enum(timings);

const notificationSchema = z
  .object({
    id: z.string(),
    kind: z.enum(notificationKinds),
    type: z.enum(notifiedTypes).openapi({ description: 'The type of the event' }),
    at: z.string(),
    readAt: z.string().nullable().openapi({ description: 'null: unread' }),
    subject: z.object({
      id: z.string().openapi({ description: 'The id of the key, organization, person, webhook or alert' }),
      name: z.string().nullable().openapi({ description: 'null: it is gone, or belongs to another organization now' }),
      masked: z.string().nullable().openapi({ description: 'Of a key: its masked secret' }),
    }),
    role: z.string().nullable().openapi({ description: 'The new role of a member' }),
    expiresAt: z.string().nullable().openapi({ description: 'When the key expires' }),
    because: z
      .string()
      .nullable()
      .openapi({ description: 'Why a webhook was disabled: gone or failing; or the rule of an alert' }),
    author: z.object({
      kind: z.enum(['operator', 'member', 'key', 'system']),
      name: z.string().nullable().openapi({ description: 'The name of the member; null: no member, or deleted' }),
    }),
  })
  .openapi('Notification');

const inOrg = z.object({ org: z.string().max(200) });

const listNotifications = createRoute({
  method: 'get',
  path: '/api/orgs/{org}/notifications',
  operationId: 'listNotifications',
  request: { params: inOrg, query: plainListQuery },
  responses: {
    200: jsonReply(
      'Your own notifications of the last 30 days, newest first',
      pageOf(notificationSchema).extend({ unread: z.int() }),
    ),
    ...failures,
  },
});

const id = z.string().max(40);

const readNotifications = createRoute({
  method: 'post',
  path: '/api/orgs/{org}/notifications/read',
  operationId: 'readNotifications',
  request: {
    params: inOrg,
    body: jsonBody(
      z
        .strictObject({
          ids: z.array(id).max(100).optional(),
          upTo: id.optional().openapi({ description: 'This one and all before it' }),
        })
        .openapi('ReadNotifications'),
    ),
  },
  responses: { 200: jsonReply('How many are unread now', z.object({ unread: z.int() })), ...failures },
});

const settingsSchema = z
  .object({
    language: z.enum(languages).nullable().openapi({ description: 'The language of mails; null: that of the console' }),
    timeZone: z.string().nullable().openapi({ description: 'The IANA name; null: UTC', example: 'Asia/Hebron' }),
    digestHour: z.int().openapi({ description: 'When daily summaries are mailed, by the clock of the time zone' }),
    kinds: z
      .array(z.object({ kind: z.enum(notificationKinds), timing }))
      .openapi({ description: 'The kinds that your roles are notified of, and when their mails go' }),
  })
  .openapi('PersonSettings');

const getSettings = createRoute({
  method: 'get',
  path: '/api/session/settings',
  operationId: 'getPersonSettings',
  responses: { 200: jsonReply('The settings of the person', settingsSchema), ...failures },
});

const changeSettings = createRoute({
  method: 'patch',
  path: '/api/session/settings',
  operationId: 'changePersonSettings',
  request: {
    body: jsonBody(
      z
        .strictObject({
          language: z.enum(languages).optional(),
          timeZone: z.string().max(64).optional(),
          digestHour: z.int().min(0).max(23).optional(),
          timings: z.partialRecord(z.enum(notificationKinds), timing).optional(),
        })
        .openapi('PersonSettingsChange'),
    ),
  },
  responses: { 200: jsonReply('The changed settings', settingsSchema), ...failures },
});

export function addNotificationRoutes(app: ConsoleApp, { sessions, notifications, clock }: NotificationParts): void {
  app.openapi(listNotifications, async (c) => {
    const { org } = c.req.valid('param');
    const { limit = defaultLimit, cursor } = c.req.valid('query');
    await sessions.actorIn(c, org);
    const whose = { orgId: org, personId: (await sessions.signedIn(c)).session.person.id };
    const { items, nextCursor } = await notifications.listNotifications(whose, { limit, cursor });
    const unread = await notifications.countUnread(whose);
    return c.json({ data: items.map(toNotification), nextCursor, unread }, 200);
  });

  app.openapi(readNotifications, async (c) => {
    const { org } = c.req.valid('param');
    const { ids = [], upTo } = c.req.valid('json');
    await sessions.actorIn(c, org);
    const whose = { orgId: org, personId: (await sessions.signedIn(c)).session.person.id };
    await notifications.markRead(whose, { ids }, clock.nowMs());
    if (upTo !== undefined) await notifications.markRead(whose, { upTo }, clock.nowMs());
    return c.json({ unread: await notifications.countUnread(whose) }, 200);
  });

  app.openapi(getSettings, async (c) => {
    const { session, memberships } = await sessions.signedIn(c);
    const settings = await notifications.findPersonSettings(session.person.id);
    return c.json(toSettings(settings, memberships), 200);
  });

  app.openapi(changeSettings, async (c) => {
    const { session, memberships } = await sessions.signedIn(c);
    const { timeZone, timings: chosen, language, digestHour } = c.req.valid('json');
    const zone = timeZone === undefined ? undefined : findTimeZone(timeZone);
    if (timeZone !== undefined && zone === undefined) {
      throw new PeopleError('invalid_input', 'timeZone: use an IANA name such as Asia/Hebron', 'timeZone');
    }
    const { id: personId } = session.person;
    await notifications.changePersonSettings(personId, {
      ...(language !== undefined && { language }),
      ...(digestHour !== undefined && { digestHour }),
      ...(zone !== undefined && { timeZone: zone.name }),
      ...(chosen !== undefined && { timings: chosen as ChosenTimings }),
    });
    return c.json(toSettings(await notifications.findPersonSettings(personId), memberships), 200);
  });
}

function toNotification(notification: Notification): z.infer<typeof notificationSchema> {
  const { type, atMs, readAtMs, subject, detail, author } = notification;
  const { role = null, expiresAt = null, because = null } = detail;
  return {
    ...{ id: notification.id, kind: kindOfEvent[type], type, at: toInstant(atMs) },
    ...{ readAt: readAtMs === null ? null : toInstant(readAtMs), subject, role, expiresAt, because, author },
  };
}

/** Where the defaults of several roles differ, the earliest timing is shown: the person may get such mails. */
function toSettings(
  { language, timeZone, digestHour, timings: chosen }: PersonSettings,
  memberships: readonly { readonly role: Role }[],
): z.infer<typeof settingsSchema> {
  const kinds = notificationKinds.flatMap((kind) => {
    const all = memberships.map(({ role }) => timingFor(kind, role, chosen));
    const earliest = timings.find((each: Timing) => all.includes(each));
    return earliest === undefined ? [] : [{ kind, timing: earliest }];
  });
  return { language, timeZone, digestHour: digestHour ?? defaultDigestHour, kinds };
}
