// Upstreams that answer before the body is whole, and go: the client always gets that answer, whatever became of its
// upload.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, createOwnAuthority, type OwnAuthority } from '../certificates.ts';
import { startTestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { closeAll, type Gateway, listen, RawClient, startGateway } from './gateway-harness.ts';

const tries = 200;
const atATime = 10;
const bodyBytes = 256 * 1024;
const chunk = Buffer.alloc(16 * 1024, 'x');
const message = 'too large for us';
const head = `HTTP/1.1 413 Content Too Large\r\nContent-Length: ${message.length}\r\n`;

const trustedBefore = getCACertificates('default');
let authority: OwnAuthority;
let certificate: Certificate;

beforeAll(() => {
  authority = createOwnAuthority();
  certificate = authority.sign('localhost', 'DNS:localhost');
  setDefaultCACertificates([authority.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trustedBefore);
  authority.remove();
});
afterEach(closeAll);

/**
 * How an upstream answers after the first bytes of a request; it reads no more. `wire`: what is below TLS, if there is.
 */
type Answer = (socket: Socket, wire: Socket) => void;

const answers: Readonly<Record<string, Answer>> = {
  'answers and closes at once': (socket) => socket.write(`${head}\r\n${message}`, () => socket.destroy()),
  'answers without keep-alive and closes at once': (socket) =>
    socket.write(`${head}Connection: close\r\n\r\n${message}`, () => socket.destroy()),
  'answers in two packets and closes': (socket) =>
    socket.write(`${head}\r\n`, () => setImmediate(() => socket.write(message, () => socket.destroy()))),
  'answers without a length and closes': (socket) =>
    socket.write(`HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\n${message}`, () => socket.destroy()),
  'answers and half-closes': (socket) => socket.end(`${head}Connection: close\r\n\r\n${message}`),
  'resets after its answer': (socket, wire) => socket.write(`${head}\r\n${message}`, () => wire.resetAndDestroy()),
};

/** An upstream that answers each request when its head and some of its body are there. */
async function startHasty(answer: Answer, isTls: boolean): Promise<string> {
  const onSocket = (socket: Socket, wire: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.pause();
      answer(socket, wire);
    });
  };
  if (!isTls) {
    const server = createServer({ allowHalfOpen: true }, (socket) => onSocket(socket, socket));
    return `http://127.0.0.1:${await listen(server)}`;
  }
  const { key, cert } = certificate;
  const server = createTlsServer({ key, cert, allowHalfOpen: true });
  const wires: Socket[] = [];
  server.on('connection', (wire: Socket) => wires.push(wire));
  server.on('secureConnection', (socket) => {
    const wire = wires.find(({ remotePort }) => remotePort === socket.remotePort);
    onSocket(socket, wire as Socket);
  });
  return `https://localhost:${await listen(server as Server)}`;
}

/** Whether a reply is there: the upstream's, of a known length or chunked, or one for its failure. */
function isWhole(text: string): boolean {
  return text.endsWith(message) || text.endsWith(`${message}\r\n0\r\n\r\n`) || /refused: \d+/.test(text);
}

/**
 * Sends an upload as fast as it is taken, to its last byte, and gives all that came back; rejects where the connection
 * breaks first.
 */
async function upload(port: number, isChunked: boolean, fields = ''): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (data: string) => {
    text += data;
  });
  const failed = Promise.withResolvers<never>();
  // As a client that is sending: an error of the connection ends it, unless it has its reply.
  socket.on('error', (error) => (isWhole(text) ? undefined : failed.reject(error)));
  const closed = once(socket, 'close');
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bodyBytes}`;
  socket.write(`POST /upload HTTP/1.1\r\nHost: a\r\n${fields}${framing}\r\n\r\n`);
  for (let sent = 0; sent < bodyBytes && !isWhole(text) && !socket.destroyed; sent += chunk.length) {
    const piece = isChunked ? Buffer.concat([Buffer.from('4000\r\n'), chunk, Buffer.from('\r\n')]) : chunk;
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), closed, failed.promise]);
  }
  if (isChunked) socket.write('0\r\n\r\n');
  while (!isWhole(text) && !socket.destroyed) await Promise.race([once(socket, 'data'), closed, failed.promise]);
  socket.destroy();
  return text;
}

async function uploadMany(gateway: Pick<Gateway, 'port'>): Promise<string[]> {
  const replies: string[] = [];
  for (let begun = 0; begun < tries; begun += atATime) {
    const some = Array.from({ length: atATime }, (_, at) => upload(gateway.port, at % 2 === 0));
    replies.push(...(await Promise.all(some)));
  }
  return replies;
}

/** How often each status came. */
function count(replies: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of replies) {
    const what = isWhole(text) ? text.slice(9, 12) : `${text.slice(9, 12)} cut`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

describe.each([
  ['plain', false],
  ['TLS', true],
])('%s: an upstream that', (_name, isTls) => {
  it.each(Object.entries(answers))(
    '%s',
    async (_what, answer) => {
      const gateway = await startGateway(await startHasty(answer, isTls));
      expect(count(await uploadMany(gateway))).toEqual({ 413: tries });
      expect(gateway.outcomes.filter(({ kind }) => kind !== 'answered')).toEqual([]);
    },
    60_000,
  );

  it('closes without an answer is a 502', async () => {
    const gateway = await startGateway(await startHasty((socket) => socket.destroy(), isTls));
    const client = new RawClient(gateway.port).send(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bodyBytes}\r\n\r\n`,
    );
    client.socket.write(Buffer.alloc(bodyBytes));
    expect(await client.until((text) => text.includes('refused'))).toContain('502 Bad Gateway');
    expect(await gateway.nextOutcome()).toMatchObject({ kind: 'upstream_failed', cause: 'closed' });
  });
});

describe.each(['on', 'off'])('nginx with client_max_body_size and lingering_close %s', (lingering) => {
  let folder: string;
  let port: number;
  let nginx: ChildProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'miftah-nginx-'));
    port = await freePort();
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const config = join(folder, 'nginx.conf');
    await writeFile(
      config,
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
      events { worker_connections 256; }
      http {
        access_log off; ${paths.join(' ')} client_max_body_size 1k; lingering_close ${lingering};
        server {
          listen 127.0.0.1:${port};
          error_page 413 @large;
          location @large { default_type text/plain; return 413 "${message}"; }
          location / { proxy_pass http://127.0.0.1:1; }
        }
      }`,
    );
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    nginx = spawn('nginx', ['-p', folder, '-c', config, '-e', join(folder, 'error.log')], { env, stdio: 'ignore' });
    while (!(await accepts(port))) if (nginx.exitCode !== null) throw new Error('nginx did not start');
  });
  afterAll(async () => {
    const ended = once(nginx, 'exit');
    nginx.kill();
    await ended;
    await rm(folder, { recursive: true });
  });

  it('is heard in all tries', async () => {
    const gateway = await startGateway(port);
    expect(count(await uploadMany(gateway))).toEqual({ 413: tries });
  }, 60_000);
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('the connection of an early answer', () => {
  it('carries no other request to the upstream', async () => {
    const received: string[] = [];
    const upstream = createServer((socket) => {
      let text = '';
      socket.once('data', () => socket.write(`${head}\r\n${message}`));
      socket.on('data', (data: Buffer) => {
        text += data.toString('latin1');
      });
      socket.on('error', () => undefined).on('close', () => received.push(text));
    });
    const gateway = await startGateway(await listen(upstream));
    await upload(gateway.port, false);
    await upload(gateway.port, true);
    await expect.poll(() => received.length).toBe(2);
    for (const text of received) expect(text.match(/POST \/upload/g)).toHaveLength(1);
  });

  it('serves the client on where little of the body was left, and what was left is no request', async () => {
    const gateway = await startGateway(await startHasty(answers['answers and closes at once'] as Answer, false));
    const client = new RawClient(gateway.port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nbegin');
    expect(await client.until((text) => text.endsWith(message))).not.toMatch(/Connection: close/i);
    client.text = '';
    client.send(`${'x'.repeat(4_995)}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nbegin`);
    expect(await client.until((text) => text.endsWith(message))).toMatch(/^HTTP\/1\.1 413/);
  });

  it('tells the client that it closes where much was left, and takes the rest of it', async () => {
    const gateway = await startGateway(await startHasty(answers['answers and closes at once'] as Answer, false));
    const largeBytes = 16 * 1024 * 1024;
    const client = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
    let text = '';
    client.on('data', (data: string) => {
      text += data;
    });
    const ended = once(client, 'end');
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${largeBytes}\r\n\r\nbegin`);
    await ended;
    expect(text).toMatch(/^HTTP\/1\.1 413[\s\S]*Connection: close[\s\S]*too large for us$/i);
    // As a client that looks at nothing before it has sent all. It would be reset if the rest were not read.
    await new Promise<void>((resolve, reject) => {
      client.write(Buffer.alloc(largeBytes - 5), (error) => (error ? reject(error) : resolve()));
    });
    client.end();
    await once(client, 'close');
  });
});

describe('a denial by Miftah itself', () => {
  it.each([
    ['an unknown key', 401, 'Authorization: Bearer sk_live_nothing\r\n', 30_000_000],
    ['a body over the limit', 413, '', 200_000_000],
  ])('reaches a client that uploads on: %s', async (_what, status, fields, length) => {
    await using server = await startTestServer();
    const org = await server.createOrg();
    const { secret } = await server.createKey({ api: 'classic', org });
    const credential = fields === '' ? `Authorization: Bearer ${secret}\r\n` : fields;
    for (let time = 0; time < 20; time++) {
      const client = new RawClient(server.publicPort);
      const errors: Error[] = [];
      client.socket.on('error', (error) => errors.push(error));
      client.socket.pause();
      client.send(
        `POST /v1/users HTTP/1.1\r\nHost: api.classic.localhost\r\n${credential}Content-Length: ${length}\r\n\r\n`,
      );
      for (let sent = 0; sent < 4_000_000; sent += chunk.length) {
        if (!client.socket.write(chunk))
          await Promise.race([once(client.socket, 'drain'), once(client.socket, 'close')]);
      }
      client.socket.resume();
      const text = await client.closed();
      expect(text.slice(9, 12)).toBe(String(status));
      expect(errors).toEqual([]);
    }
  });
});
