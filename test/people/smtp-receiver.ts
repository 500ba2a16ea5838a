// The part of an SMTP server (RFC 5321, AUTH PLAIN of RFC 4954) that accepts or refuses a mail.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { freePort } from '../free-port.ts';
import { type ReadMail, readMail } from './read-mail.ts';

export interface SmtpReceiver {
  readonly port: number;
  /** Received messages, in pieces as they arrived. */
  readonly received: readonly string[];
  /** The messages that were received whole. */
  readonly mails: readonly ReadMail[];
  /** Stops listening. */
  close(): void;
}

export interface SmtpRules {
  /** Requires sign-in and refuses it, and repeats the command in its answer. */
  readonly refusesSignIn?: boolean;
  /** The answer to every recipient. */
  readonly toRecipients?: string;
}

/** Listens on a free port of 127.0.0.1. */
export async function startSmtpReceiver(rules: SmtpRules = {}): Promise<SmtpReceiver> {
  const received: string[] = [];
  const mails: ReadMail[] = [];
  const port = await freePort();
  const server = createServer((socket) => talk(socket, rules, received, mails)).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port, received, mails, close: () => server.close() };
}

function talk(
  socket: Socket,
  { refusesSignIn, toRecipients = '250 ok' }: SmtpRules,
  received: string[],
  mails: ReadMail[],
): void {
  let isData = false;
  let data = '';
  // A killed client cuts its connection.
  socket.on('error', () => undefined);
  socket.write('220 test\r\n');
  socket.setEncoding('utf8').on('data', (text: string) => {
    if (isData) {
      received.push(text);
      data += text;
      if (!data.endsWith('\r\n.\r\n')) return;
      isData = false;
      mails.push(readMail(data));
      data = '';
      socket.write('250 kept\r\n');
    } else if (text.startsWith('DATA')) {
      isData = true;
      socket.write('354 go on\r\n');
    } else if (text.startsWith('QUIT')) {
      socket.end('221 bye\r\n');
    } else if (text.startsWith('EHLO') && refusesSignIn === true) {
      socket.write('250-test\r\n250 AUTH PLAIN\r\n');
    } else if (text.startsWith('AUTH')) {
      socket.write(`535 5.7.8 wrong: ${text.trim()}\r\n`);
    } else if (text.startsWith('RCPT')) {
      socket.write(`${toRecipients}\r\n`);
    } else {
      socket.write('250 ok\r\n');
    }
  });
}
