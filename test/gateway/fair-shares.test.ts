// One key or organization takes all that it can, and the others are served as before.
import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, type Gateway, RawClient, startGateway, startRawUpstream, startUpstream } from './gateway-harness.ts';

afterEach(closeAll);

const get = (path: string, key: string) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Key: ${key}\r\nConnection: close\r\n\r\n`;

const ask = (gateway: Gateway, key: string, path = '/') => new RawClient(gateway.port).send(get(path, key)).closed();

/** Starts an upstream that answers `/` at once, reads bodies, sends much to `/large`, and never answers `/silent`. */
async function startPatientUpstream() {
  const held: { readonly url: string; readonly key: string; readonly res: ServerResponse }[] = [];
  const waiting: (() => void)[] = [];
  const upstream = await startUpstream((req, res) => {
    req.resume();
    if (req.url === '/') {
      res.end('served');
      return;
    }
    held.push({ url: req.url as string, key: String(req.headers['x-key']), res });
    for (const wake of waiting) wake();
    if (req.url === '/large') res.end(Buffer.alloc(32 * 1024 * 1024));
  });
  const untilHeld = (count: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (held.length >= count) resolve();
      };
      waiting.push(check);
      check();
    });
  return { port: upstream.port, held, untilHeld };
}

const waysToHold: Record<string, (client: RawClient, key: string) => void> = {
  'uploads that trickle': (client, key) =>
    client.send(`POST /upload HTTP/1.1\r\nHost: a\r\nX-Key: ${key}\r\nContent-Length: 1000000\r\n\r\nbegin`),
  'chunked uploads that trickle': (client, key) =>
    client.send(`PUT /upload HTTP/1.1\r\nHost: a\r\nX-Key: ${key}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n`),
  'replies that are not read': (client, key) => {
    client.socket.pause();
    client.send(get('/large', key));
  },
  'an endpoint that does not answer': (client, key) => client.send(get('/silent', key)),
};

describe.each(Object.entries(waysToHold))('%s', (_what, hold) => {
  it('of one key leave connections for the other keys and organizations', async () => {
    const upstream = await startPatientUpstream();
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 16, requestsPerOrigin: 256 });
    for (let at = 0; at < 40; at++) hold(new RawClient(gateway.port), 'greedy.key_1');
    await upstream.untilHeld(4);
    for (const key of ['greedy.key_2', 'modest.key_1', 'other.key_1']) {
      expect(await ask(gateway, key)).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*served/);
    }
    expect(upstream.held).toHaveLength(4);
  });

  it('of many keys of three organizations leave connections for a fourth', async () => {
    const upstream = await startPatientUpstream();
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 16, requestsPerOrigin: 256 });
    for (let at = 0; at < 60; at++) hold(new RawClient(gateway.port), `greedy_${at % 3}.key_${at % 3}_${at}`);
    await upstream.untilHeld(12);
    expect(await ask(gateway, 'modest.key_1')).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*served/);
    expect(upstream.held).toHaveLength(12);
  });
});

describe('those who wait for a connection', () => {
  it('have a share of places; a request beyond it is refused at once, and others still wait', async () => {
    const upstream = await startPatientUpstream();
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1, requestsPerOrigin: 17 });
    const silent = (key: string) => new RawClient(gateway.port).send(get('/silent', key));
    silent('holder.key_1');
    await upstream.untilHeld(1);
    const greedy = Array.from({ length: 5 }, () => silent('greedy.key_1'));
    expect(await gateway.nextOutcome()).toEqual({ kind: 'share_exceeded' });
    const refused = await Promise.race(greedy.map((client) => client.closed()));
    expect(refused).toContain('HTTP/1.1 503');
    const patient = ask(gateway, 'modest.key_1');
    await expect.poll(() => gateway.carried.length, { interval: 1 }).toBe(7);
    upstream.held[0]?.res.end();
    await upstream.untilHeld(2);
    upstream.held[1]?.res.end();
    expect(await patient).toContain('served');
  });

  it('take turns by organization, and by key within one', async () => {
    const upstream = await startPatientUpstream();
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1, requestsPerOrigin: 200 });
    new RawClient(gateway.port).send(get('/silent', 'holder.key'));
    await upstream.untilHeld(1);
    // Send one after the other, so that their order is known.
    for (const key of ['a.key_1', 'a.key_1', 'a.key_1', 'a.key_2', 'b.key_3', 'b.key_3', 'c.key_4']) {
      const before = gateway.carried.length;
      new RawClient(gateway.port).send(get('/silent', key));
      await expect.poll(() => gateway.carried.length, { interval: 1 }).toBe(before + 1);
    }
    for (let at = 0; at < 8; at++) {
      await upstream.untilHeld(at + 1);
      upstream.held[at]?.res.end();
    }
    expect(upstream.held.map(({ key }) => key)).toEqual([
      'holder.key',
      'a.key_1',
      'b.key_3',
      'c.key_4',
      'a.key_2',
      'b.key_3',
      'a.key_1',
      'a.key_1',
    ]);
  });

  it('give up after a time, and the others are served as before', async () => {
    const upstream = await startPatientUpstream();
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1, connectionWaitMs: 60 });
    new RawClient(gateway.port).send(get('/silent', 'holder.key'));
    await upstream.untilHeld(1);
    const late = [ask(gateway, 'a.key'), ask(gateway, 'b.key'), ask(gateway, 'c.key')];
    for (const text of await Promise.all(late)) expect(text).toContain('HTTP/1.1 503');
    for (let at = 0; at < 3; at++) {
      expect(await gateway.nextOutcome()).toMatchObject({ kind: 'upstream_failed', cause: 'overloaded' });
    }
    upstream.held[0]?.res.end();
    expect(await ask(gateway, 'd.key')).toContain('served');
  });
});

describe('a body that is too slow', () => {
  const slow = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin';

  it('is a 408 that closes the connection, and its upstream connection serves others', async () => {
    const upstream = await startPatientUpstream();
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1, requestBodyIdleTimeoutMs: 90 });
    const text = await new RawClient(gateway.port).send(slow).closed();
    expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout[\s\S]*Connection: close[\s\S]*refused: 408/);
    expect(await gateway.nextOutcome()).toEqual({ kind: 'body_too_slow', status: 0 });
    expect(await ask(gateway, 'other.key')).toContain('served');
  });

  it('is cut where the reply has begun', async () => {
    const upstream = await startUpstream((_req, res) => void res.write('early'));
    const gateway = await startGateway(upstream.port, { requestBodyIdleTimeoutMs: 90 });
    const text = await new RawClient(gateway.port).send(slow).closed();
    expect(text).toContain('early');
    expect(text).not.toContain('\r\n0\r\n');
    expect(await gateway.nextOutcome()).toEqual({ kind: 'body_too_slow', status: 200 });
  });
});

const upgrade = (key: string) =>
  `GET /ws HTTP/1.1\r\nHost: a\r\nX-Key: ${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** Starts an upstream that switches protocols and never closes. With `isReading` false, it also stops reading. */
async function startTunnelUpstream({ isReading = true } = {}) {
  const sockets: Socket[] = [];
  const { port } = await startRawUpstream((socket) => {
    sockets.push(socket);
    socket.once('data', () => {
      if (!isReading) socket.pause();
      socket.write(switching);
    });
    if (isReading) socket.on('data', () => undefined);
  });
  return { port, sockets };
}

async function openTunnel(gateway: Gateway, key: string): Promise<RawClient> {
  const client = new RawClient(gateway.port).send(upgrade(key));
  await client.until((text) => text.includes('\r\n\r\n'));
  return client;
}

describe('tunnels', () => {
  it('are shared by keys and organizations', async () => {
    const upstream = await startTunnelUpstream();
    const gateway = await startGateway(upstream.port, { maxTunnels: 8 });
    const statuses: string[] = [];
    for (const key of [
      'a.key_1',
      'a.key_1',
      'a.key_1',
      'a.key_2',
      'a.key_3',
      'a.key_4',
      'b.key_5',
      'c.key_6',
      'd.key_7',
    ]) {
      statuses.push(`${key} ${(await openTunnel(gateway, key)).text.slice(9, 12)}`);
    }
    expect(statuses).toEqual([
      'a.key_1 101',
      'a.key_1 101',
      'a.key_1 503',
      'a.key_2 101',
      'a.key_3 101',
      'a.key_4 503',
      'b.key_5 101',
      'c.key_6 101',
      'd.key_7 101',
    ]);
    expect(gateway.proxy.tunnelCount).toBe(7);
  });

  it('give their place back when they end, and when they were refused', async () => {
    const upstream = await startTunnelUpstream();
    const gateway = await startGateway(upstream.port, { maxTunnels: 1 });
    const refusing = await startGateway((await startUpstream((_req, res) => res.end('no'))).port, { maxTunnels: 1 });
    for (let round = 1; round <= 3; round++) {
      const client = await openTunnel(gateway, `org_${round}.key`);
      expect(client.text).toContain('101');
      client.socket.resetAndDestroy();
      await expect.poll(() => gateway.endedTunnels, { interval: 1 }).toBe(round);
      expect((await openTunnel(refusing, 'org.key')).text).toContain('200 OK');
    }
  });

  it('end when they are silent, with 1001', async () => {
    const upstream = await startTunnelUpstream();
    const gateway = await startGateway(upstream.port, { tunnelIdleTimeoutMs: 60 });
    const client = await openTunnel(gateway, 'a.key');
    expect((await client.closed()).slice(-4)).toBe('\x88\x02\x03\xe9');
    await expect.poll(() => gateway.endedTunnels, { interval: 1 }).toBe(1);
  });

  const waysToLeave: Record<string, (client: RawClient) => void> = {
    ends: (client) => client.socket.end(),
    'is reset': (client) => client.socket.resetAndDestroy(),
    'sends more than is taken, and ends,': (client) => {
      client.socket.write(Buffer.alloc(16 * 1024 * 1024));
      client.socket.end();
    },
  };

  it.each(Object.entries(waysToLeave))(
    'leave no descriptor behind when the client %s and the upstream does not close',
    async (_how, leave) => {
      const upstream = await startTunnelUpstream({ isReading: false });
      const gateway = await startGateway(upstream.port, { tunnelCloseTimeoutMs: 80, tunnelIdleTimeoutMs: 300 });
      const before = readdirSync('/proc/self/fd').length;
      const clients = await Promise.all([1, 2, 3].map((at) => openTunnel(gateway, `org_${at}.key`)));
      for (const client of clients) leave(client);
      await expect.poll(() => gateway.endedTunnels, { interval: 5 }).toBe(3);
      expect(gateway.proxy.tunnelCount).toBe(0);
      for (const client of clients) client.socket.destroy();
      // The upstream keeps its own three sockets open.
      await expect.poll(() => readdirSync('/proc/self/fd').length - before, { interval: 5 }).toBeLessThanOrEqual(3);
    },
  );

  it('leave no descriptor behind when the upstream ends and the client does not', async () => {
    const upstream = await startTunnelUpstream();
    const gateway = await startGateway(upstream.port, { tunnelCloseTimeoutMs: 80 });
    const client = await openTunnel(gateway, 'a.key');
    client.socket.removeAllListeners('end');
    upstream.sockets[0]?.end();
    await expect.poll(() => gateway.endedTunnels, { interval: 5 }).toBe(1);
  });
});
