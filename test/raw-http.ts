// Sends HTTP byte by byte, for requests that no library would send.
import { connect } from 'node:net';

export interface RawRequest {
  readonly port: number;
  /** The whole request as text (latin1), or pieces that are written one after the other. */
  readonly text: string | readonly string[];
  /** The source address; any of 127.0.0.0/8 is this machine. Default 127.0.0.1. */
  readonly from?: string;
}

export interface RawReply {
  /** Everything the server sent until it closed the connection or the reply was complete. */
  readonly text: string;
  readonly status: number;
  /** Lower-case names. The values of a repeated header are joined with a line feed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends one request on a connection of its own and reads one reply. Rejects if the connection closes without one. */
export function sendRaw({ port, text, from = '127.0.0.1' }: RawRequest): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    let received = '';
    const hasBody = !(typeof text === 'string' ? text : (text[0] ?? '')).startsWith('HEAD ');
    const finish = (): void => {
      socket.destroy();
      const reply = parse(received);
      if (reply === undefined) reject(new Error(`no reply, but ${JSON.stringify(received)}`));
      else resolve(reply);
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (isWhole(received, hasBody)) finish();
    });
    socket.on('close', finish);
    socket.on('error', () => socket.destroy());
    for (const piece of typeof text === 'string' ? [text] : text) socket.write(piece, 'latin1');
  });
}

/** A request's text: request line, headers in the given order, then the body. */
export function requestText(line: string, headers: readonly (readonly [string, string])[], body = ''): string {
  return `${line}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

function isWhole(text: string, hasBody: boolean): boolean {
  const reply = parse(text);
  if (reply === undefined) return false;
  if (reply.status === 204 || !hasBody) return true;
  if (reply.headers['transfer-encoding'] === 'chunked') return text.endsWith('0\r\n\r\n');
  const length = reply.headers['content-length'];
  return length !== undefined && reply.body.length >= Number(length);
}

function parse(text: string): RawReply | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  if (statusLine.startsWith('HTTP/1.1 100')) {
    const final = parse(text.slice(end + 4));
    return final && { ...final, text };
  }
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}\n${value}` : value;
  }
  return { text, status: Number(statusLine.slice(9, 12)), headers, body: text.slice(end + 4) };
}
