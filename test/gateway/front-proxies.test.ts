// nginx and Caddy in front, with TLS and as docs/how-to/run-behind-a-proxy.md sets them up: what a client forges never
// arrives.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificate, createOwnAuthority, type OwnAuthority } from '../certificates.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';

const guide = readFileSync(new URL('../../docs/how-to/run-behind-a-proxy.md', import.meta.url), 'utf8');
const snippet = (start: string): string => {
  const code = guide.split('```').find((block) => block.includes(`\n${start}`)) ?? '';
  return code.slice(code.indexOf('\n') + 1);
};

const client = '127.0.0.2';
let folder: string;
let authority: OwnAuthority;
let certificate: Certificate;
let server: TestServer;
let secret: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'miftah-front-'));
  authority = createOwnAuthority();
  certificate = authority.sign('front', 'DNS:api.classic.localhost');
  server = await startTestServer({ extra: 'public: { trustedProxies: [127.0.0.1] }' });
  ({ secret } = await server.createKey({ api: 'classic', org: await server.createOrg(), addresses: [client] }));
});
afterAll(async () => {
  for (const child of children) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  }
  await server?.[Symbol.asyncDispose]();
  authority.remove();
  await rm(folder, { recursive: true, force: true });
});

const fronts: Readonly<Record<string, (port: number) => Promise<ChildProcess>>> = {
  async nginx(port) {
    const location = snippet('location /').replace(':4100', `:${server.publicPort}`);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    await writeFile(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
      events { worker_connections 64; }
      http {
        access_log off; ${paths.join(' ')}
        server {
          listen 127.0.0.1:${port} ssl;
          ssl_certificate ${certificate.certFile};
          ssl_certificate_key ${certificate.keyFile};
          ${location}
        }
      }`,
    );
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
    return spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      env,
      stdio: 'ignore',
    });
  },
  async Caddy(port) {
    const proxy = snippet('reverse_proxy').replace(':4100', `:${server.publicPort}`);
    await writeFile(
      join(folder, 'Caddyfile'),
      `{
  admin off
  auto_https off
}
https://api.classic.localhost:${port} {
  bind 127.0.0.1
  tls ${certificate.certFile} ${certificate.keyFile}
  ${proxy}
}
`,
    );
    const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    return spawn('caddy', ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'], {
      env,
      stdio: 'ignore',
    });
  },
};

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await Promise.race([
    once(socket, 'connect').then(
      () => true,
      () => false,
    ),
  ]);
  socket.destroy();
  return isOpen;
}

/** What a client forges. */
const forged = {
  'X-Forwarded-For': '6.6.6.6',
  'X-Forwarded-Proto': 'http',
  'X-Forwarded-Port': '666',
  'X-Forwarded-Prefix': '/evil',
  'X-Request-Id': 'evil',
  'X-Real-IP': '6.6.6.6',
  Forwarded: 'for=6.6.6.6',
  traceparent: '00-66666666666666666666666666666666-6666666666666666-01',
  tracestate: 'evil=1',
};

async function ask(port: number): Promise<Record<string, string[]>> {
  const asked = request({
    host: '127.0.0.1',
    port,
    localAddress: client,
    servername: 'api.classic.localhost',
    ca: authority.cert,
    path: '/v1/users',
    headers: { ...forged, Host: 'api.classic.localhost', Authorization: `Bearer ${secret}` },
  }).end();
  const [reply] = (await once(asked, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of reply) body += chunk;
  expect([reply.statusCode, body]).toEqual([200, expect.anything()]);
  const { rawHeaders } = JSON.parse(body) as { rawHeaders: string[] };
  const received: Record<string, string[]> = {};
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    received[name] = [...(received[name] ?? []), rawHeaders[at + 1] as string];
  }
  return received;
}

test.each(Object.entries(fronts))('%s', async (_name, start) => {
  const port = await freePort();
  const child = await start(port);
  children.push(child);
  while (!(await accepts(port))) if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  const received = await ask(port);
  // The key takes this address alone: so the client was found.
  expect(received['x-forwarded-for']?.[0]).toMatch(/127\.0\.0\.2, 127\.0\.0\.1$/);
  expect(received['x-forwarded-proto']).toEqual(['https']);
  for (const [name, value] of Object.entries(forged)) {
    if (name !== 'X-Forwarded-For') expect([name, received[name.toLowerCase()]]).not.toEqual([name, [value]]);
  }
  const kept = ['x-real-ip', 'forwarded', 'traceparent', 'tracestate', 'x-forwarded-prefix'];
  expect(kept.filter((name) => received[name]?.[0] !== undefined)).toEqual([]);
});
