// The listener: slow clients are cut, a drain cuts nobody short, and an address that can't be had is told with the way out.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openListener } from '../../src/http/listener.ts';
import { sendRaw } from '../raw-http.ts';

const local = { name: 'public', host: '127.0.0.1', port: 0 };

test('a head that does not come is cut off, while others are served', async () => {
  const listener = await openListener({
    ...local,
    request: (_req, res) => res.end('ok'),
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

test('a dismissed connection is answered and told to end, also a new one, and then nothing is left to cut', async () => {
  const listener = await openListener({ ...local, request: (_req, res) => res.end('ok') });
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

test('a drain ends after its grace although a request hangs', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const listener = await openListener({ ...local, request: () => arrive() });
  const reply = sendRaw({ port: listener.port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' });
  reply.catch(() => undefined);
  await arrived;
  await listener.close(50);
  await expect(reply).rejects.toThrow('no reply');
});

test('a drain ends after its grace although a tunnel is open', async () => {
  const listener = await openListener({
    ...local,
    request: (_req, res) => res.end(),
    upgrade: (_req, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  });
  const client = connect(listener.port, '127.0.0.1').setEncoding('latin1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
  expect((await once(client, 'data'))[0]).toMatch(/^HTTP\/1\.1 101/);
  const cut = once(client, 'close');
  await listener.close(50);
  await cut;
});

test('a busy port is an error that names it and the flag', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(openListener({ ...local, port, request: () => undefined })).rejects.toMatchObject({
    code: 'port_in_use',
    message: `Port ${port} on 127.0.0.1 is in use: stop the other process or choose another with --public HOST:PORT`,
  });
  other.close();
});

test('an address that is not this machine is an error that names the flag', async () => {
  await expect(openListener({ ...local, host: '192.0.2.1', request: () => undefined })).rejects.toMatchObject({
    code: 'cannot_listen',
    message: expect.stringContaining('--public HOST:PORT'),
  });
});
