// A real lighttpd with CGI programs and PHP behind Miftah: no header name that it folds becomes an identity, a body
// length or an override.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: LIGHTTPD
  - id: palcards
    profile: palcards
    hosts: { live: [api.palcards.localhost] }
    upstream: LIGHTTPD
  - id: open
    profile: classic
    hosts: [api.open.localhost]
    upstream: LIGHTTPD
    secretPrefix: { live: open_live_, test: open_test_ }
    passHeaders: [X-HTTP-Method-Override, true-client-ip]
`;

let folder: string;
let lighttpd: ChildProcess;
let port: number;
let server: TestServer;
let orgId: string;
let secrets: Record<'classic' | 'palcards' | 'open', string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-cgi-'));
  port = await freePort();
  // Prints what a program gets: its environment, line by line, and its body.
  await writeFile(join(folder, 'env.cgi'), "printf 'Content-Type: text/plain\\r\\n\\r\\n'; env; echo; cat\n");
  // An application that accepts overrides, as frameworks do.
  await writeFile(
    join(folder, 'app.php'),
    `<?php $method = $_SERVER['HTTP_X_HTTP_METHOD_OVERRIDE'] ?? $_SERVER['REQUEST_METHOD'];
echo json_encode(['method' => $method, 'url' => $_SERVER['HTTP_X_REWRITE_URL'] ?? $_SERVER['REQUEST_URI'],
  'org' => $_SERVER['HTTP_X_MIFTAH_ORG'] ?? null, 'address' => $_SERVER['HTTP_TRUE_CLIENT_IP'] ?? null,
  'server' => $_SERVER, 'body' => file_get_contents('php://input')]);`,
  );
  const config = join(folder, 'lighttpd.conf');
  await writeFile(
    config,
    `server.modules = ("mod_cgi", "mod_rewrite")
server.bind = "127.0.0.1"
server.port = ${port}
server.document-root = "${folder}"
url.rewrite-once = ("^/php" => "/app.php", ".*" => "/env.cgi")
cgi.assign = (".cgi" => "/bin/sh", ".php" => "/usr/bin/php-cgi")
`,
  );
  const env = { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` };
  lighttpd = spawn('lighttpd', ['-D', '-f', config], { env, stdio: 'ignore' });
  await untilListening(port);
  server = await startTestServer({ apis: apis.replaceAll('LIGHTTPD', `http://127.0.0.1:${port}`) });
  orgId = await server.createOrg();
  const secretOf = async (api: string) => {
    const addresses = api === 'palcards' ? ['127.0.0.1'] : [];
    return (await server.createKey({ api, org: orgId, addresses })).secret;
  };
  secrets = {
    classic: await secretOf('classic'),
    palcards: await secretOf('palcards'),
    open: await secretOf('open'),
  };
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (lighttpd?.exitCode === null) {
    const ended = once(lighttpd, 'exit');
    lighttpd.kill();
    await ended;
  }
  await rm(folder, { recursive: true });
});

async function untilListening(wanted: number): Promise<void> {
  for (;;) {
    if (lighttpd.exitCode !== null) throw new Error(`lighttpd ended with ${lighttpd.exitCode}`);
    const socket = connect(wanted, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
  }
}

type Api = 'classic' | 'palcards' | 'open';
type Fields = readonly (readonly [name: string, value: string])[];

/** Calls lighttpd through an API of Miftah, or directly. */
async function call(api: Api | undefined, line: string, fields: Fields, body = ''): Promise<string> {
  const credential: Fields =
    api === undefined
      ? []
      : api === 'palcards'
        ? [['X-API-Key', secrets.palcards]]
        : [['Authorization', `Bearer ${secrets[api]}`]];
  const host = ['Host', `api.${api ?? 'classic'}.localhost`] as const;
  const text = requestText(`${line} HTTP/1.1`, [host, ['Connection', 'close'], ...credential, ...fields], body);
  const reply = await sendRaw({ port: api === undefined ? port : server.publicPort, text });
  expect(reply.status, reply.text).toBe(200);
  return reply.body;
}

const separators = ['_', '.', '!', '~', "'", '^', '|', '*', '+'];
const spelled = (name: string): string[] => [name, ...separators.map((each) => name.replaceAll('-', each))];

const guarded = [
  ...['X-Miftah-Org', 'X-Miftah-Key-Id', 'X-Miftah-Scopes', 'X-Miftah-Assertion', 'X-Miftah-Anything', 'X-Real-IP'],
  ...[
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-User',
    'Forwarded',
    'X-Request-Id',
    'Forwarded-For',
    'X-Forwarded',
  ],
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Original-URL', 'X-Rewrite-URL', 'X-Envoy-Original-Path', 'Proxy'],
  ...[
    'X-Middleware-Subrequest',
    'CF-Connecting-IP',
    'True-Client-IP',
    'Fastly-Client-IP',
    'X-Client-IP',
    'Remote-Addr',
  ],
];

test('lighttpd folds the names, so that a program could be deceived', async () => {
  expect(await call(undefined, 'GET /', [['X.Miftah.Org', 'forged']])).toMatch(/^HTTP_X_MIFTAH_ORG=forged$/m);
  expect(await call(undefined, 'GET /', [['X!Miftah!Key!Id', 'forged']])).toMatch(/^HTTP_X_MIFTAH_KEY_ID=forged$/m);
  const app = JSON.parse(
    await call(undefined, 'POST /php', [
      ['Content-Length', '0'],
      ['x_http.method!override', 'DELETE'],
    ]),
  );
  expect(app.method).toBe('DELETE');
});

describe.each(['GET /', 'GET /php'])('behind Miftah, %s', (line) => {
  test.each(guarded)('sees nothing of %s in any spelling', async (name) => {
    const answer = await call(
      'classic',
      line,
      spelled(name).map((each) => [each, 'forged'] as const),
    );
    expect(answer).not.toContain('forged');
    expect(answer).toContain(orgId);
  });

  test.each([
    'Transfer-Encoding',
    'Content-Length',
    'Keep-Alive',
    'Proxy-Authorization',
    'Proxy-Connection',
    'HTTP2-Settings',
  ])('sees nothing of a name that resembles %s', async (name) => {
    const fields = spelled(name)
      .slice(1)
      .filter((each) => each !== name)
      .map((each) => [each, '77777'] as const);
    expect(await call('classic', line, fields)).not.toContain('77777');
  });

  test('sees the credential in no spelling', async () => {
    const answer = await call(
      'palcards',
      line,
      spelled('X-API-Key')
        .slice(1)
        .map((each) => [each, secrets.palcards] as const),
    );
    expect(answer).not.toContain(secrets.palcards);
    expect(answer).toContain(orgId);
  });
});

test('the body that arrives is the one that was framed, whatever resembles its length', async () => {
  const fields = [
    ['Content_Length', '2'],
    ['Content-Length', '5'],
    ['Content.Length', '3'],
    ['Transfer_Encoding', 'chunked'],
  ] as const;
  const answer = await call('classic', 'POST /', fields, 'hello');
  expect(answer).toMatch(/^CONTENT_LENGTH=5$/m);
  // Only the real length arrives.
  expect(answer.match(/CONTENT_LENGTH=\d+/g)).toEqual(['CONTENT_LENGTH=5', 'CONTENT_LENGTH=5']);
  expect(answer).not.toContain('TRANSFER_ENCODING');
  expect(answer.endsWith('\nhello')).toBe(true);
  expect(JSON.parse(await call('classic', 'POST /php', fields, 'hello')).body).toBe('hello');
});

test('an application that takes overrides does what was decided, unless the operator lets one through', async () => {
  const fields = [
    ['X-HTTP-Method-Override', 'DELETE'],
    ['X-Rewrite-URL', '/admin'],
    ['True-Client-IP', '192.0.2.9'],
    ['X_Miftah_Org', 'forged'],
  ] as const;
  const closed = JSON.parse(await call('classic', 'POST /php/users', fields));
  expect(closed).toMatchObject({ method: 'POST', url: '/php/users', org: orgId, address: null });
  const open = JSON.parse(await call('open', 'POST /php/users', fields));
  expect(open).toMatchObject({ method: 'DELETE', url: '/php/users', org: orgId, address: '192.0.2.9' });
});
