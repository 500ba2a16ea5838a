// Why TLS to an upstream fails: the log of the proxy and `doctor` name the reason.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { checkUpstreams } from '../../src/cli/doctor/network.ts';
import { reasonOf } from '../../src/gateway/outcome.ts';
import { type Certificate, createAuthority } from '../certificates.ts';
import { freePort } from '../free-port.ts';
import { closeAll, listen, RawClient, startGateway } from './gateway-harness.ts';

const trustedBefore = getCACertificates('default');
let folder: string;
let certificates: Record<'right' | 'expired' | 'stranger' | 'selfSigned' | 'ofStranger' | 'ofOtherName', Certificate>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-tls-'));
  const authority = createAuthority(folder, 'trusted');
  const stranger = createAuthority(folder, 'stranger');
  const names = 'DNS:localhost';
  certificates = {
    stranger,
    right: authority.sign('right', names),
    expired: authority.sign('expired', names, -1),
    selfSigned: createAuthority(folder, 'localhost'),
    ofStranger: stranger.sign('of stranger', names),
    ofOtherName: authority.sign('of other name', 'DNS:api.vendor.example'),
  };
  setDefaultCACertificates([authority.cert]);
});
afterAll(() => {
  setDefaultCACertificates(trustedBefore);
  rmSync(folder, { recursive: true });
});
afterEach(closeAll);

async function startTls({ key, cert }: Certificate): Promise<number> {
  return listen(createServer({ key, cert }, (_req, res) => res.end('ok')));
}

function apisAt(origin: string, tls?: object) {
  const upstream = { origin, basePath: '', host: undefined, tls, paths: [] };
  return [{ id: 'a', upstream: { live: upstream, test: upstream } }] as unknown as Parameters<
    typeof checkUpstreams
  >[0]['apis'];
}

test.each<[string, () => Promise<number>, string]>([
  ['expired', () => startTls(certificates.expired), 'has a certificate that expired'],
  ['self-signed', () => startTls(certificates.selfSigned), 'has a self-signed certificate'],
  [
    'of an unknown authority',
    () => startTls(certificates.ofStranger),
    'has a certificate of an unknown certificate authority',
  ],
  [
    'for another name',
    () => startTls(certificates.ofOtherName),
    'has a certificate for another name (DNS:api.vendor.example)',
  ],
  ['no TLS', () => listen(createPlainServer((_req, res) => res.end('ok'))), 'does not speak TLS'],
  [
    'closed during the handshake',
    () => listen(createNetServer((socket) => socket.once('data', () => socket.end()))),
    'closed the connection during the TLS handshake',
  ],
])('%s', async (_what, start, reason) => {
  const origin = `https://localhost:${await start()}`;
  const gateway = await startGateway(origin);
  await new RawClient(gateway.port).send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n').closed();
  const outcome = await gateway.nextOutcome();
  expect(outcome).toMatchObject({ kind: 'upstream_failed', cause: 'connect' });
  expect(outcome.kind === 'upstream_failed' && reasonOf(outcome.error)).toBe(reason);

  expect(await checkUpstreams({ apis: apisAt(origin) })).toMatchObject([
    { check: 'upstream', status: 'fail', message: `${origin} ${reason}`, fix: expect.stringMatching(/^[A-Z].+\.$/) },
  ]);
});

test('nothing is amiss where the certificate is right', async () => {
  const origin = `https://localhost:${await startTls(certificates.right)}`;
  expect(await checkUpstreams({ apis: apisAt(origin) })).toMatchObject([
    { status: 'ok', message: `${origin} accepts connections, and its certificate is right` },
  ]);
});

test('doctor uses the authority and the name of the configuration', async () => {
  const { key, cert } = certificates.ofStranger;
  const origin = `https://127.0.0.1:${await listen(createServer({ key, cert }, (_req, res) => res.end('ok')))}`;
  const ca = join(folder, 'own-authority.pem');
  writeFileSync(ca, certificates.stranger.cert);
  const found = async (tls: object) =>
    (await checkUpstreams({ apis: apisAt(origin, tls) })).map(({ status }) => status);
  expect(await found({ ca, serverName: 'localhost' })).toEqual(['ok']);
  expect(await found({ ca })).toEqual(['fail']);
  expect(await found({ serverName: 'localhost' })).toEqual(['fail']);
});

test('an upstream that is away is told by its code', async () => {
  const gateway = await startGateway(await freePort());
  await new RawClient(gateway.port).send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n').closed();
  const outcome = await gateway.nextOutcome();
  expect(outcome.kind === 'upstream_failed' && reasonOf(outcome.error)).toBe('ECONNREFUSED');
});
