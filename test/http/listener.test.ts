// The listener: slow clients are cut, a drain cuts no request, and a bad address is an error with a fix.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { describeListenError, openListener } from '../../src/http/listener.ts';
import { sendRaw } from '../raw-http.ts';

const faults: unknown[] = [];
const local = { name: 'public', host: '127.0.0.1', port: 0, onFault: (error: unknown) => void faults.push(error) };

const answerOk = (_req: IncomingMessage, res: ServerResponse): void => {
  res.end('ok');
};

test('a connection that sends no head is cut, while others are served', async () => {
  const listener = await openListener({
    ...local,
    request: answerOk,
    headersTimeoutMs: 100,
    requestTimeoutMs: 200,
    timeoutCheckMs: 20,
  });
  const slow = connect(listener.port, '127.0.0.1');
  slow.setEncoding('latin1').write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const other = await sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  expect(other.status).toBe(200);
  const [answer] = await once(slow, 'data');
  expect(answer).toMatch(/^HTTP\/1\.1 408/);
  await once(slow, 'close');
  await listener.close(0);
});

test('a body that does not come is answered by whom its Host names, and a head without Host by no one', async () => {
  const listener = await openListener({
    ...local,
    request: () => undefined,
    headersTimeoutMs: 100,
    requestTimeoutMs: 200,
    timeoutCheckMs: 20,
    answerClientError: async ({ fault, host }) => {
      const body = `${fault} ${host}`;
      return { status: 408, headers: ['Content-Length', String(body.length)], body };
    },
  });
  const ask = (text: string) => sendRaw({ port: listener.port, text });
  const body = await ask('POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhe');
  expect(body).toMatchObject({ status: 408, headers: { connection: 'close' }, body: 'request_timeout a.example' });
  const head = await ask('GET / HTTP/1.1\r\nHost: a.example\r\nX-Slow: ');
  expect(head).toMatchObject({ status: 408, headers: { 'content-length': '0', connection: 'close' }, body: '' });
  await listener.close(0);
});

test('a body may take longer than a request where it has limits of its own, and the next head may not', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  let isUpload = true;
  const listener = await openListener({
    ...local,
    request(req, res) {
      arrive();
      req.resume().on('end', () => res.end('whole'));
    },
    headersTimeoutMs: 100,
    requestTimeoutMs: 200,
    timeoutCheckMs: 20,
    isUpload: () => isUpload,
  });
  const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nsl');
  await arrived;
  const [error] = await once(listener.server, 'clientError');
  expect((error as NodeJS.ErrnoException).code).toBe('ERR_HTTP_REQUEST_TIMEOUT');
  client.write('ow');
  expect((await once(client, 'data'))[0]).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*whole$/);
  isUpload = false;
  client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nsl');
  expect((await once(client, 'data'))[0]).toMatch(/^HTTP\/1\.1 408/);
  await once(client, 'close');
  await listener.close(0);
});

test('a drain lets the request under way finish and takes no new connection', async () => {
  let pending: ServerResponse | undefined;
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const listener = await openListener({
    ...local,
    request(_req, res) {
      pending = res;
      arrive();
    },
  });
  const reply = sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  await arrived;
  const closed = listener.close(5_000);
  const late = connect(listener.port, '127.0.0.1');
  const [error] = await once(late, 'error');
  expect((error as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
  pending?.end('finished');
  expect((await reply).body).toContain('finished');
  await closed;
});

test('dismissed connections, also new ones, get an answer with Connection: close, and all end', async () => {
  const listener = await openListener({ ...local, request: answerOk });
  const kept = connect(listener.port, '127.0.0.1').setEncoding('latin1');
  kept.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect((await once(kept, 'data'))[0]).toContain('Connection: keep-alive');
  listener.dismiss();
  kept.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect((await once(kept, 'data'))[0]).toMatch(/^HTTP\/1\.1 200[\s\S]*Connection: close/);
  await once(kept, 'close');
  const other = await sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  expect(other.body).toContain('ok');
  await listener.close(5_000);
});

test('a drain ends after its time limit even if a request hangs', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const listener = await openListener({ ...local, request: () => arrive() });
  const reply = sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  reply.catch(() => undefined);
  await arrived;
  await listener.close(50);
  await expect(reply).rejects.toThrow('no reply');
});

test('a drain ends after its time limit even if a tunnel is open', async () => {
  const listener = await openListener({
    ...local,
    request: answerOk,
    upgrade(_req, socket) {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    },
  });
  const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  expect((await once(client, 'data'))[0]).toMatch(/^HTTP\/1\.1 101/);
  const cut = once(client, 'close');
  await listener.close(50);
  await cut;
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a defect in a handler', () => {
  const broken = (): never => {
    throw new TypeError('hidden cause');
  };
  const rejecting = async (): Promise<void> => broken();
  const late = async (_req: IncomingMessage, res: ServerResponse): Promise<void> => {
    res.writeHead(200, { 'Content-Length': 100 });
    res.write('begun');
    await turn();
    broken();
  };

  test.each([
    ['throws', broken],
    ['rejects', rejecting],
  ])('that %s is a 500 problem and one call of onFault, and the process survives', async (_, handler) => {
    const seen: unknown[] = [];
    const onFault = (error: unknown): void => void seen.push(error);
    const listener = await openListener({ ...local, onFault, request: handler, checkContinue: handler });
    for (const head of ['GET / HTTP/1.1\r\n', 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n']) {
      const reply = await sendRaw({ port: listener.port, text: `${head}Host: x\r\nAuthorization: secret\r\n\r\n` });
      expect(reply).toMatchObject({
        status: 500,
        headers: { 'content-type': 'application/problem+json', connection: 'close', 'cache-control': 'no-store' },
      });
      expect(reply.body).not.toContain('hidden cause');
    }
    expect(seen).toEqual([new TypeError('hidden cause'), new TypeError('hidden cause')]);
    await listener.close(0);
  });

  test('after the reply has begun cuts the reply', async () => {
    const seen: unknown[] = [];
    const listener = await openListener({ ...local, onFault: (error) => void seen.push(error), request: late });
    const reply = await sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
    expect(reply.body).toBe('begun');
    expect(seen).toHaveLength(1);
    await listener.close(0);
  });

  test.each([
    ['throws', broken],
    ['rejects', rejecting],
  ])('that %s on an upgrade is a 500, and cuts a socket that is answered', async (_, upgrade) => {
    const seen: unknown[] = [];
    const onFault = (error: unknown): void => void seen.push(error);
    const listener = await openListener({ ...local, onFault, request: answerOk, upgrade });
    const text = 'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
    expect((await sendRaw({ port: listener.port, text })).status).toBe(500);
    expect(seen).toHaveLength(1);
    await listener.close(0);

    const half = await openListener({
      ...local,
      onFault,
      request: answerOk,
      upgrade(_req, socket) {
        socket.write('HTTP/1.1 101 Switching Protocols\r\n');
        return upgrade();
      },
    });
    const client = connect(half.port, '127.0.0.1').setEncoding('latin1');
    let received = '';
    client.on('data', (chunk: string) => {
      received += chunk;
    });
    client.write(text);
    await once(client, 'close');
    expect(received).not.toContain('500');
    expect(seen).toHaveLength(2);
    await half.close(0);
  });
});

describe('pipelined requests', () => {
  const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

  test('are handled in turn and answered in order, on a connection that stays open', async () => {
    let running = 0;
    let most = 0;
    const listener = await openListener({
      ...local,
      async request(req, res) {
        most = Math.max(most, ++running);
        for await (const _chunk of req);
        await turn();
        running--;
        res.end(req.url);
      },
    });
    const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
    let received = '';
    const paths = Array.from({ length: 40 }, (_, at) => `/${at}`);
    const post = 'POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo';
    client.write(`${paths.map((path) => get(path)).join('')}${post}`);
    const end = new Promise<void>((resolve) => {
      client.on('data', (chunk: string) => {
        received += chunk;
        if (received.includes('/39') && client.writable && !received.includes('/post')) client.write('dy');
        if (received.endsWith('/post')) resolve();
      });
    });
    await end;
    expect(received.match(/\/(?:\d+|post)(?=HTTP|$)/g)).toEqual([...paths, '/post']);
    expect(most).toBe(1);
    client.write(get('/after'));
    await once(client, 'data');
    client.destroy();
    await listener.close(0);
  });

  test('beyond 64 close the connection after the replies to the first 64', async () => {
    let handled = 0;
    const listener = await openListener({
      ...local,
      async request(_req, res) {
        handled++;
        await turn();
        res.end('ok');
      },
    });
    const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
    let received = '';
    client.on('data', (chunk: string) => {
      received += chunk;
    });
    client.write(get('/').repeat(1_000));
    await once(client, 'close');
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(65);
    expect(received.match(/Connection: close/g)).toHaveLength(1);
    expect(handled).toBe(65);
    await listener.close(0);
  });

  test.each([
    ['requests that are handled', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 65],
    [
      'requests with Expect: 100-continue, where the first reply closes the connection',
      'GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n',
      1,
    ],
    ['requests with bodies', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab', 65],
    ['requests without a host', 'GET / HTTP/1.1\r\n\r\n', 0],
    ['requests that expect what there is not', 'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n', 0],
  ])('beyond 64 are not parsed: %s', async (_name, message, expected) => {
    let handled = 0;
    const handle = (req: IncomingMessage, res: ServerResponse): void => {
      handled++;
      req.resume().on('end', () => res.end('ok'));
    };
    const listener = await openListener({ ...local, request: handle, checkContinue: handle });
    let parsed = 0;
    const count = (): void => {
      parsed++;
    };
    // Node publishes this for every parsed message.
    subscribe('http.server.request.start', count);
    const client = connect(listener.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume();
    client.write(message.repeat(1_000));
    await once(client, 'close');
    unsubscribe('http.server.request.start', count);
    expect(handled).toBe(expected);
    expect(parsed).toBeLessThanOrEqual(66);
    await listener.close(0);
  });

  test('of a client that reads no reply are not handled, and a stalled client is cut', async () => {
    let handled = 0;
    const body = Buffer.alloc(8 * 1024 * 1024);
    const listener = await openListener({
      ...local,
      stallTimeoutMs: 100,
      request(_req, res) {
        handled++;
        res.end(body);
      },
    });
    const client = connect(listener.port, '127.0.0.1');
    client.pause();
    client.on('error', () => undefined);
    client.write(get('/').repeat(1_000));
    const [server] = await once(listener.server, 'connection');
    await once(server, 'close');
    expect(handled).toBe(1);
    client.destroy();
    await listener.close(0);
  });

  test('an upgrade behind a reply is treated as an ordinary request', async () => {
    let upgrades = 0;
    const listener = await openListener({
      ...local,
      async request(_req, res) {
        await turn();
        res.end('ok');
      },
      isUpgrade: () => true,
      upgrade(_req, socket) {
        upgrades++;
        socket.destroy();
      },
    });
    const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
    let received = '';
    client.on('data', (chunk: string) => {
      received += chunk;
    });
    client.write(get('/') + get('/', 'Upgrade: websocket\r\nConnection: Upgrade, close\r\n'));
    await once(client, 'close');
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(upgrades).toBe(0);
    await listener.close(0);
  });
});

test('an idle connection and a slow reply do not count as a stall', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<ServerResponse>();
  const listener = await openListener({ ...local, stallTimeoutMs: 20, request: (_req, res) => ask(res) });
  const reply = sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  const res = await asked;
  await once(res.socket as Socket, 'timeout');
  res.end('late');
  expect((await reply).body).toContain('late');
  await listener.close(0);
});

test('connections beyond the maximum are closed, idle ones first, and those in use stay', async () => {
  let pending: ServerResponse | undefined;
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const listener = await openListener({
    ...local,
    maxConnections: 2,
    request(req, res) {
      if (req.url !== '/wait') return void res.end('ok');
      pending = res;
      ask();
    },
  });
  const idle = connect(listener.port, '127.0.0.1');
  idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  const busy = sendRaw({ port: listener.port, text: 'GET /wait HTTP/1.1\r\nHost: x\r\n\r\n' });
  await asked;
  const idleClosed = once(idle, 'close');
  const refused = connect(listener.port, '127.0.0.1');
  refused.on('error', () => undefined);
  await once(refused, 'close');
  await idleClosed;
  const next = await sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  expect(next.status).toBe(200);
  pending?.end('finished');
  expect((await busy).body).toContain('finished');
  await listener.close(0);
});

test.each([
  ['text that is not HTTP', 'not HTTP at all\r\n\r\n'],
  ['a head that is too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
])('%s after a request adds nothing to its reply in progress', async (_what, garbage) => {
  const listener = await openListener({
    ...local,
    request(_req, res) {
      res.writeHead(200, { 'Content-Length': 500 });
      res.write('begun');
    },
  });
  const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
  let received = '';
  client.on('error', () => undefined);
  client.on('data', (chunk: string) => {
    if (!received.includes('begun')) client.write(garbage);
    received += chunk;
  });
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(client, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 200[\s\S]*begun$/);
  await listener.close(0);
});

test('a port in use is an error that names it and the flag', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(openListener({ ...local, port, request: () => undefined })).rejects.toMatchObject({
    code: 'port_in_use',
    message: `Port ${port} on 127.0.0.1 is in use: stop the other process or choose another with --public HOST:PORT`,
  });
  other.close();
});

test('a port that only privileged processes may use is an error that names two ways out', () => {
  const refused = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  const say = (port: number) =>
    describeListenError(refused, { host: '0.0.0.0', port }, 'with --public HOST:PORT').message;
  expect(say(80)).toBe(
    'Cannot listen on 0.0.0.0:80 (EACCES): choose a port from 1024 with --public HOST:PORT, or give the process the capability CAP_NET_BIND_SERVICE',
  );
  expect(say(4100)).toBe('Cannot listen on 0.0.0.0:4100 (EACCES): choose another address with --public HOST:PORT');
});

test('an address of another machine is an error that names the flag', async () => {
  await expect(openListener({ ...local, host: '192.0.2.1', request: () => undefined })).rejects.toMatchObject({
    code: 'cannot_listen',
    message: expect.stringContaining('--public HOST:PORT'),
  });
});
