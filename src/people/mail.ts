// Mail: by SMTP if a server is configured, else to a file that the operator reads.
import { createTransport } from 'nodemailer';
import type { Clock } from '../domain/clock.ts';
import { type Picture, pictureTypes } from '../domain/picture.ts';
import { appendMail, removeMails } from './mail-file.ts';

/** One mail. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same as HTML. A file gets the plain text alone. */
  readonly html?: string;
  /** Pictures that `html` shows as `cid:ID`. A file gets none. */
  readonly pictures?: readonly (Picture & { readonly id: string })[];
  /** The left part of the `Message-ID`: letters, digits, `_`, `.` and `-`. Default: a new one for each `send`. */
  readonly id?: string;
  /** Where a POST ends mails of this kind without a sign-in (RFC 8058). */
  readonly unsubscribeUrl?: string;
}

export interface Mailer {
  /** Resolves when the server, or the file, has the mail. Rejects otherwise. */
  send(mail: Mail): Promise<void>;
}

/** A mailer that keeps the mails in a file. */
export interface FileMailer extends Mailer {
  /** Removes the mails to an address, which is in lower case. */
  forget(address: string): Promise<void>;
}

/** The outcomes of an attempt to send a mail, by the step that failed. */
export const mailOutcomes = ['sent', 'unreachable', 'tls_failed', 'sign_in_refused', 'mail_refused'] as const;

/** The result of an attempt to send a mail. */
export interface MailTrial {
  readonly outcome: (typeof mailOutcomes)[number];
  /** The server's reply or the network's error (`ECONNREFUSED`): one line, at most 300 characters, without secrets. */
  readonly answer: string | null;
}

/** A mailer that can also report an outcome. */
export interface SmtpMailer extends Mailer {
  /** As `send`, but resolves to the outcome and never rejects. */
  trySend(mail: Mail): Promise<MailTrial>;
}

/** The SMTP server and its credentials. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Otherwise STARTTLS, which is required unless the server is on this machine. */
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const timeoutMs = 10_000;

/** Sends by SMTP. nodemailer encodes, folds and quotes the messages. Each step times out after 10 s. */
export function createSmtpMailer(from: string, { host, port, secure, user, password }: SmtpOptions): SmtpMailer {
  const isLocal = host === 'localhost' || host === '127.0.0.1' || host === '::1';
  const transport = createTransport({
    host,
    port,
    secure,
    // An attacker who removes STARTTLS from the reply must not get tokens and passwords in the clear.
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
      await transport.sendMail(toMessage(from, mail));
    },
    async trySend(mail) {
      try {
        const { response } = await transport.sendMail(toMessage(from, mail));
        return { outcome: 'sent', answer: toLine(response, user, password) };
      } catch (error) {
        const { response, originalCode, code } = error as SmtpFault;
        return {
          outcome: judgeFault(error as SmtpFault),
          answer: toLine(response ?? originalCode ?? code, user, password),
        };
      }
    },
  };
}

function toMessage(from: string, { pictures = [], id, unsubscribeUrl, ...mail }: Mail) {
  const attachments = pictures.map(({ id, kind, name, bytes }) => ({
    cid: id,
    filename: name,
    contentType: pictureTypes[kind],
    content: bytes,
    contentDisposition: 'inline' as const,
  }));
  return {
    ...{ from, ...mail, attachments },
    ...(id !== undefined && { messageId: messageIdOf(id, from) }),
    ...(unsubscribeUrl !== undefined && {
      headers: {
        'List-Unsubscribe': `<${unsubscribeUrl}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
    }),
  };
}

/** Under the domain of the sender, so that it is the same on all nodes. */
function messageIdOf(id: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<${id}@${domain}>`;
}

/** An error of nodemailer. */
interface SmtpFault {
  readonly code?: string;
  /** The code of the system or of TLS, if `code` is nodemailer's own. */
  readonly originalCode?: string;
  readonly response?: string;
}

/** Whether the server failed, so that other mails would fail too, and not the mail. */
export function isServerFault(error: unknown): boolean {
  return judgeFault(error as SmtpFault) !== 'mail_refused';
}

function judgeFault({ code, originalCode = '' }: SmtpFault): MailTrial['outcome'] {
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'sign_in_refused';
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'mail_refused';
  const isOfTls = code === 'ETLS' || /SSL|TLS|CERT|EPROTO|SIGNATURE/.test(originalCode);
  return isOfTls ? 'tls_failed' : 'unreachable';
}

/** One line without secrets. Servers may repeat credentials in the encoding in which they were sent. */
function toLine(text: string | undefined, user = '', password = ''): string | null {
  if (text === undefined) return null;
  const base64 = (plain: string) => Buffer.from(plain).toString('base64');
  const sent = password === '' ? [] : [base64(`\0${user}\0${password}`), base64(password), password];
  const without = sent.reduce((line, secret) => line.replaceAll(secret, '…'), text);
  return without
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
}

/** Appends each mail to `file` (mode 0600) as plain text. For installations without SMTP. */
export function createFileMailer(from: string, file: string, clock: Clock): FileMailer {
  return {
    send({ to, subject, text, id }) {
      const date = new Date(clock.nowMs()).toUTCString();
      const messageId = id === undefined ? '' : `Message-ID: ${messageIdOf(id, from)}\n`;
      const message = `From: ${from}\nTo: ${to}\nDate: ${date}\n${messageId}Subject: ${subject}\n\n${text}\n\n`;
      return appendMail(file, message);
    },
    forget: (address) => removeMails(file, address),
  };
}
