// The part of an SMTP server (RFC 5321, AUTH PLAIN of RFC 4954) that accepts or refuses a mail.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { freePort } from '../free-port.ts';

export interface SmtpReceiver {
  readonly port: number;
  /** Received messages, in pieces as they arrived. */
  readonly received: readonly string[];
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
  const port = await freePort();
  const server = createServer((socket) => talk(socket, rules, received)).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port, received, close: () => server.close() };
}

function talk(socket: Socket, { refusesSignIn, toRecipients = '250 ok' }: SmtpRules, received: string[]): void {
  let isData = false;
  socket.write('220 test\r\n');
  socket.setEncoding('utf8').on('data', (text: string) => {
    if (isData) {
      received.push(text);
      if (!text.endsWith('\r\n.\r\n')) return;
      isData = false;
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
