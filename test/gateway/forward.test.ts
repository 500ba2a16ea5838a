// The proxy on real sockets: what it forwards, in which form, and that it streams.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, OURS, RawClient, startGateway, startRawUpstream, startUpstream } from './gateway-harness.ts';

afterEach(closeAll);

const GET = 'GET /a%2Fb?q=1&q=2 HTTP/1.1\r\nHost: api.test\r\n';

function bodyOf(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => resolve(Buffer.concat(chunks)));
    message.on('error', reject);
  });
}

describe('a request on its way in', () => {
  it('arrives as sent, less the credential and forgeries, with ours', async () => {
    const seen: { url?: string | undefined; raw: string[] } = { raw: [] };
    const upstream = await startUpstream((req, res) => {
      seen.url = req.url;
      seen.raw = req.rawHeaders;
      res.end('ok');
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(
      `${GET}X-API-Key: secret\r\nx_miftah_key_id: forged\r\nAcCept: a\r\nCookie: c=\xe9\r\nConnection: close, X-Miftah-Key-Id\r\n\r\n`,
    );
    expect(await client.closed()).toContain('200 OK');
    expect(seen.url).toBe('/a%2Fb?q=1&q=2');
    expect(seen.raw).toEqual([
      'host',
      'api.test',
      'connection',
      'keep-alive',
      'AcCept',
      'a',
      'Cookie',
      'c=\xe9',
      ...OURS,
    ]);
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 200 });
  });

  it('carries bodies of announced and of unknown length, with one framing', async () => {
    const seen: string[] = [];
    const upstream = await startUpstream(async (req, res) => {
      const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
      seen.push(`${length ?? ''}|${coding ?? ''}|${await bodyOf(req)}`);
      res.end('ok');
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
    await gateway.nextOutcome();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n');
    await gateway.nextOutcome();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await gateway.nextOutcome();
    client.send('DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi');
    await client.closed();
    expect(seen).toEqual(['5||hello', '|chunked|hello', '0||', '2||hi']);
  });

  it('holds a fast upload back while the upstream does not read', async () => {
    const totalBytes = 48 * 1024 * 1024;
    const arrived = Promise.withResolvers<IncomingMessage>();
    const upstream = await startUpstream((req, res) => {
      req.on('end', () => res.end('done'));
      arrived.resolve(req);
    });
    const gateway = await startGateway(upstream.port);
    const onward = request({ port: gateway.port, method: 'POST', headers: { 'Content-Length': totalBytes } });
    const replied = once(onward, 'response');
    const chunk = Buffer.alloc(256 * 1024);
    let sentBytes = 0;
    const blocked = Promise.withResolvers<void>();
    const send = (): void => {
      while (sentBytes < totalBytes) {
        sentBytes += chunk.length;
        if (!onward.write(chunk)) {
          onward.once('drain', send);
          if (sentBytes > 2 * 1024 * 1024) blocked.resolve();
          return;
        }
      }
      onward.end();
    };
    send();
    const req = await arrived.promise;
    await blocked.promise;
    // The buffers of two hops hold a few megabytes; the client must keep the rest.
    await new Promise((resolve) => setImmediate(resolve));
    expect(sentBytes).toBeLessThan(totalBytes);
    let receivedBytes = 0;
    req.on('data', (data: Buffer) => {
      receivedBytes += data.length;
    });
    const [reply] = (await replied) as [IncomingMessage];
    expect(String(await bodyOf(reply))).toBe('done');
    expect(receivedBytes).toBe(totalBytes);
  });

  it('lives on when the upstream answers before it read a small body', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'));
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n').send('x'.repeat(1000));
    expect(await client.until((text) => text.endsWith('no'))).toContain('403 Forbidden');
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 403 });
    client.send('x'.repeat(59_000));
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await client.closed()).match(/403 Forbidden/g)).toHaveLength(2);
  });

  it('reuses the upstream connection', async () => {
    let connections = 0;
    const upstream = await startUpstream((_req, res) => res.end('ok'));
    upstream.server.on('connection', () => connections++);
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port);
    for (let i = 1; i <= 20; i++) {
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.until((text) => (text.match(/200 OK/g) ?? []).length === i);
    }
    expect(connections).toBe(1);
  });
});

describe('a reply on its way out', () => {
  it('keeps status, reason, repeated headers, their order and spelling', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 299 Quite Fine\r\nDate: today\r\nSet-Cookie: a=1\r\nx-odd: \xe9\r\nSET-cookie: b=2\r\nX-Request-Id: theirs\r\nX-Miftah-Org: forged\r\nConnection: x-hop\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nok',
          'latin1',
        ),
      );
    });
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port).send(`${GET}Connection: close\r\n\r\n`).closed();
    expect(text).toBe(
      'HTTP/1.1 299 Quite Fine\r\nDate: today\r\nSet-Cookie: a=1\r\nx-odd: \xe9\r\nSET-cookie: b=2\r\nContent-Length: 2\r\n' +
        'X-Request-Id: req_1\r\nVary: X-API-Key\r\nCache-Control: private\r\nConnection: close\r\n\r\nok',
    );
  });

  it('replaces a reason phrase that Node would refuse', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 404 Pas trouv\xe9\r\nContent-Length: 0\r\n\r\n', 'latin1'));
    });
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port).send(`${GET}Connection: close\r\n\r\n`).closed();
    expect(text).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  });

  for (const [what, request_, reply, expected] of [
    [
      'HEAD',
      'HEAD',
      'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
      /200 OK[\s\S]*Content-Length: 500[\s\S]*\r\n\r\n$/,
    ],
    [
      '204',
      'GET',
      'HTTP/1.1 204 No Content\r\n\r\n',
      /204 No Content(?![\s\S]*(Content-Length|Transfer-Encoding))[\s\S]*\r\n\r\n$/,
    ],
    [
      '304',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n',
      /304[\s\S]*ETag: "a"[\s\S]*Content-Length: 9[\s\S]*\r\n\r\n$/,
    ],
  ] as const) {
    it(`passes a ${what} without a body, and the connection stays usable`, async () => {
      const upstream = await startRawUpstream((socket) => socket.on('data', () => socket.write(reply)));
      const gateway = await startGateway(upstream.port);
      const client = new RawClient(gateway.port);
      client.send(`${request_} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(await client.until((text) => text.includes('\r\n\r\n'))).toMatch(expected);
      await gateway.nextOutcome();
      client.text = '';
      client.send(`${request_} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(await client.closed()).toMatch(expected);
    });
  }

  it.each([1, 4096, 4097])('keeps all bytes of a body of %i', async (length) => {
    const body = Buffer.from(Array.from({ length }, (_, at) => 255 - (at % 256)));
    const upstream = await startUpstream((_req, res) => res.writeHead(200, { 'Content-Length': length }).end(body));
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(`${GET}\r\n`);
    const text = await client.until((all) => all.endsWith(body.toString('latin1')));
    expect(text).toContain(`Content-Length: ${length}\r\n`);
  });

  const held = {
    'announced, in one piece': 'Content-Length: 7\r\n\r\nthe end',
    'in chunks': 'Transfer-Encoding: chunked\r\n\r\n7\r\nthe end\r\n0\r\n\r\n',
    empty: 'X-Is: the end\r\nContent-Length: 0\r\n\r\n',
  };
  it.each(Object.entries(held))('sends the last byte after its outcome was recorded: %s', async (_how, rest) => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\n${rest}`));
    });
    const gateway = await startGateway(upstream.port);
    const recording = Promise.withResolvers<void>();
    gateway.recorded = recording.promise;
    const client = new RawClient(gateway.port).send(`${GET}Connection: close\r\n\r\n`);
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 200 });
    // A reply that needs no record goes out in the meantime.
    const other = new RawClient(gateway.port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n');
    await other.until((text) => text.includes(' 413 '));
    expect(client.text).not.toMatch(/the end$|the end\r\n[\s\S]*\r\n\r\n$/);
    recording.resolve();
    expect(await client.closed()).toMatch(/the end(\r\n|$)/);
  });

  it('keeps apart what comes for many at once', async () => {
    const bodyFor = (path: string) => path.repeat(20);
    const upstream = await startUpstream((req, res) => res.end(bodyFor(req.url as string)));
    const gateway = await startGateway(upstream.port, { requestsPerOrigin: 200 });
    const paths = Array.from({ length: 200 }, (_, at) => `/${at}`);
    const bodies = await Promise.all(paths.map(async (path) => (await fetch(`${gateway.origin}${path}`)).text()));
    expect(bodies).toEqual(paths.map(bodyFor));
  });

  it('gives a reply that ends with the connection a framing of its own', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello'));
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(`${GET}\r\n`);
    expect(await client.until((text) => text.endsWith('0\r\n\r\n'))).toMatch(
      /Transfer-Encoding: chunked[\s\S]*5\r\nhello\r\n0/,
    );
  });

  it('sends the head at once and each event as it comes', async () => {
    const opened = Promise.withResolvers<{ write(text: string): void; end(): void }>();
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.flushHeaders();
      opened.resolve(res);
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send(`${GET}\r\n`);
    await client.until((text) => text.includes('\r\n\r\n'));
    const stream = await opened.promise;
    for (const event of ['data: one\n\n', 'data: two\n\n']) {
      stream.write(event);
      expect(await client.until((text) => text.includes(event))).toContain(event);
    }
    stream.end();
    expect(await client.until((text) => text.endsWith('0\r\n\r\n'))).toContain('two');
  });

  it('reads no further while the client does not', async () => {
    const totalBytes = 48 * 1024 * 1024;
    let writtenBytes = 0;
    const blocked = Promise.withResolvers<void>();
    const upstream = await startUpstream((_req, res) => {
      const chunk = Buffer.alloc(256 * 1024);
      const write = (): void => {
        while (writtenBytes < totalBytes) {
          writtenBytes += chunk.length;
          if (!res.write(chunk)) {
            if (writtenBytes > 2 * 1024 * 1024) blocked.resolve();
            res.once('drain', write);
            return;
          }
        }
        res.end();
      };
      write();
    });
    const gateway = await startGateway(upstream.port);
    const onward = request({ port: gateway.port }).end();
    const [reply] = (await once(onward, 'response')) as [IncomingMessage];
    await blocked.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(writtenBytes).toBeLessThan(totalBytes);
    let receivedBytes = 0;
    for await (const chunk of reply) receivedBytes += (chunk as Buffer).length;
    expect(receivedBytes).toBe(totalBytes);
    expect(await gateway.nextOutcome()).toEqual({ kind: 'answered', status: 200 });
  });

  it('cuts a client that stops reading for longer than the limit', async () => {
    const closed = Promise.withResolvers<void>();
    const upstream = await startUpstream((_req, res) => {
      res.on('close', () => closed.resolve());
      const chunk = Buffer.alloc(1024 * 1024);
      const write = (): void => {
        while (res.write(chunk));
        res.once('drain', write);
      };
      write();
    });
    const gateway = await startGateway(upstream.port, { clientStallTimeoutMs: 300 });
    const client = new RawClient(gateway.port).send(`${GET}\r\n`);
    client.socket.pause();
    await closed.promise;
    expect(await gateway.nextOutcome()).toEqual({ kind: 'client_aborted', status: 200 });
  });

  it('forwards informational replies and then the final one', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        ),
      );
    });
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port).send(`${GET}Connection: close\r\n\r\n`).closed();
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  it('forwards trailers, less those that are ours', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Grpc-Status\r\n\r\n2\r\nok\r\n0\r\nGrpc-Status: 0\r\nX-Miftah-Org: x\r\n\r\n',
        ),
      );
    });
    const gateway = await startGateway(upstream.port);
    const text = await new RawClient(gateway.port).send(`${GET}Connection: close\r\n\r\n`).closed();
    expect(text.endsWith('2\r\nok\r\n0\r\nGrpc-Status: 0\r\n\r\n')).toBe(true);
  });
});

describe('a client that pipelines', () => {
  it('gets the replies in the order it asked, whichever upstream is first', async () => {
    const held: { end(text: string): void }[] = [];
    const upstream = await startUpstream((req, res) => {
      if (req.url === '/first') held.push(res);
      else {
        res.end('second');
        held[0]?.end('first');
      }
    });
    const gateway = await startGateway(upstream.port);
    const client = new RawClient(gateway.port).send('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
    client.send('GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.closed()).toMatch(/first[\s\S]*second$/);
  });
});

describe('many clients at once', () => {
  it('keeps every body with its own request, and to the limit of connections', async () => {
    const upstream = await startUpstream(async (req, res) => {
      const body = await bodyOf(req);
      res.end(`${req.url} ${body}`);
    });
    let connections = 0;
    upstream.server.on('connection', () => connections++);
    const gateway = await startGateway(upstream.port, { connectionsPerOrigin: 4 });
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const headers = { 'X-Key': `org_${i % 20}.key_${i}` };
        const method = i % 2 === 0 ? 'POST' : 'GET';
        const onward = request({ port: gateway.port, path: `/${i}`, method, agent, headers });
        onward.end(i % 2 === 0 ? `body ${i}` : undefined);
        const [reply] = (await once(onward, 'response')) as [IncomingMessage];
        return String(await bodyOf(reply));
      }),
    );
    agent.destroy();
    expect(connections).toBe(4);
    expect(answers).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? `/${i} body ${i}` : `/${i} `)));
  });
});

describe('an upstream that is gone from the configuration', () => {
  it('serves the requests that were decided before, and keeps no connection', async () => {
    const held: ServerResponse[] = [];
    const upstream = await startUpstream((req, res) => void (req.url === '/held' ? held.push(res) : res.end('ok')));
    const connections = () => promisify(upstream.server.getConnections.bind(upstream.server))();
    const gateway = await startGateway(upstream.port);
    const call = (path: string) => new RawClient(gateway.port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const isAnswered = (text: string) => text.endsWith('ok');
    await Promise.all(['/a', '/b'].map((path) => call(path).until(isAnswered)));
    const waiting = call('/held');
    await expect.poll(() => held.length).toBe(1);
    gateway.proxy.keepOnly(new Set());
    await expect.poll(connections).toBe(1);

    // The proxy of this gateway still sends here, like a request that was decided just before.
    expect(await call('/late').until(isAnswered)).toContain('200 OK');
    await expect.poll(connections).toBe(1);
    held[0]?.end('ok');
    expect(await waiting.until(isAnswered)).toContain('200 OK');
    await expect.poll(connections).toBe(0);
    expect(await call('/later').until(isAnswered)).toContain('200 OK');
    await gateway.proxy.close();
    await expect.poll(connections).toBe(0);
  });
});
