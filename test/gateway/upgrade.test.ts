// WebSockets through the proxy, and upgrades that fail.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { openUpgradeReply } from '../../src/gateway/tunnel.ts';
import { freePort } from '../free-port.ts';
import { closeAll, listen, OURS, RawClient, startGateway, startRawUpstream, startUpstream } from './gateway-harness.ts';

afterEach(closeAll);

const UPGRADE =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function startEcho() {
  const upstream = await startUpstream((_req, res) => res.end('plain'));
  const server = new WebSocketServer({ server: upstream.server });
  const connected = new Promise<{ socket: WebSocket; headers: string[] }>((resolve) => {
    server.on('connection', (socket, req) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      resolve({ socket, headers: req.rawHeaders });
    });
  });
  return { port: upstream.port, connected };
}

describe('a WebSocket', () => {
  it('echoes both ways, large frames included, with our headers at the upstream', async () => {
    const upstream = await startEcho();
    const gateway = await startGateway(upstream.port);
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/chat`, { headers: { 'X-API-Key': 'secret' } });
    await once(socket, 'open');
    const { headers } = await upstream.connected;
    expect(headers.slice(-OURS.length)).toEqual(OURS);
    expect(headers.join().toLowerCase()).not.toContain('secret');
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 101 });
    expect(gateway.proxy.tunnelCount).toBe(1);
    for (const sizeBytes of [5, 70_000, 8 * 1024 * 1024]) {
      const sent = Buffer.alloc(sizeBytes, sizeBytes);
      const echoed = once(socket, 'message');
      socket.send(sent);
      expect(Buffer.compare((await echoed)[0] as Buffer, sent)).toBe(0);
    }
    socket.close(4001, 'bye');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4001, 'bye']);
  });

  it('carries the close code of the upstream', async () => {
    const upstream = await startEcho();
    const gateway = await startGateway(upstream.port);
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/`);
    await once(socket, 'open');
    (await upstream.connected).socket.close(4002, 'enough');
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4002, 'enough']);
  });

  it('ends on one side when the other is cut', async () => {
    const upstream = await startEcho();
    const gateway = await startGateway(upstream.port);
    const first = new WebSocket(`ws://127.0.0.1:${gateway.port}/`);
    await once(first, 'open');
    const { socket } = await upstream.connected;
    const gone = once(socket, 'close');
    first.terminate();
    expect((await gone)[0]).toBe(1006);
    const second = new WebSocket(`ws://127.0.0.1:${gateway.port}/`);
    await once(second, 'open');
    const cut = once(second, 'close');
    await gateway.proxy.close();
    expect((await cut)[0]).toBe(1006);
    expect(gateway.proxy.tunnelCount).toBe(0);
  });
});

describe('a tunnel', () => {
  it('carries bytes sent before the switch, in both directions, and passes a half-close on', async () => {
    const ended = Promise.withResolvers<string>();
    const upstream = await startRawUpstream((socket) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        if (text === '')
          socket.write(
            'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-A: 1\r\n\r\nearly-down',
          );
        text += chunk.toString('latin1');
      });
      socket.on('end', () => {
        ended.resolve(text);
        socket.end('after-end');
      });
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(`${UPGRADE}early-up`);
    await client.until((text) => text.includes('early-down'));
    client.socket.end();
    expect((await ended.promise).endsWith('early-up')).toBe(true);
    expect(await client.closed()).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nX-A: 1\r\nX-Request-Id: req_1\r\nVary: X-API-Key\r\nCache-Control: private\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly-downafter-end',
    );
  });
});

describe('an upgrade that does not happen', () => {
  it('passes the reply of an upstream that refuses', async () => {
    const upstream = await startUpstream((_req, res) => res.end());
    upstream.server.on('upgrade', (_req, socket: Socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope'),
    );
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port).send(UPGRADE).closed();
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\nX-Why: no\r\n[\s\S]*Connection: close\r\n[\s\S]*nope$/);
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 403 });
  });

  it('is the caller’s 502 when the upstream is down', async () => {
    const gateway = await startGateway(await freePort());
    expect(await new RawClient(gateway.port).send(UPGRADE).closed()).toMatch(/502 Bad Gateway[\s\S]*refused: 502/);
  });

  it('is client_aborted when the client leaves while the upstream thinks', async () => {
    const arrived = Promise.withResolvers<void>();
    const upstream = await startRawUpstream((socket) => socket.once('data', () => arrived.resolve()));
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(UPGRADE);
    await arrived.promise;
    client.socket.resetAndDestroy();
    expect(await gateway.nextOutcome()).toEqual({ kind: 'client_aborted', status: 0 });
  });

  it('answers h2c and unknown protocols as ordinary requests, body included', async () => {
    const seen: string[] = [];
    const upstream = await startUpstream((req, res) => {
      seen.push(`${req.headers.upgrade} ${req.headers['http2-settings']}`);
      req.resume().on('end', () => res.end('plain'));
    });
    const gateway = await startGateway(upstream.port);
    for (const head of [
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: other\r\nContent-Length: 2\r\n\r\nhi',
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n',
    ]) {
      const text = await new RawClient(gateway.port).send(head).until((received) => received.endsWith('plain'));
      expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    }
    expect(seen).toEqual(['undefined undefined', 'undefined undefined', 'undefined undefined']);
  });
});

describe('a reply without an upgrade', () => {
  it('is cut when the client takes nothing of its end, and not while the reply is awaited', async () => {
    const closed = Promise.withResolvers<boolean>();
    const server = createServer();
    server.on('upgrade', (req, socket) => {
      const res = openUpgradeReply(req, socket, 50);
      expect((socket as Socket).timeout).toBe(0);
      res.end(Buffer.alloc(32 * 1024 * 1024));
      socket.once('close', () => closed.resolve(res.writableFinished));
    });
    const client = new RawClient(await listen(server));
    client.socket.pause();
    client.send(UPGRADE);
    expect(await closed.promise).toBe(false);
  });
});
