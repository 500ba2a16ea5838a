// The audit log in a real rsyslog over TLS and at an HTTP server, and `miftah audit verify --received` over what came.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SignedSegment } from '../../src/audit/delivery.ts';
import { createHttpDelivery, parseRetryAfter } from '../../src/audit/http-delivery.ts';
import { boundsOf } from '../../src/audit/signed-segment.ts';
import { createSyslogDelivery } from '../../src/audit/syslog-delivery.ts';
import { openMiftah } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type AuditRecord, chainStart } from '../../src/domain/audit-record.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { createOwnAuthority, type OwnAuthority } from '../certificates.ts';
import { runHere } from '../cli/in-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { type RsyslogServer, startRsyslog } from '../rsyslog-server.ts';

const hostile = '"] \\ <109>1 نابلس 🔑';

let rsyslog: RsyslogServer;
let server: TestServer;
let authority: OwnAuthority;
let jwks: string;
const posted: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
const receiver = createHttpServer(async (req, res) => {
  let body = '';
  for await (const part of req.setEncoding('utf8')) body += part;
  posted.push({ headers: req.headers, body });
  // The first request fails, so that its records come again.
  res.writeHead(posted.length === 1 ? 503 : 204).end();
});
const logged: string[] = [];

const audit = (...args: readonly string[]) =>
  runHere(['audit', ...args], {
    cwd: server.folder,
    env: { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_DATA: join(server.folder, 'data') },
  });

/** Checks lines as `audit verify --received` does. */
async function verify(text: string, keys = jwks) {
  const file = join(server.folder, 'received.jsonl');
  writeFileSync(file, text);
  const { code, stdout, stderr } = await audit('verify', '--received', file, '--jwks', keys, '--json');
  return { code, ...JSON.parse(stdout || stderr) };
}

async function untilSent(): Promise<void> {
  for (let waiting = 1; waiting > 0; ) {
    const { body } = await server.admin('GET', '/v1/audit/destinations');
    waiting = Math.max(...(body.data as { waiting: number }[]).map((each) => each.waiting));
  }
}

beforeAll(async () => {
  rsyslog = await startRsyslog();
  authority = createOwnAuthority();
  receiver.listen(await freePort(), '127.0.0.1');
  await once(receiver, 'listening');
  const credentialFile = join(authority.folder, 'credential');
  writeFileSync(credentialFile, 'Bearer abc123\n');
  const { ca, cert, key } = rsyslog.files;
  const { port } = receiver.address() as AddressInfo;
  server = await startTestServer({
    extra: `
audit:
  export:
    - name: siem
      syslog: { host: localhost, port: ${rsyslog.port}, tls: { ca: ${ca}, cert: ${cert}, key: ${key} } }
    - name: lake
      http: { url: "http://127.0.0.1:${port}/audit?token=hidden", credentialFile: ${credentialFile} }
`,
    log: pino({}, { write: (line: string) => void logged.push(line) }),
  });
  const org = await server.createOrg();
  expect(await server.admin('PATCH', `/v1/orgs/${org}`, { name: hostile })).toMatchObject({ status: 200 });
  // A state of 64 KiB, which no route makes.
  await server.server.miftah.storage.management.transaction(({ appendAudit }) =>
    appendAudit({
      ...{ atMs: Date.now(), actor: { kind: 'system', id: null, label: `a\n\u0007${hostile}` }, via: 'library' },
      ...{ address: null, requestId: null, action: 'org.updated', target: { kind: 'org', id: org }, orgId: org },
      ...{ before: null, after: { name: 'é'.repeat(65_536) } },
    }),
  );
  jwks = join(server.folder, 'jwks.json');
  const reply = await fetch(`http://127.0.0.1:${server.internalPort}/.well-known/jwks.json`);
  writeFileSync(jwks, await reply.text());
  await untilSent();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rsyslog.stop();
  receiver.close();
  authority.remove();
});

test('both destinations have every record, signed, and the same', async () => {
  const siem = await rsyslog.read();
  const lake = posted.map(({ body }) => body).join('');
  const report = { code: 0, ok: true, records: 3, firstSeq: 1 };
  const ofSiem = await verify(siem);
  expect(ofSiem).toMatchObject({ ...report, repeated: 0 });
  const ofLake = await verify(lake);
  expect(ofLake).toMatchObject({ ...report, head: ofSiem.head });
  expect(ofLake.repeated).toBeGreaterThan(0);
  const log = await audit('verify', '-q');
  expect(log.stdout.trim()).toBe(ofSiem.head);
  const names = siem.split('\n').flatMap((line) => (line.includes('"org.updated"') ? JSON.parse(line).after.name : []));
  expect(names).toEqual([hostile, 'é'.repeat(65_536)]);
  const shown = await audit('verify', '--received', join(server.folder, 'received.jsonl'), '--jwks', jwks);
  expect(shown.stdout).toMatch(/^intact: 3 records\n\d signatures hold; \d records arrived again\n/);
});

test('requests are JSON lines with the credential, which no log and no answer has', async () => {
  expect(posted[0]?.headers).toMatchObject({ authorization: 'Bearer abc123', 'content-type': 'application/x-ndjson' });
  const failure = logged.find((line) => line.includes('could not send the audit log'));
  expect(failure).toMatch(/"destination":"lake".*answered 503: the receiver fails/);
  expect(logged.find((line) => line.includes('sends the audit log again'))).toContain('"destination":"lake"');
  const { body } = await server.admin('GET', '/v1/audit/destinations');
  expect(body.data).toMatchObject([
    { name: 'siem', confirmedSeq: 3, waiting: 0, waitingSince: null, failure: null },
    { name: 'lake', confirmedSeq: 3, waiting: 0, waitingSince: null, failure: null },
  ]);
  expect(`${logged.join()}${JSON.stringify(body)}`).not.toMatch(/abc123|hidden/);
});

test('commands, metrics and doctor show the destinations', async () => {
  const { stdout } = await audit('destinations');
  expect(stdout).toMatch(/^siem +3 +\d{4}-\S+ +0/m);
  const scraped = await (await fetch(`http://127.0.0.1:${server.internalPort}/metrics`)).text();
  expect(scraped).toContain('miftah_audit_export_waiting_records{destination="siem"} 0');
  expect(scraped).toContain('miftah_audit_export_lag_seconds{destination="lake"} 0');
  expect(scraped).toContain('miftah_audit_export_records_total{destination="siem"} 3');
  expect(scraped).toMatch(/miftah_audit_export_failures_total\{destination="lake"\} [1-9]/);
  const { checkAuditExport } = await import('../../src/cli/doctor/audit-export.ts');
  const { readExports } = await import('../../src/storage/sqlite/kept-file.ts');
  const states = await readExports(join(server.folder, 'data', 'miftah.db'), ['siem', 'new']);
  expect(checkAuditExport(states?.slice(0, 1), Date.now())).toMatchObject({
    status: 'ok',
    message: 'siem: has all records',
  });
  expect(checkAuditExport(states, Date.now() + 10 * 60_000)).toMatchObject({ status: 'ok' });
  const late = checkAuditExport(states, Date.now() + 20 * 60_000);
  expect(late).toMatchObject({ status: 'warn' });
  expect(late.message).toMatch(/new: 3 records wait since \d{4}-/);
});

describe('audit verify --received finds', () => {
  const other = () => {
    const file = join(server.folder, 'other.json');
    writeFileSync(file, '{"keys":[]}');
    return file;
  };
  /** The lines of rsyslog, record by record, with the signed line after them. */
  const change = async (edit: (lines: string[]) => string[]) =>
    edit((await rsyslog.read()).trimEnd().split('\n'))
      .map((line) => `${line}\n`)
      .join('');
  const isSigned = (line: string) => line.startsWith('{"segment"');

  test.for<[what: string, kind: string, edit: (lines: string[]) => string[]]>([
    ['a changed record', 'changed', (lines) => lines.map((line) => line.replace('"org.created"', '"org.deleted"'))],
    ['a missing record', 'missing', (lines) => lines.filter((line) => !line.includes('"seq":2,'))],
    ['a missing end', 'not_signed', (lines) => lines.slice(0, -1)],
    [
      'a signature over other records',
      'signature_invalid',
      (lines) => lines.map((line) => (isSigned(line) ? line.replace('"firstSeq":1', '"firstSeq":2') : line)),
    ],
    [
      'a signature before its records',
      'segment_changed',
      (lines) => lines.toSorted((a, b) => +isSigned(b) - +isSigned(a)),
    ],
    [
      'a forged record beside the true one',
      'not_chained',
      (lines) => [...lines, (lines[0] as string).replace(/"hash":"\w{4}/, '"hash":"0000')],
    ],
    ['a line of another program', 'unreadable', (lines) => [...lines, 'rsyslogd was HUPed']],
  ])('%s', async ([, kind, edit]) => {
    expect(await verify(await change(edit))).toMatchObject({ code: 1, ok: false, fault: { kind } });
  });

  test('keys of another installation', async () => {
    expect(await verify(await rsyslog.read(), other())).toMatchObject({ fault: { kind: 'signature_invalid' } });
  });

  test('no keys, and a file without keys', async () => {
    const file = join(server.folder, 'received.jsonl');
    expect(JSON.parse((await audit('verify', '--received', file, '--json')).stderr)).toMatchObject({
      error: { code: 'jwks_missing' },
    });
    expect(await verify(await rsyslog.read(), file)).toMatchObject({ code: 1, error: { code: 'jwks_invalid' } });
  });
});

const record: AuditRecord = {
  ...{ seq: 1, atMs: 0, actor: { kind: 'operator', id: null, label: 'token' }, via: 'admin_api', address: null },
  ...{ requestId: null, action: 'org.created', target: { kind: 'org', id: 'org_1' }, orgId: null, before: null },
  ...{ after: null, seals: null, previousHash: chainStart, hash: 'a'.repeat(64) },
};
const segment: SignedSegment = { records: [record], bounds: boundsOf([record]), end: '{}' };
const signal = new AbortController().signal;

describe('a syslog server confirms nothing if', () => {
  const deliverTo = (port: number, files: { ca: string; cert?: string; key?: string; serverName?: string }) => {
    const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file, 'utf8'));
    const { ca, cert, key, serverName } = files;
    const readTls = () => ({ ca: read(ca), cert: read(cert), key: read(key), serverName });
    return createSyslogDelivery({ host: 'localhost', port, hostname: 'node', clock: systemClock, readTls })(
      segment,
      signal,
    );
  };

  test('it has no certificate of the authority, or one for another name', async () => {
    await expect(deliverTo(rsyslog.port, { ...rsyslog.files, ca: authority.certFile })).rejects.toMatchObject({
      code: 'audit_export_failed',
      message: expect.stringMatching(/^the syslog server localhost:\d+ did not take the records \(.*certificate/),
    });
    await expect(deliverTo(rsyslog.port, { ...rsyslog.files, serverName: 'other.example.com' })).rejects.toThrow(
      /altnames/,
    );
  });

  test('it refuses the certificate of the client, or wants one', async () => {
    const { ca } = rsyslog.files;
    await expect(deliverTo(rsyslog.port, { ca, ...rsyslog.stranger })).rejects.toThrow('did not take the records');
    await expect(deliverTo(rsyslog.port, { ca })).rejects.toThrow('did not take the records');
    expect((await rsyslog.read()).includes(record.hash)).toBe(false);
  });

  test.for<[what: string, onData: (socket: Socket) => void]>([
    ['ends the connection first', (socket) => socket.end()],
    ['resets the connection', (socket) => socket.resetAndDestroy()],
  ])('it %s', async ([, onData]) => {
    const own = authority.sign('localhost', 'DNS:localhost');
    const raw = new Set<Socket>();
    const tls = createTlsServer({ cert: own.cert, key: own.key }, (socket) => {
      socket.on('error', () => undefined).once('data', () => raw.forEach(onData));
    });
    const tcp = createTcpServer((socket) => {
      raw.add(socket.on('error', () => undefined));
      tls.emit('connection', socket);
    });
    tcp.listen(await freePort(), '127.0.0.1');
    await once(tcp, 'listening');
    try {
      const { port } = tcp.address() as AddressInfo;
      await expect(deliverTo(port, { ca: authority.certFile })).rejects.toThrow('did not take the records');
    } finally {
      for (const socket of raw) socket.destroy();
      tcp.close();
    }
  });
});

describe('an HTTP server confirms with a 2xx alone', () => {
  test.for<[status: number, headers: Record<string, string>, message: RegExp, retryAfterMs: number | undefined]>([
    [302, { location: '/elsewhere' }, /answered 302: set the URL that it redirects to$/, undefined],
    [400, {}, /answered 400: the receiver refuses the records: see its log$/, undefined],
    [401, {}, /answered 401: correct the credential or its rights$/, undefined],
    [413, {}, /answered 413: let the receiver take bodies of 4 MB$/, undefined],
    [429, { 'retry-after': '120' }, /answered 429: it wants fewer requests$/, 120_000],
    [503, { 'retry-after': 'soon' }, /answered 503: the receiver fails: see its log$/, undefined],
  ])('%i', async ([status, headers, message, retryAfterMs]) => {
    const refusing = createHttpServer((req, res) => {
      req.resume().on('end', () => res.writeHead(status, headers).end());
    }).listen(await freePort(), '127.0.0.1');
    await once(refusing, 'listening');
    try {
      const url = new URL(`http://127.0.0.1:${(refusing.address() as AddressInfo).port}/audit?token=hidden`);
      const deliver = createHttpDelivery({ url, clock: systemClock, readHeaders: () => ({}), readTls: () => ({}) });
      const error = await deliver(segment, signal).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error).toMatchObject({ code: 'audit_export_failed', retryAfterMs });
      expect(error?.message).toMatch(message);
      expect(error?.message).not.toContain('hidden');
    } finally {
      refusing.close();
    }
  });

  test('Retry-After is seconds or a date', () => {
    const nowMs = Date.UTC(2027, 0, 1);
    expect(parseRetryAfter('120', nowMs)).toBe(120_000);
    expect(parseRetryAfter('Fri, 01 Jan 2027 00:01:00 GMT', nowMs)).toBe(60_000);
    expect(parseRetryAfter('Fri, 01 Jan 2016 00:01:00 GMT', nowMs)).toBe(0);
    expect(parseRetryAfter('soon', nowMs)).toBeUndefined();
    expect(parseRetryAfter(undefined, nowMs)).toBeUndefined();
  });
});

describe('the configuration', () => {
  const load = (destinations: object[]) =>
    loadConfig({ config: { apis: [{ id: 'acme' }], audit: { export: destinations } } as never, environment: {} });

  test('of the page loads', () => {
    const page = readFileSync(new URL('../../docs/how-to/audit-to-a-siem.md', import.meta.url), 'utf8');
    const examples = Array.from(page.matchAll(/```yaml\n(.*?)```/gs), ([, text = '']) => parse(text).audit.export);
    expect(load(examples.flat()).audit.export).toMatchObject([
      { kind: 'syslog', name: 'siem', host: 'siem.example.com', port: 6514, tls: { ca: '/etc/miftah/siem-ca.pem' } },
      { kind: 'http', name: 'lake', credential: { header: 'authorization', file: '/etc/miftah/lake-token' } },
    ]);
  });

  const url = 'https://lake.example.com/audit';
  test.for<[what: string, destinations: object[], message: RegExp]>([
    ['no place', [{ name: 'a' }], /audit\.export\[0\].*needs syslog or http/],
    ['two places', [{ name: 'a', syslog: { host: 's' }, http: { url } }], /has syslog and http/],
    [
      'a name twice',
      [
        { name: 'a', http: { url } },
        { name: 'a', http: { url } },
      ],
      /export\[1\]\.name.*another destination/,
    ],
    [
      'a password in the URL',
      [{ name: 'a', http: { url: 'https://me:secret@lake' } }],
      /http\.url.*must be a URL such as/,
    ],
    [
      'a credential without TLS',
      [{ name: 'a', http: { url: 'http://lake.example.com', credentialFile: 't' } }],
      /http\.url.*must begin with https/,
    ],
    [
      'a certificate without its key',
      [{ name: 'a', syslog: { host: 's', tls: { cert: 'c' } } }],
      /syslog\.tls\.key.*is missing/,
    ],
    ['TLS without https', [{ name: 'a', http: { url: 'http://l', tls: { ca: 'c' } } }], /http\.tls.*is for https/],
  ])('with %s is refused', ([, destinations, message]) => {
    expect(() => load(destinations)).toThrow(message);
    expect(() => load(destinations)).not.toThrow(/me:secret/);
  });

  test.for<[setting: string, extra: string, message: RegExp]>([
    [
      'ca',
      'syslog: { host: s, tls: { ca: missing.pem } }',
      /missing\.pem, audit\.export\[x\]\.syslog\.tls\.ca \(ENOENT\)/,
    ],
    ['credentialFile', 'http: { url: "https://l", credentialFile: missing }', /missing \(ENOENT\).*credentialFile/],
  ])('with a missing file of %s stops the start', async ([, extra, message]) => {
    const config = parse(`{ apis: [{ id: acme }], audit: { export: [{ name: x, ${extra} }] } }`);
    const opening = openMiftah({ config: { ...config, dataDir: join(authority.folder, 'data') } });
    await expect(opening).rejects.toThrow(message);
  });
});
