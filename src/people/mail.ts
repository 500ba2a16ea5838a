// Mail: by SMTP where there is a server for it, else into a file that the operator reads.
import { appendFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import type { Clock } from '../domain/clock.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Resolves when the server, or the file, has the mail. */
  send(mail: Mail): Promise<void>;
}

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS, which is asked for when the server is not on this machine. */
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const timeoutMs = 10_000;

/** Sends by SMTP. nodemailer writes the messages: encoding, folding and quoting are its affair. */
export function createSmtpMailer(from: string, { host, port, secure, user, password }: SmtpOptions): Mailer {
  const isLocal = host === 'localhost' || host === '127.0.0.1' || host === '::1';
  const transport = createTransport({
    host,
    port,
    secure,
    // Tokens and passwords must not cross a network in the clear because someone cut STARTTLS out.
    requireTLS: !secure && !isLocal,
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      await transport.sendMail({ from, ...mail });
    },
  };
}

/** Appends each mail to `file` (mode 0600) as plain text. For installations without SMTP, and for trying out. */
export function createFileMailer(from: string, file: string, clock: Clock): Mailer {
  return {
    async send({ to, subject, text }) {
      const date = new Date(clock.nowMs()).toUTCString();
      const message = `From: ${from}\nTo: ${to}\nDate: ${date}\nSubject: ${subject}\n\n${text}\n\n`;
      await appendFile(file, message, { mode: 0o600 });
    },
  };
}
