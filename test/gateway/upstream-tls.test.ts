// HTTPS upstreams: the certificate must be the upstream's own, whatever a client writes into its Host header.
import { createServer, type Server } from 'node:https';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { tlsNameOf } from '../../src/gateway/upstream.ts';
import { type Certificate, createOwnAuthority, type OwnAuthority } from '../certificates.ts';
import { closeAll, type Gateway, listen, RawClient, startGateway } from './gateway-harness.ts';

const publicName = 'api.vendor.example';
const trustedBefore = getCACertificates('default');
let authority: OwnAuthority;

/** A certificate of the test's own authority, by what it is for. */
const certificates = new Map<string, Certificate>();
const subjects = {
  address: 'IP:127.0.0.1',
  ipv6: 'IP:::1',
  localhost: 'DNS:localhost',
  public: `DNS:${publicName}`,
  /** An address that is written as a DNS name does not count as an address (RFC 9110 §4.3.5). */
  addressAsName: 'DNS:127.0.0.1',
} as const;
type Subject = keyof typeof subjects;

beforeAll(() => {
  authority = createOwnAuthority();
  for (const [name, alternatives] of Object.entries(subjects))
    certificates.set(name, authority.sign(name, alternatives));
  setDefaultCACertificates([authority.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trustedBefore);
  authority.remove();
});
afterEach(closeAll);

interface TlsUpstream {
  readonly port: number;
  readonly server: Server;
  /** The server name that each connection asked for; `false`: none. */
  readonly names: (string | false | null)[];
}

function credentialsOf(subject: Subject): Pick<Certificate, 'key' | 'cert'> {
  const { key, cert } = certificates.get(subject) as Certificate;
  return { key, cert };
}

async function startTlsUpstream(
  subject: Subject,
  { host, maxVersion }: { readonly host?: string; readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' } = {},
): Promise<TlsUpstream> {
  const names: TlsUpstream['names'] = [];
  const limits = maxVersion === undefined ? {} : { maxVersion };
  // Each reply ends its connection, so that the next request opens one, and may resume the session.
  const server = createServer({ ...credentialsOf(subject), ...limits }, (_req, res) =>
    res.writeHead(200, { Connection: 'close' }).end('whole'),
  );
  server.on('secureConnection', (socket: TLSSocket) => names.push(socket.servername as string | false | null));
  return { port: await listen(server, host), server, names };
}

/** The status that a client gets for this Host header. */
async function ask(gateway: Gateway, hostHeader: string): Promise<string> {
  const text = `GET / HTTP/1.1\r\nHost: ${hostHeader}\r\nConnection: close\r\n\r\n`;
  return (await new RawClient(gateway.port).send(text).closed()).slice(9, 12);
}

const hostHeaders = [publicName, 'localhost', '127.0.0.1', 'other.example:443', '[::1]'];

test.each<[string, Subject, string, string | undefined, '200' | '502']>([
  ['an address whose certificate names it', 'address', '127.0.0.1', undefined, '200'],
  ['an address with the certificate of the public name', 'public', '127.0.0.1', undefined, '502'],
  ['an address with the certificate of another name of this machine', 'localhost', '127.0.0.1', undefined, '502'],
  ['an address with a certificate that has it as a name', 'addressAsName', '127.0.0.1', undefined, '502'],
  ['an IPv6 address whose certificate names it', 'ipv6', '[::1]', '::1', '200'],
  ['an IPv6 address with the certificate of the IPv4 one', 'address', '[::1]', '::1', '502'],
  ['an IPv6 address with the certificate of the public name', 'public', '[::1]', '::1', '502'],
  ['a name whose certificate names it', 'localhost', 'localhost', undefined, '200'],
  ['a name with the certificate of the public name', 'public', 'localhost', undefined, '502'],
  ['a name with the certificate of its address', 'address', 'localhost', undefined, '502'],
])('%s', async (_what, subject, hostname, host, status) => {
  const upstream = await startTlsUpstream(subject, { ...(host !== undefined && { host }) });
  const gateway = await startGateway(`https://${hostname}:${upstream.port}`);
  // Twice each, because a refused session must not be resumed.
  for (const hostHeader of [...hostHeaders, ...hostHeaders]) {
    expect([hostHeader, await ask(gateway, hostHeader)]).toEqual([hostHeader, status]);
  }
  const isName = hostname.startsWith('localhost');
  for (const name of upstream.names) expect(name).toBe(isName ? 'localhost' : false);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  '%s: a session that one name was verified for serves no other',
  async (maxVersion) => {
    const upstream = await startTlsUpstream('localhost', { maxVersion });
    const byName = await startGateway(`https://localhost:${upstream.port}`);
    const byAddress = await startGateway(`https://127.0.0.1:${upstream.port}`);
    const resumed: boolean[] = [];
    upstream.server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
    expect([await ask(byName, publicName), await ask(byName, publicName)]).toEqual(['200', '200']);
    expect(resumed).toEqual([false, true]);
    // The client's Host is the name for which the session was verified.
    expect([await ask(byAddress, 'localhost'), await ask(byAddress, 'localhost')]).toEqual(['502', '502']);
    expect(await ask(byName, '127.0.0.1')).toBe('200');
  },
);

test('one connection serves clients that name different hosts', async () => {
  const upstream = await startTlsUpstream('address');
  upstream.server.removeAllListeners('request');
  upstream.server.on('request', (_req, res) => res.end('whole'));
  const gateway = await startGateway(`https://127.0.0.1:${upstream.port}`);
  for (const hostHeader of hostHeaders) expect(await ask(gateway, hostHeader)).toBe('200');
  expect(upstream.names).toEqual([false]);
});

test.each<[string, Subject, string]>([
  ['opens to an address whose certificate names it', 'address', '101'],
  ['does not open to an address with the certificate of the public name', 'public', '502'],
])('a WebSocket %s', async (_what, subject, status) => {
  const upstream = await startTlsUpstream(subject);
  const sockets = new WebSocketServer({ server: upstream.server });
  const gateway = await startGateway(`https://127.0.0.1:${upstream.port}`);
  const client = new RawClient(gateway.port).send(
    `GET / HTTP/1.1\r\nHost: ${publicName}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  const text = await client.until((received) => received.includes('\r\n\r\n'));
  expect(text.slice(9, 12)).toBe(status);
  sockets.close();
});

test.each([
  ['upstream.example', 'upstream.example'],
  ['upstream.example.', 'upstream.example'],
  ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ['192.0.2.1', undefined],
  ['[2001:db8::1]', undefined],
])('TLS asks %s for %s', (hostname, name) => {
  expect(tlsNameOf(hostname)).toBe(name);
});
