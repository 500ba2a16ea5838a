// Counts the mails of this process by their outcome, for `/metrics`.
import type { Mailer, SmtpMailer } from './mail.ts';

export interface MailCounts {
  sent: number;
  failed: number;
}

/** A mailer that does the same, and counts each attempt. */
export function countMails<Given extends Mailer>(
  mailer: Given & Partial<Pick<SmtpMailer, 'trySend'>>,
  counts: MailCounts,
): Given {
  const { send, trySend } = mailer;
  return {
    ...mailer,
    async send(mail) {
      try {
        await send(mail);
        counts.sent++;
      } catch (error) {
        counts.failed++;
        throw error;
      }
    },
    ...(trySend !== undefined && {
      async trySend(mail: Parameters<SmtpMailer['trySend']>[0]) {
        const trial = await trySend(mail);
        counts[trial.outcome === 'sent' ? 'sent' : 'failed']++;
        return trial;
      },
    }),
  };
}
