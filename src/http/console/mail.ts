// /api/operator/mail and /mail-test: the mail settings, and a test mail to the operator's own address.
import { createRoute, z } from '@hono/zod-openapi';
import { notFound } from '../../management/management-error.ts';
import { mailOutcomes } from '../../people/mail.ts';
import type { CheckMail } from '../../people/mail-check.ts';
import { PeopleError } from '../../people/people-error.ts';
import { failures, jsonReply } from '../wire/route.ts';
import type { ConsoleApp, Sessions } from './session.ts';

/** What the mail routes need. */
export interface MailParts {
  readonly sessions: Sessions;
  /** As configured, without the password. `server` is `undefined` if mails go to a file. */
  readonly mail: {
    readonly from: string;
    readonly server:
      | { readonly host: string; readonly port: number; readonly secure: boolean; readonly user: string | undefined }
      | undefined;
  };
  /** Sends the test mail. `undefined`: no mail server is configured. */
  readonly checkMail: CheckMail | undefined;
}

const mailSchema = z
  .object({
    from: z.string().openapi({ example: 'Miftah <miftah@example.com>' }),
    server: z
      .object({
        host: z.string(),
        port: z.int(),
        secure: z.boolean().openapi({ description: 'TLS from the first byte; false: STARTTLS' }),
        user: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: 'null: mail is written to mail.log in the data folder' }),
  })
  .openapi('MailSettings');

const getMail = createRoute({
  method: 'get',
  path: '/api/operator/mail',
  operationId: 'getMailSettings',
  responses: { 200: jsonReply('The mail server', mailSchema), ...failures },
});

const trialSchema = z
  .object({
    to: z.string(),
    outcome: z.enum(mailOutcomes),
    answer: z.string().nullable().openapi({
      description: 'The reply of the server, or the network error; without secrets',
      example: '550 5.7.1 Sender address rejected',
    }),
  })
  .openapi('MailTrial');

const postMailTest = createRoute({
  method: 'post',
  path: '/api/operator/mail-test',
  operationId: 'testMail',
  responses: { 200: jsonReply('The outcome of a test mail to your own address', trialSchema), ...failures },
});

/** Adds the routes. Call it after `addOperatorRoutes`, which restricts these paths to operators. */
export function addMailRoutes(app: ConsoleApp, { sessions, mail, checkMail }: MailParts): void {
  app.openapi(getMail, (c) => {
    const { from, server } = mail;
    return c.json({ from, server: server === undefined ? null : { ...server, user: server.user ?? null } }, 200);
  });

  app.openapi(postMailTest, async (c) => {
    const actor = await sessions.actorOf(c);
    if (actor?.kind !== 'operator') throw notFound();
    if (checkMail === undefined) {
      throw new PeopleError('mail_not_configured', 'No mail server is configured: set mail.smtp, then restart.');
    }
    const { email: to } = (await sessions.signedIn(c)).session.person;
    return c.json({ to, ...(await checkMail(actor, to, c.env.letterhead)) }, 200);
  });
}
