// Endpoints that misbehave, all at once beside a good one: no request reaches what it must not, and the good one gets its
// events. `npm test` has one of each kind; `MIFTAH_HOSTILE=100` has a hundred endpoints.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit-record.ts';
import { createSecretSeal, newSigningSecret } from '../../src/domain/webhook-endpoint.ts';
import { compileTargets } from '../../src/domain/webhook-target.ts';
import { createHeldRight } from '../../src/engine/held-right.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import { createPost, type PostFailure } from '../../src/webhooks/post.ts';
import { startSender } from '../../src/webhooks/sender.ts';
import { createAuthority } from '../certificates.ts';
import { openReceiver } from './receiver.ts';

const nowMs = Date.parse('2026-11-21T09:30:00Z');
const seal = createSecretSeal('a session secret of a server, long enough');
/** All of 127.0.0.0/8 is this machine. The sender may reach this address, and no other. */
const allowedAddress = '127.0.0.2';
const events = 20;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: Server, address = allowedAddress): Promise<number> {
  server.listen(0, address);
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const open = (handler: RequestListener) => listen(createServer(handler));

test('hostile endpoints reach nothing, and stall no one', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-hostile-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const storage = await openSqlite({ file: join(folder, 'miftah.db') });
  closers.push(() => storage.close());

  let forbidden = 0;
  const inner = createTcpServer((socket) => {
    forbidden++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(inner, 'listening');
  closers.push(() => void inner.close());
  const innerPort = (inner.address() as AddressInfo).port;

  const authority = createAuthority(folder, 'Test CA');
  const other = authority.sign('other.example', 'DNS:other.example');
  let tlsRequests = 0;
  const files = { cert: readFileSync(other.certFile), key: readFileSync(other.keyFile) };
  const tlsPort = await listen(
    createTlsServer(files, (_, res) => {
      tlsRequests++;
      res.end();
    }),
  );

  const redirect = await open((req, res) =>
    res.writeHead(Number(req.url?.slice(1)), { location: `http://127.0.0.1:${innerPort}/` }).end(),
  );
  const silent = await open(() => undefined);
  const slow = await open((req) => {
    req.socket.write('HTTP/1.1 200 OK\r\nx: ');
    const timer = setInterval(() => req.socket.write('x'), 20);
    req.socket.once('close', () => clearInterval(timer)).on('error', () => undefined);
  });
  const headless = await open((req) => {
    req.socket.on('error', () => undefined);
    req.socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`);
  });
  const endless = await open((_, res) => {
    res.writeHead(200).on('drain', () => res.write('x'.repeat(65_536)));
    res.write('x'.repeat(1 << 20));
  });
  const large = await open((_, res) => void res.writeHead(200).end(Buffer.alloc(10_000_000)));
  const slowBody = await open((_, res) => void res.writeHead(200).write('x'));
  const closed = await open(() => undefined);
  await closers.pop()?.();

  /** The answers of a name server that changes its mind. */
  const lookUps = new Map<string, number>();
  const resolve = async (host: string) => {
    const count = lookUps.get(host) ?? 0;
    lookUps.set(host, count + 1);
    if (host.startsWith('private')) return ['127.0.0.1'];
    if (host.startsWith('metadata')) return ['169.254.169.254'];
    if (host.startsWith('mixed')) return [allowedAddress, '127.0.0.1'];
    // Allowed when it is checked, private when something asks again.
    if (host.startsWith('rebinding')) return count === 0 ? [allowedAddress] : ['127.0.0.1'];
    return [allowedAddress];
  };
  type End = PostFailure | 'status' | null;
  const hostile: readonly (readonly [name: string, url: (at: number) => string, end: End])[] = [
    ['redirect 302', () => `http://${allowedAddress}:${redirect}/302`, 'status'],
    ['redirect 307', () => `http://${allowedAddress}:${redirect}/307`, 'status'],
    ['a private address', () => `http://127.0.0.1:${innerPort}/`, 'address_not_allowed'],
    ['a private address by name', (at) => `http://private${at}.example:${innerPort}/`, 'address_not_allowed'],
    ['the metadata service by name', (at) => `http://metadata${at}.example/`, 'address_not_allowed'],
    ['an allowed and a private address', (at) => `http://mixed${at}.example:${innerPort}/`, 'address_not_allowed'],
    ['rebinding', (at) => `http://rebinding${at}.example:${innerPort}/`, 'connection_failed'],
    ['silent', () => `http://${allowedAddress}:${silent}/`, 'timed_out'],
    ['a slow head', () => `http://${allowedAddress}:${slow}/`, 'timed_out'],
    ['a head without end', () => `http://${allowedAddress}:${headless}/`, 'connection_failed'],
    ['a slow body', () => `http://${allowedAddress}:${slowBody}/`, null],
    ['an endless body', () => `http://${allowedAddress}:${endless}/`, null],
    ['a body of 10 MB', () => `http://${allowedAddress}:${large}/`, null],
    ['a closed port', () => `http://${allowedAddress}:${closed}/`, 'connection_failed'],
    ['TLS with a wrong name', (at) => `https://hooks${at}.example:${tlsPort}/`, 'tls_failed'],
  ];
  const count = Number(process.env.MIFTAH_HOSTILE ?? hostile.length);
  const create = (id: string, url: string) =>
    storage.management.createEndpoint({
      ...{ id, orgId: null, name: id, url, types: 'all', format: 'standard', signature: 'hmac', former: null },
      ...{ disabled: null, sealedSecret: seal.seal(newSigningSecret('hmac'), id), createdAtMs: nowMs },
    });
  for (let at = 0; at < count; at++) {
    const [, url] = hostile[at % hostile.length] as (typeof hostile)[number];
    await create(`wh_${at}`, url(at));
  }
  const good = await openReceiver();
  closers.push(() => good.close());
  const goodUrl = good.url.replace('127.0.0.1', 'localhost');
  await create('wh_good', goodUrl);
  const entry: AuditEntry = {
    ...{ atMs: nowMs, actor: { kind: 'operator', id: null, label: 'operator token' }, via: 'admin_api', address: null },
    ...{ requestId: null, action: 'org.created', target: { kind: 'org', id: 'org_1' }, orgId: null },
    ...{ before: null, after: {} },
  };
  await storage.management.transaction(async ({ appendAudit }) => {
    for (let at = 0; at < events; at++) await appendAudit(entry);
  });

  const faults: unknown[] = [];
  const impatient = createPost({
    ...{ allowed: compileTargets([allowedAddress]), timeoutMs: 2_000, resolve },
    ca: readFileSync(authority.certFile, 'utf8'),
  });
  // The clock stands still: an attempt that a busy machine fails would not be repeated.
  const patient = createPost({ allowed: compileTargets(['localhost']), timeoutMs: 100_000 });
  const sender = startSender({
    right: createHeldRight({ holder: 'test', store: storage.sendingRight }),
    ...{ store: storage.webhooks, seal, clock: { nowMs: () => nowMs }, random: () => 0 },
    post: (posted) => (posted.url === goodUrl ? patient : impatient)(posted),
    timer: { start: () => () => undefined },
    onDisabled: () => undefined,
    onFault: (error) => faults.push(error),
  });
  closers.push(() => sender.close());

  await good.until(({ length }) => length === events);
  const firstEnd = async (at: number) => {
    const { items } = await storage.management.listDeliveries(`wh_${at}`, { limit: events });
    const ended = items.findLast(({ lastAtMs }) => lastAtMs !== null);
    return ended === undefined ? 'none' : ended.lastError;
  };
  for (let at = 0; at < count; at++) {
    const [name, , end] = hostile[at % hostile.length] as (typeof hostile)[number];
    await expect.poll(() => firstEnd(at), { timeout: 100_000, message: name }).toBe(end);
  }
  expect({ forbidden, tlsRequests, faults }).toEqual({ forbidden: 0, tlsRequests: 0, faults: [] });
  process.stdout.write(
    `${count} hostile endpoints: 0 connections to what is not allowed, ${events} of ${events} events at the good one\n`,
  );
});
