// The proxy when the client or the upstream fails: each failure has its outcome, the client sees it, and nothing
// crashes.
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { endToEndHeaders } from '../../src/gateway/hop-by-hop.ts';
import type { ForwardOutcome } from '../../src/gateway/outcome.ts';
import { createProxy, prepareLimits } from '../../src/gateway/proxy.ts';
import { freePort } from '../free-port.ts';
import {
  closeAll,
  LIMITS,
  listen,
  RawClient,
  startGateway,
  startRawUpstream,
  startUpstream,
  targetOf,
} from './gateway-harness.ts';

afterEach(closeAll);

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

function causeOf(outcome: ForwardOutcome): string {
  return outcome.kind === 'upstream_failed' ? outcome.cause : outcome.kind;
}

describe('an upstream that fails before its reply', () => {
  it('is connect when nothing listens', async () => {
    const gateway = await startGateway(await freePort());
    expect(await new RawClient(gateway.port).send(GET).closed()).toMatch(/502 Bad Gateway[\s\S]*refused: 502/);
    expect(causeOf(await gateway.nextOutcome())).toBe('connect');
  });

  it('fails those that wait for a connection too, one after the other', async () => {
    const gateway = await startGateway(await freePort(), { connectionsPerOrigin: 1 });
    const text = await new RawClient(gateway.port)
      .send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(8))
      .send(GET)
      .closed();
    expect(text.match(/502 Bad Gateway/g)).toHaveLength(9);
    expect(gateway.outcomes.map(causeOf)).toEqual(Array(9).fill('connect'));
  });

  it('serves those that wait when the connection they waited for breaks', async () => {
    let requests = 0;
    const upstream = await startRawUpstream((socket) => {
      socket.on('data', () => {
        requests++;
        if (requests % 2 === 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1 });
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n';
    const last = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
    const text = await new RawClient(gateway.port).send(post.repeat(5) + last).closed();
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(Array(3).fill(['HTTP/1.1 502', 'HTTP/1.1 200']).flat());
  });

  it('is timeout when it never answers', async () => {
    const upstream = await startRawUpstream((socket) => socket.resume());
    const gateway = await startGateway(upstream.port, { headersTimeoutMs: 200 });
    expect(await new RawClient(gateway.port).send(GET).closed()).toContain('504 Gateway Timeout');
    expect(causeOf(await gateway.nextOutcome())).toBe('timeout');
  });

  it('is timeout when it stops taking the body', async () => {
    const upstream = await startRawUpstream((socket) => socket.pause());
    const gateway = await startGateway(upstream.port, { headersTimeoutMs: 300 });
    const client = new RawClient(gateway.port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n');
    client.socket.write(Buffer.alloc(30_000_000));
    expect(await client.until((text) => text.includes('refused'))).toContain('504 Gateway Timeout');
    expect(causeOf(await gateway.nextOutcome())).toBe('timeout');
  });

  it('is closed when it hangs up on a request that must not be repeated', async () => {
    let requests = 0;
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => {
        requests++;
        socket.destroy();
      });
    });
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port)
      .send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi')
      .closed();
    expect(text).toContain('502 Bad Gateway');
    expect(causeOf(await gateway.nextOutcome())).toBe('closed');
    expect(requests).toBe(1);
  });

  for (const [what, bytes] of [
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    [
      'a length and a coding at once',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a header with a control character', 'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`],
  ] as const) {
    it(`is protocol when it sends ${what}`, async () => {
      const upstream = await startRawUpstream((socket) => {
        socket.once('data', () => socket.write(bytes, 'latin1'));
      });
      const gateway = await startGateway(upstream.port);
      const text = await new RawClient(gateway.port).send(GET).closed();
      expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
      expect(text).not.toContain('200 OK');
      expect(causeOf(await gateway.nextOutcome())).toBe('protocol');
    });
  }

  it('is protocol when it switches protocols unasked', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'),
      );
    });
    const gateway = await startGateway(upstream.port);
    expect(await new RawClient(gateway.port).send(GET).closed()).toContain('502 Bad Gateway');
    expect((await gateway.nextOutcome()).kind).toBe('upstream_failed');
  });

  it('is not asked when too many requests wait for it', async () => {
    const upstream = await startRawUpstream((socket) => socket.resume());
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1, requestsPerOrigin: 2 });
    const waiting = [new RawClient(gateway.port).send(GET), new RawClient(gateway.port).send(GET)];
    const all = [...waiting, new RawClient(gateway.port).send(GET)];
    expect(causeOf(await gateway.nextOutcome())).toBe('share_exceeded');
    for (const client of all) client.socket.destroy();
    expect([(await gateway.nextOutcome()).kind, (await gateway.nextOutcome()).kind]).toEqual([
      'client_aborted',
      'client_aborted',
    ]);
  });
});

describe('an upstream that fails within its reply', () => {
  it('shows as a cut connection, not as a shorter reply', async () => {
    const opened = Promise.withResolvers<Socket>();
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
        opened.resolve(socket);
      });
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until((text) => text.includes('hello'));
    (await opened.promise).resetAndDestroy();
    const text = await client.closed();
    expect(text).toContain('hello');
    expect(text).not.toContain('\r\n0\r\n');
    expect(causeOf(await gateway.nextOutcome())).toBe('closed');
  });

  it('resets an HTTP/1.0 client, which has no other sign', async () => {
    const opened = Promise.withResolvers<Socket>();
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
        opened.resolve(socket);
      });
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port);
    const failed = once(client.socket, 'error');
    client.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    await client.until((text) => text.includes('hello'));
    (await opened.promise).resetAndDestroy();
    expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('is closed when fewer bytes came than announced', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'));
    });
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').closed();
    expect(text === '' || text.endsWith('hello')).toBe(true);
    expect(causeOf(await gateway.nextOutcome())).toBe('closed');
  });

  it('is timeout when it falls silent', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'));
    });
    const gateway = await startGateway(upstream.port, { bodyIdleTimeoutMs: 200 });
    expect(await new RawClient(gateway.port).send(GET).closed()).toContain('hello');
    expect(causeOf(await gateway.nextOutcome())).toBe('timeout');
  });
});

describe('a connection that the upstream closed while it was idle', () => {
  /** Starts an upstream that answers the first request of each connection. `onSecond` handles the second. */
  async function startForgetful(onSecond: (socket: Socket) => void): Promise<{ port: number; requests: string[] }> {
    const requests: string[] = [];
    const { port } = await startRawUpstream((socket) => {
      let count = 0;
      socket.on('data', (chunk: Buffer) => {
        requests.push(chunk.toString('latin1').split(' ')[0] as string);
        if (++count === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        else onSecond(socket);
      });
    });
    return { port, requests };
  }

  async function sendTwice(port: number, second: string): Promise<string> {
    const client = new RawClient(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until((text) => text.endsWith('ok'));
    client.text = '';
    return client.send(second).closed();
  }

  for (const [how, close] of [
    ['ended', (socket: Socket) => socket.destroy()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ] as const) {
    it(`is tried again on another one for a request without a body (${how})`, async () => {
      const upstream = await startForgetful(close);
      const gateway = await startGateway(upstream.port);
      expect(await sendTwice(gateway.port, GET)).toContain('200 OK');
      expect(upstream.requests).toEqual(['GET', 'GET', 'GET']);
      expect(gateway.outcomes).toEqual([
        { kind: 'answered', status: 200 },
        { kind: 'answered', status: 200 },
      ]);
    });
  }

  it('is tried again on a new one, even if others wait, and not on another that may be closed as well', async () => {
    let early = 0;
    let isLater = false;
    const held: Socket[] = [];
    const upstream = await startRawUpstream((socket) => {
      let count = 0;
      socket.on('data', (chunk: Buffer) => {
        count++;
        const path = chunk.toString('latin1').split(' ')[1];
        if (path?.startsWith('/early') === true) {
          held.push(socket);
          // Wait for two requests, so that each has a connection of its own.
          if (++early === 2) for (const each of held.splice(0)) each.write(ok);
        } else if (path === '/long' && !isLater) {
          held.push(socket);
        } else {
          isLater ||= path === '/later';
          if (isLater) for (const each of held.splice(0)) each.write(ok);
          if (count > 1) socket.destroy();
          else socket.write(ok);
        }
      });
    });
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 2 });
    const ask = (path: string) =>
      new RawClient(gateway.port).send(GET.replace('/', path).replace('a\r\n', `a\r\nX-Key: ${path}\r\n`));
    await Promise.all([ask('/early').closed(), ask('/early2').closed()]);
    const replies = ['/long', '/unlucky', '/later'].map((path) => ask(path).closed());
    for (const reply of await Promise.all(replies)) expect(reply).toContain('200 OK');
  });

  for (const [what, rest] of [
    ['without a body', 'Content-Length: 0\r\n\r\n'],
    ['with a body', 'Content-Length: 5\r\n\r\nhello'],
  ]) {
    it(`is not tried again for a POST ${what}`, async () => {
      const upstream = await startForgetful((socket) => socket.destroy());
      const gateway = await startGateway(upstream.port);
      const text = await sendTwice(gateway.port, `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`);
      expect(text).toContain('502 Bad Gateway');
      expect(upstream.requests).toEqual(['GET', 'POST']);
    });
  }

  for (const [what, message] of [
    ['GET', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['POST with a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'],
  ] as const) {
    it(`costs a ${what} nothing that came a moment before the reset`, async () => {
      const upstreamSockets: Socket[] = [];
      let received = '';
      const upstream = await startRawUpstream((socket) => {
        upstreamSockets.push(socket);
        socket.on('data', (chunk: Buffer) => {
          received += chunk.toString('latin1');
          // Answer a whole request only: a body may follow the head.
          if (!/Content-Length: 5/i.test(received) || received.endsWith('hello')) {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          }
        });
      });
      const gateway = await startGateway(upstream.port);
      const client = new RawClient(gateway.port);
      await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n').until((text) => text.endsWith('ok'));
      for (let round = 0; round < 20; round++) {
        [client.text, received] = ['', ''];
        client.send(message);
        // The gateway finds the request and the reset when it next reads its sockets.
        upstreamSockets.at(-1)?.resetAndDestroy();
        await client.until((text) => /\r\n\r\n.+/.test(text));
        expect(client.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
        expect(received.match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1);
      }
    });
  }

  it('is not risked where the upstream says that it closes soon', async () => {
    for (const [hint, connections] of [
      ['timeout=5', 1],
      ['timeout=2', 2],
    ] as const) {
      let opened = 0;
      const upstream = await startRawUpstream((socket) => {
        opened++;
        socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nKeep-Alive: ${hint}\r\nContent-Length: 2\r\n\r\nok`));
      });
      const gateway = await startGateway(upstream.port);
      expect(await sendTwice(gateway.port, GET)).toContain('200 OK');
      expect([hint, opened]).toEqual([hint, connections]);
    }
  });

  it('is not tried again once a byte of the reply came', async () => {
    const upstream = await startForgetful((socket) => socket.end('HTTP/1.1 200'));
    const gateway = await startGateway(upstream.port);
    expect(await sendTwice(gateway.port, GET)).toContain('502 Bad Gateway');
    expect(upstream.requests).toEqual(['GET', 'GET']);
  });

  it('is tried again once only', async () => {
    let connections = 0;
    const upstream = await startRawUpstream((socket) => {
      connections++;
      socket.once('data', () => socket.resetAndDestroy());
    });
    const gateway = await startGateway(upstream.port);
    expect(await new RawClient(gateway.port).send(GET).closed()).toContain('502 Bad Gateway');
    expect(connections).toBeLessThanOrEqual(2);
  });
});

describe('a client that leaves', () => {
  it('takes its request back before the reply', async () => {
    const arrived = Promise.withResolvers<Socket>();
    const upstream = await startRawUpstream((socket) => socket.once('data', () => arrived.resolve(socket)));
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(GET);
    const upstreamSocket = await arrived.promise;
    const gone = once(upstreamSocket, 'close');
    upstreamSocket.on('end', () => upstreamSocket.end());
    client.socket.destroy();
    await gone;
    expect(await gateway.nextOutcome()).toEqual({ kind: 'client_aborted', status: 0 });
  });

  it('takes it back in the middle of the reply and of the body', async () => {
    for (const text of [GET, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf']) {
      const closed = Promise.withResolvers<void>();
      const upstream = await startUpstream((_req, res) => {
        res.write('hello');
        res.on('close', () => closed.resolve());
      });
      const gateway = await startGateway(upstream.port);
      const client = new RawClient(gateway.port).send(text);
      await client.until((received) => received.includes('hello'));
      client.socket.resetAndDestroy();
      await closed.promise;
      expect(await gateway.nextOutcome()).toEqual({ kind: 'client_aborted', status: 200 });
    }
  });
});

describe('a client that left before its request was decided', () => {
  it.each([
    ['GET', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['body of a known length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nbegin'],
    ['chunked body', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n'],
  ])('with a %s: it is aborted at once, and takes no connection', async (_what, text) => {
    let isAsked = false;
    const upstream = await startUpstream(() => {
      isAsked = true;
    });
    const proxy = createProxy(LIMITS);
    const opened = proxy.openUpstream(targetOf(upstream.port));
    const settled = Promise.withResolvers<ForwardOutcome>();
    const server = createServer((req, res) => {
      // The client leaves before the request is forwarded, as when the store or Redis is slow.
      res.once('close', () => {
        setImmediate(() => {
          const input = {
            keyId: 'key_1',
            orgId: 'org_1',
            upstream: opened,
            limits: prepareLimits(LIMITS),
            method: req.method as string,
            target: '/',
            requestHeaders: endToEndHeaders(req.rawHeaders),
            responseHeaders: [],
            isCacheControlPrivate: false,
          };
          proxy.forward(req, res, input, (outcome) => void settled.resolve(outcome));
        });
      });
      client.socket.resetAndDestroy();
    });
    const client = new RawClient(await listen(server)).send(text);
    expect(await settled.promise).toEqual({ kind: 'client_aborted', status: 0 });
    await proxy.close();
    expect(isAsked).toBe(false);
  });
});

describe('a body over the limit', () => {
  it('is refused before the upstream hears of it when its length is announced', async () => {
    let connections = 0;
    const upstream = await startRawUpstream(() => connections++);
    const gateway = await startGateway(upstream.port, { maxRequestBodyBytes: 10 });
    const client = new RawClient(gateway.port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n');
    expect(await client.until((text) => text.includes('refused'))).toMatch(/413 [\s\S]*Connection: close/);
    expect(await gateway.nextOutcome()).toEqual({ kind: 'body_too_large', status: 0 });
    expect(connections).toBe(0);
  });

  it('is cut where it exceeds when it is chunked, and the upstream never sees its end', async () => {
    let received = '';
    const closed = Promise.withResolvers<void>();
    const upstream = await startRawUpstream((socket) => {
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
      });
      socket.on('end', () => socket.end());
      socket.on('close', () => closed.resolve());
    });
    const gateway = await startGateway(upstream.port, { maxRequestBodyBytes: 10 });
    const client = new RawClient(gateway.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\nabcdefgh\r\n');
    expect(await client.until((text) => text.includes('refused'))).toMatch(/413 [\s\S]*Connection: close/);
    await closed.promise;
    expect(received).not.toContain('abc');
    expect(received.endsWith('0\r\n\r\n')).toBe(false);
  });

  it('answers a client that keeps sending', async () => {
    const upstream = await startRawUpstream((socket) => socket.resume());
    const gateway = await startGateway(upstream.port, { maxRequestBodyBytes: 10 });
    const client = new RawClient(gateway.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let i = 0; i < 20; i++) client.send('8\r\n12345678\r\n');
    expect(await client.closed()).toMatch(/413 [\s\S]*Connection: close[\s\S]*refused: 413/);
  });

  it('cuts a client that sends on and on after the upstream answered', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'));
    });
    const gateway = await startGateway(upstream.port, { maxRequestBodyBytes: 100 });
    const client = new RawClient(gateway.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n');
    await client.until((text) => text.endsWith('no'));
    for (let i = 0; i < 20; i++) client.send('8\r\n12345678\r\n');
    await client.closed();
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 403 });
  });

  it('passes when it is exactly the limit', async () => {
    const upstream = await startUpstream((req, res) => req.resume().on('end', () => res.end('ok')));
    const gateway = await startGateway(upstream.port, { maxRequestBodyBytes: 10 });
    const onward = request({ port: gateway.port, method: 'POST' });
    onward.end('1234567890');
    const [reply] = (await once(onward, 'response')) as [IncomingMessage];
    reply.resume();
    expect(reply.statusCode).toBe(200);
  });
});

describe('a request that cannot be sent', () => {
  for (const [what, head] of [
    ['two Host headers', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n'],
    ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n'],
  ] as const) {
    it(`is request_invalid: ${what}`, async () => {
      const upstream = await startUpstream((_req, res) => res.end());
      const gateway = await startGateway(upstream.port);
      expect(await new RawClient(gateway.port).send(`${head}Connection: close\r\n\r\n`).closed()).toContain(
        '400 Bad Request',
      );
      expect((await gateway.nextOutcome()).kind).toBe('request_invalid');
    });
  }
});

describe('an https upstream', () => {
  it('is asked for by its own name, never by the Host that a client sent', async () => {
    const names: string[] = [];
    const port = await listen(
      createTlsServer({
        SNICallback: (name, done) => {
          names.push(name);
          done(new Error('no certificate'));
        },
      }),
    );
    const gateway = await startGateway(`https://localhost:${port}`);
    const text = await new RawClient(gateway.port).send(GET).closed();
    expect(text).toContain('502 Bad Gateway');
    expect(causeOf(await gateway.nextOutcome())).toBe('connect');
    expect(names).toEqual(['localhost']);
  });
});

describe('createProxy', () => {
  it('names a limit that is not a whole number', () => {
    expect(() => createProxy({ ...LIMITS, maxTunnels: -1 })).toThrow(
      'maxTunnels must be a whole number, 0 or more; got -1',
    );
    expect(() => prepareLimits({ ...LIMITS, maxRequestBodyBytes: 1.5 })).toThrow(
      'maxRequestBodyBytes must be a whole number, 0 or more; got 1.5',
    );
  });

  it('lets requests under way and waiting ones finish on close, and refuses later ones', async () => {
    const replies: { end(text: string): void }[] = [];
    const arrived = Promise.withResolvers<void>();
    const upstream = await startUpstream((_req, res) => {
      replies.push(res);
      if (replies.length === 1) arrived.resolve();
      else res.end('waited');
    });
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1 });
    // Both requests are in one packet, so the second waits when the first arrives.
    const client = new RawClient(gateway.port).send(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
    await arrived.promise;
    const closing = gateway.proxy.close();
    expect(await new RawClient(gateway.port).send(GET).closed()).toContain('502');
    replies[0]?.end('late but whole');
    expect(await client.closed()).toMatch(/late but whole[\s\S]*waited/);
    await closing;
  });

  it('fails everything on destroy', async () => {
    const arrived = Promise.withResolvers<void>();
    const upstream = await startUpstream(() => arrived.resolve());
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 1 });
    const client = new RawClient(gateway.port).send(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
    await arrived.promise;
    await gateway.proxy.destroy();
    expect((await client.closed()).match(/502 Bad Gateway/g)).toHaveLength(2);
  });

  it('refuses to be made without connections', () => {
    expect(() => createProxy({ ...LIMITS, connectionsPerOrigin: 0 })).toThrow('1 or more');
  });
});
