// Generated messages without a key to a real process: it survives, answers no 5xx, and lets no message in. Prints the
// seed.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendRaw } from '../raw-http.ts';
import { createRandom, type Random } from '../simulation/random.ts';
import { type SupervisedServer, startSupervised } from './supervised-server.ts';

const messageCount = Number(process.env.MIFTAH_RAW_MESSAGES ?? 6_000);
const seed = Number(process.env.MIFTAH_RAW_SEED ?? Date.now() % 1_000_000_000);
const connections = 16;
const testTimeoutMs = 60_000 + messageCount * 5;

let server: SupervisedServer;
beforeAll(async () => {
  server = await startSupervised();
});
afterAll(() => server[Symbol.asyncDispose]());

const methods = [
  'GET',
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'CONNECT',
  'QUERY',
  'M-SEARCH',
  'get',
];
const targets = [
  ...['/', '/v1/users/1', '/v1/keys', '/v1/verify', '/v1/orgs?limit=1', '/api/config', '/api/session', '/api/setup'],
  ...[
    '/api/auth/sign-in/email',
    '/assets/x',
    '//evil.com/',
    '//',
    '/..',
    '/%',
    '/%zz',
    '/%c0%ae',
    '/%00',
    '/a\\b',
    '/é',
  ],
  ...[
    '*',
    '',
    '?',
    '#',
    'http://evil.com/',
    'http://localhost:99999/',
    'localhost:443',
    '/api/keys/%',
    '/api/orgs/%ff/keys',
  ],
  ...[
    '/v1/keys/%',
    '/v1/import',
    '/;/',
    '/http://[',
    `/${'a'.repeat(9_000)}`,
    `/?${'%'.repeat(3_000)}`,
    '/\x7f',
    '/ /',
  ],
];
const hostValues = [
  ...[
    'api.classic.localhost',
    'api.palm.localhost',
    'panel.localhost',
    'api.palpluss.localhost',
    'localhost',
    '127.0.0.1',
  ],
  ...[
    'api.palcards.localhost',
    'localhost:99999',
    'localhost:',
    'localhost:0',
    'localhost:+80',
    'localhost:80:80',
    '[',
    '[::1]',
  ],
  ...[
    '[::1]:99999',
    'api.classic.localhost:@evil.com',
    'user@localhost',
    'localhost:٣',
    'xn--a',
    '1.2.3.4.5',
    '%',
    ' ',
    '',
  ],
  ...[
    '\t',
    'a'.repeat(5_000),
    'localhost.',
    'LOCALHOST',
    'localhost\x00',
    '0x7f.1',
    'evil.localhost',
    'é',
    'localhost,localhost',
  ],
];
const values = [
  ...['', ' ', '1', '-1', '0', '5', '+5', '0x5', '99999999999999999999', '100000', 'chunked', 'gzip, chunked', 'close'],
  ...[
    'keep-alive, x-miftah-org',
    'Upgrade',
    'websocket',
    'h2c',
    '100-continue',
    'trailers',
    'null',
    'http://localhost',
  ],
  ...[
    'Bearer',
    'Bearer ',
    'Bearer sk_live_x',
    'Basic',
    'Basic =',
    'Basic Og==',
    'Basic !!!!',
    `Bearer ${'a'.repeat(8_000)}`,
  ],
  ...[
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    '127.0.0.1',
    '::1, x, 999.1.1.1',
    'for=x',
    '%',
  ],
  ...[
    'a=b; miftah-language=zz',
    ' '.repeat(9_000),
    ';'.repeat(5_000),
    'q='.repeat(3_000),
    '\x80\xff',
    '"',
    '\\',
    'W/"',
    '\t',
  ],
];
const names = [
  ...[
    'Authorization',
    'Authorization',
    'X-Api-Key',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Upgrade',
    'Expect',
  ],
  ...['TE', 'Trailer', 'Cookie', 'Origin', 'Referer', 'Accept-Language', 'Accept-Encoding', 'Content-Type', 'If-Match'],
  ...['Idempotency-Key', 'X-Forwarded-For', 'X-Forwarded-Proto', 'Forwarded', 'X_Miftah_Org', 'X-HTTP-Method-Override'],
  ...[
    'HTTP2-Settings',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'Host',
    'User-Agent',
    'Range',
    '',
    'a b',
    'é',
    'x',
  ],
];
const harmlessNames = [
  ...['Authorization', 'Cookie', 'Referer', 'Accept-Language', 'Accept-Encoding', 'If-Match', 'Idempotency-Key', 'TE'],
  ...[
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'Forwarded',
    'X_Miftah_Org',
    'X-HTTP-Method-Override',
    'User-Agent',
    'Range',
  ],
];
const bodies = [
  '',
  '',
  '{}',
  '[',
  '{"api":"classic"}',
  '5\r\nhello\r\n0\r\n\r\n',
  'ZZ\r\n',
  '0\r\n\r\n',
  '{"token":null}',
  '\x00',
];
/** After this message the server closes the connection, whatever came before. */
const last = 'GET /nothing HTTP/1.1\r\nHost: nothing.invalid\r\nConnection: close\r\n\r\n';

/** Targets that anyone may read, so that a 200 is no failure. */
const isOpen = (text: string): boolean => /healthz|readyz|metrics|jwks/.test(text);

/** Most parts of most messages are valid, so that the invalid ones get past the parser. */
function createMessage(random: Random): string {
  const pick = (all: readonly string[], good: number): string =>
    random.chance(0.85) ? (all[random.below(good)] as string) : random.pick(all);
  const method = pick(methods, 8);
  const lines = [`${method} ${pick(targets, 17)} HTTP/${random.chance(0.95) ? '1.1' : '1.0'}`];
  if (random.chance(0.95)) lines.push(`Host: ${pick(hostValues, 6)}`);
  for (let left = random.below(6); left > 0; left--)
    lines.push(`${pick(harmlessNames, harmlessNames.length)}: ${random.pick(values)}`);
  if (random.chance(0.3)) lines.push(`${random.pick(names)}: ${random.pick(values)}`);
  if (random.chance(0.5)) lines.push(`Origin: http://localhost:${random.pick(['', '80', '99999', 'x'])}`);
  if (random.chance(0.02)) for (let left = 300; left > 0; left--) lines.push(`x-${left}: ${left}`);
  const body = random.pick(bodies);
  if (random.chance(0.7)) lines.push('Content-Type: application/json', `Content-Length: ${body.length}`);
  let text = `${lines.join('\r\n')}\r\n\r\n${body}`;
  for (let left = random.chance(0.15) ? 1 + random.below(4) : 0; left > 0; left--) {
    const at = random.below(text.length);
    const byte = String.fromCharCode(random.below(256));
    text = `${text.slice(0, at)}${random.chance(0.5) ? byte : ''}${text.slice(at + random.below(3))}`;
  }
  return text;
}

/** Everything that the server sends until it closes, or sends nothing for a while. */
function exchange(port: number, text: string, from: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
    });
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(received));
    socket.write(text, 'latin1');
  });
}

test(
  `${messageCount} generated messages without a key end no process and get no 5xx`,
  async () => {
    const random = createRandom(seed);
    const { publicPort, internalPort } = server;
    const bad: string[] = [];
    const counts = new Map<string, number>();
    let sent = 0;
    const attack = async (): Promise<void> => {
      while (sent < messageCount && server.isAlive()) {
        const isInternal = random.chance(0.5);
        const messages = Array.from({ length: 1 + random.below(5) }, () => createMessage(random)).filter(
          (message) => !isOpen(message),
        );
        sent += messages.length;
        // From many addresses, so that closed connections do not use up the local ports.
        const from = `127.${1 + random.below(250)}.${random.below(250)}.${1 + random.below(250)}`;
        const reply = await exchange(isInternal ? internalPort : publicPort, `${messages.join('')}${last}`, from);
        for (const [, status = ''] of reply.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
          counts.set(status, (counts.get(status) ?? 0) + 1);
          // 417 answers an unknown expectation. The public listener shows anyone the console's pages.
          if (status >= '500' || status === '101' || status === '201' || (isInternal && status.startsWith('2')))
            bad.push(JSON.stringify({ isInternal, messages, reply }));
        }
      }
    };
    await Promise.all(Array.from({ length: connections }, attack));

    const statuses = [...counts].sort().map(([status, count]) => `${count} × ${status}`);
    process.stdout.write(
      `seed ${seed}: ${sent} messages, answered ${statuses.join(', ')}; ${bad.length} of them wrong\n`,
    );
    expect(bad.slice(0, 3), `seed ${seed}`).toEqual([]);
    expect(server.upstreamRequests, `seed ${seed}`).toEqual([]);
    expect(server.isAlive(), `seed ${seed}: ${server.log()}`).toBe(true);
    expect(server.log(), `seed ${seed}`).not.toMatch(/request failed|could not decide/);
    // The same process still serves callers with a key.
    const secret = await server.createSecret();
    const text = `GET /v1/users/1 HTTP/1.1\r\nHost: api.classic.localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`;
    expect((await sendRaw({ port: publicPort, text })).status).toBe(200);
    expect(server.upstreamRequests).toEqual(['GET /v1/users/1']);
  },
  testTimeoutMs,
);
