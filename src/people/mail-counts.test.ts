import { expect, test } from 'vitest';
import type { MailTrial, SmtpMailer } from './mail.ts';
import { countMails } from './mail-counts.ts';

const mail = { to: 'a@example.com', subject: 's', text: 't' };

test('each attempt counts once, by its outcome', async () => {
  const counts = { sent: 0, failed: 0 };
  let outcome: MailTrial['outcome'] = 'sent';
  const mailer = countMails<SmtpMailer>(
    {
      async send() {
        if (outcome !== 'sent') throw new Error('refused');
      },
      trySend: async () => ({ outcome, answer: null }),
    },
    counts,
  );
  await mailer.send(mail);
  expect(await mailer.trySend(mail)).toEqual({ outcome: 'sent', answer: null });
  outcome = 'unreachable';
  await expect(mailer.send(mail)).rejects.toThrow('refused');
  expect((await mailer.trySend(mail)).outcome).toBe('unreachable');
  expect(counts).toEqual({ sent: 2, failed: 2 });
});
