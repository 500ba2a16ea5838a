// The suite for real gateways, with the configurations that `miftah gateway snippet` prints.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileIds } from '../../src/config/bundled-profiles.ts';
import type { GatewayRequest, Headers } from '../carriers/gateways.ts';
import { describeReasons, forged, openServer, type ReasonTraits, received } from '../carriers/reason-contract.ts';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { freePort } from '../free-port.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';

/** The configuration of one API as printed. */
export interface PrintedApi {
  readonly api: string;
  readonly text: string;
  /** Where the gateway must listen, instead of the port that is printed. */
  readonly port: number;
}

/** What a test of a gateway starts it with. */
export interface GatewayBed {
  /** For all files of the gateway. It is removed afterwards. */
  readonly folder: string;
  readonly token: string;
  readonly apis: readonly PrintedApi[];
}

/** Starts the gateway. Its first listening port tells that it is ready. */
export type StartGateway = (bed: GatewayBed) => Promise<ChildProcess>;

export interface GatewayTraits extends ReasonTraits {
  /** Whether an allowed reply has the rate headers. Default: it has. */
  readonly showsRate?: boolean;
  /** The group of the gateway's processes, if root starts it and it drops its rights. */
  readonly socketGroup?: number;
}

interface OpenGateway {
  send(
    request: GatewayRequest,
  ): Promise<RawReply & { readonly upstream?: Readonly<Record<string, string>> | undefined }>;
  readonly portOf: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** @param isOverTcp whether the gateway asks the internal listener, or the one that the configuration has for it */
async function openGateway(
  id: string,
  server: TestServer,
  apiIds: readonly string[],
  start: StartGateway,
  isOverTcp = true,
): Promise<OpenGateway> {
  const folder = await mkdtemp(join(tmpdir(), `miftah-${id}-`));
  const apis: PrintedApi[] = [];
  for (const api of apiIds) {
    const args = ['gateway', 'snippet', id, '--config', 'miftah.yaml', '--api', api];
    const address = isOverTcp ? ['--address', `127.0.0.1:${server.internalPort}`] : [];
    const { code, stdout, stderr } = await runCli([...args, ...address], { cwd: server.folder });
    expect([code, stderr]).toEqual([0, '']);
    apis.push({ api, text: stdout, port: await freePort() });
  }
  const child = await start({ folder, token: server.operatorToken, apis });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk));
  const portOf = new Map(apis.map(({ api, port }) => [api, port]));
  for (const port of portOf.values()) {
    while (!(await accepts(port))) {
      if (child.exitCode !== null) {
        await rm(folder, { recursive: true });
        throw new Error(`${id} ended with ${child.exitCode}: ${said}`);
      }
      await new Promise((wake) => setImmediate(wake));
    }
  }
  return {
    portOf,
    async send({ api, host, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }) {
      const text = requestText(`${method} ${path} HTTP/1.1`, [['Host', host], ...headers]);
      const reply = await sendRaw({ port: portOf.get(api) as number, from, text });
      const isEcho = reply.status === 200 && reply.body.includes('"rawHeaders"');
      return isEcho ? { ...reply, upstream: received(reply.body) } : reply;
    },
    async close() {
      if (child.exitCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a program whose output is read if it ends too early. */
export function spawnGateway(command: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  return spawn(command, args, { env: { ...process.env, PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

const openApis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
    cors: { origins: [https://app.example.com] }
    publicPaths: [GET /health]
    policy: { forwardMetadata: [plan], scopes: { "POST /v1/payments": "payments:write" } }
  - id: palcards
    profile: palcards
    hosts: [api.palcards.localhost]
    upstream: UPSTREAM/base
  - { id: lines, profile: lines, hosts: [lines.localhost], upstream: UPSTREAM }
profiles:
  lines:
    extends: standard
    contentType: application/xml; charset=utf-8
    body: "<?xml version='1.0'?>\\n<error>\\n\\t<code>{code}</code>\\n\\t<text>لا \\"…\\" {message}</text>\\n</error>\\n"
`;

/** Runs the suite with a gateway. */
export function describeGateway(id: string, start: StartGateway, traits: GatewayTraits): void {
  const { showsRate = true, socketGroup } = traits;

  describeReasons(
    `${id}, all reasons`,
    async () => {
      let opened: OpenGateway | undefined;
      const carrier = await openServer((server) => {
        const opening = openGateway(id, server, profileIds, start);
        return async (request) => {
          opened ??= await opening;
          return opened.send(request);
        };
      });
      return {
        ...carrier,
        async close() {
          await opened?.close();
          await carrier.close();
        },
      };
    },
    traits,
  );

  describe(`${id} in front of an upstream`, () => {
    let server: TestServer;
    let gateway: OpenGateway;
    let org: string;
    let key: { id: string; secret: string };
    const asked: string[] = [];

    beforeAll(async () => {
      server = await startTestServer({
        apis: openApis,
        extra: 'public: { trustedProxies: [] }',
        upstream(req, res) {
          asked.push(`${req.method} ${req.url}`);
          const chunks: Buffer[] = [];
          req.on('data', (chunk: Buffer) => chunks.push(chunk));
          req.on('end', () => {
            const { method, url: target, rawHeaders } = req;
            const text = JSON.stringify({ method, target, rawHeaders, body: Buffer.concat(chunks).toString() });
            const length = Buffer.byteLength(text);
            // The gateway replaces the upstream's own rate header, and adds to its Vary.
            res.writeHead(200, { 'Content-Length': length, 'X-RateLimit-Limit': '1', Vary: 'Accept' });
            res.end(text);
          });
        },
      });
      gateway = await openGateway(id, server, ['classic', 'palcards', 'lines'], start);
      org = await server.createOrg();
      key = await server.createKey({ api: 'classic', org, scopes: ['payments:write', 'users'], rateLimits: ['100/h'] });
    });
    afterAll(async () => {
      await gateway?.close();
      await server?.[Symbol.asyncDispose]();
    });

    const bearer = (secret: string): Headers => [['Authorization', `Bearer ${secret}`]];
    const classic = (headers: Headers, more: Partial<GatewayRequest> = {}) =>
      gateway.send({ api: 'classic', host: 'api.classic.localhost', headers, ...more });

    test('the upstream gets the identity and not the key, and the client gets the rate', async () => {
      const reply = await classic([...bearer(key.secret), ...forged]);
      expect(reply.status).toBe(200);
      const { upstream = {} } = reply;
      expect(upstream.authorization).toBeUndefined();
      expect(upstream).toMatchObject({
        'x-miftah-api': 'classic',
        'x-miftah-key-id': key.id,
        'x-miftah-org': org,
        'x-miftah-environment': 'live',
        'x-miftah-scopes': 'payments:write users',
        'x-miftah-assertion': expect.stringMatching(/^ey/),
      });
      expect(upstream['x-miftah-token']).toBeUndefined();
      expect(upstream['x-miftah-meta-plan'] ?? '').toBe('');
      if (showsRate) {
        expect(reply.headers).toMatchObject({
          'x-ratelimit-limit': '100',
          'x-ratelimit-remaining': expect.any(String),
        });
        expect(reply.headers.vary?.toLowerCase()).toMatch(/authorization/);
      }
      expect(reply.text).not.toContain(server.operatorToken);
      expect(reply.headers['x-miftah-org']).toBeUndefined();
    });

    test('method, path, query and body reach the upstream unchanged', async () => {
      const port = gateway.portOf.get('classic') as number;
      const headers: Headers = [
        ['Host', 'api.classic.localhost'],
        ...bearer(key.secret),
        ['Content-Type', 'text/plain'],
        ['Content-Length', '5'],
      ];
      const path = '/v1/payments?a=1&b=%2F&c=x+y';
      const reply = await sendRaw({ port, text: requestText(`POST ${path} HTTP/1.1`, headers, 'hello') });
      expect(reply.status).toBe(200);
      const body = JSON.parse(reply.body);
      expect([body.method, body.target, body.body]).toEqual(['POST', path, 'hello']);
    });

    test('a POST without its scope is refused, and its body goes nowhere', async () => {
      const { secret } = await server.createKey({ api: 'classic', org, scopes: ['users'] });
      const before = asked.length;
      const port = gateway.portOf.get('classic') as number;
      const headers: Headers = [['Host', 'api.classic.localhost'], ...bearer(secret), ['Content-Length', '5']];
      const reply = await sendRaw({ port, text: requestText('POST /v1/payments HTTP/1.1', headers, 'hello') });
      expect([reply.status, JSON.parse(reply.body).error.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
      expect((await classic(bearer(secret), { path: '/v1/payments' })).status).toBe(200);
      expect(asked.slice(before)).toEqual(['GET /v1/payments']);
    });

    test('a refused reply of several lines, in another language, arrives unchanged', async () => {
      const host = 'lines.localhost';
      const path = '/v1/users/usr_123';
      const text = requestText(`GET ${path} HTTP/1.1`, [['Host', host]]);
      const direct = await sendRaw({ port: server.publicPort, text });
      expect(direct.body).toMatch(/<error>\n\t<code>INVALID_API_KEY<\/code>\n/);
      const reply = await gateway.send({ api: 'lines', host, path, headers: [] });
      const shown = ({ status, headers, body }: RawReply) => [
        status,
        headers['content-type'],
        headers['www-authenticate'],
        body,
      ];
      expect(shown(reply)).toEqual(shown(direct));
    });

    test('metadata that the API names reaches the upstream', async () => {
      const { secret } = await server.createKey({ api: 'classic', org, metadata: { plan: 'gold' } });
      const { upstream } = await classic(bearer(secret));
      expect(upstream?.['x-miftah-meta-plan']).toBe('gold');
    });

    test('a path goes to the upstream as it came, below its base path', async () => {
      const { secret } = await server.createKey({ api: 'palcards', org, addresses: ['127.0.0.1'] });
      const host = 'api.palcards.localhost';
      const before = asked.length;
      for (const path of ['/v1/a%20b?x=%2e', '/v1/%D8%A3']) {
        const reply = await gateway.send({ api: 'palcards', host, path, headers: [['x-api-key', secret]] });
        expect(reply.status, path).toBe(200);
      }
      expect(asked.slice(before)).toEqual(['GET /base/v1/a%20b?x=%2e', 'GET /base/v1/%D8%A3']);
    });

    test('a forged address does not help, and the real one counts', async () => {
      const { secret } = await server.createKey({ api: 'classic', org, addresses: ['127.0.0.9'] });
      const spoofed: Headers = ['X-Forwarded-For', 'X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP'].map((name) => [
        name,
        '127.0.0.9',
      ]);
      expect((await classic([...bearer(secret), ...spoofed])).status).toBe(403);
      expect((await classic([...bearer(secret), ['Forwarded', 'for=127.0.0.9']])).status).toBe(403);
      expect((await classic(bearer(secret), { from: '127.0.0.9' })).status).toBe(200);
    });

    test('a key for one endpoint opens no other, whatever the headers say', async () => {
      const { secret } = await server.createKey({ api: 'classic', org, endpoints: ['GET /v1/users'] });
      const lies: Headers = [
        ['X-Original-URI', '/v1/users'],
        ['X-Original-Method', 'GET'],
        ['X-Forwarded-Uri', '/v1/users'],
        ['X-Forwarded-Method', 'GET'],
        ['X-Rewrite-URL', '/v1/users'],
      ];
      expect((await classic([...bearer(secret), ...lies], { path: '/v1/cards' })).status).toBe(403);
      expect((await classic([...bearer(secret), ...lies], { method: 'DELETE', path: '/v1/users' })).status).toBe(403);
      expect((await classic(bearer(secret), { path: '/v1/users' })).status).toBe(200);
    });

    test('a preflight is answered, and reaches no upstream', async () => {
      const before = asked.length;
      const headers: Headers = [
        ['Origin', 'https://app.example.com'],
        ['Access-Control-Request-Method', 'POST'],
      ];
      const reply = await classic(headers, { method: 'OPTIONS' });
      expect([reply.status, reply.body]).toEqual([204, '']);
      expect(reply.headers['access-control-allow-origin']).toBe('https://app.example.com');
      expect(asked).toHaveLength(before);
    });

    test('a page that may call reads what is allowed and what is refused', async () => {
      for (const [headers, status] of [
        [bearer(key.secret), 200],
        [[], 401],
      ] as const) {
        const reply = await classic([...headers, ['Origin', 'https://app.example.com']]);
        expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([
          status,
          'https://app.example.com',
        ]);
        const other = await classic([...headers, ['Origin', 'https://evil.example']]);
        expect([other.status, other.headers['access-control-allow-origin']]).toEqual([status, undefined]);
      }
    });

    test('a public path needs no key, and names no one', async () => {
      const { status, upstream = {} } = await classic(forged, { path: '/health' });
      expect(status).toBe(200);
      const named = Object.entries(upstream).filter(([name, value]) => name.startsWith('x-miftah-') && value !== '');
      expect(named).toEqual([]);
    });

    test('a wrong token lets no one in', async () => {
      const folder = await mkdtemp(join(tmpdir(), `miftah-${id}-`));
      const wrong = await openGateway(
        id,
        { ...server, operatorToken: `${server.operatorToken.slice(0, -1)}~` },
        ['classic'],
        start,
      );
      const before = asked.length;
      const reply = await wrong.send({ api: 'classic', host: 'api.classic.localhost', headers: bearer(key.secret) });
      expect(reply.status).toBe(401);
      expect(asked).toHaveLength(before);
      await wrong.close();
      await rm(folder, { recursive: true });
    });

    test('over the unix socket, the gateway needs no token', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'miftah-socket-'));
      // The gateway may have a user of its own. It has the group of the socket.
      await chmod(folder, 0o755);
      const file = join(folder, 'decisions.sock');
      const local = await startTestServer({ apis: openApis, extra: `decisions: { listen: "unix:${file}" }` });
      if (socketGroup !== undefined && process.getuid?.() === 0) await chown(file, 0, socketGroup);
      const opened = await openGateway(id, { ...local, operatorToken: 'none' }, ['classic'], start, false);
      const { secret } = await local.createKey({ api: 'classic', org: await local.createOrg() });
      const request = { api: 'classic', host: 'api.classic.localhost' };
      expect((await opened.send({ ...request, headers: bearer(secret) })).status).toBe(200);
      expect((await opened.send({ ...request, headers: [] })).status).toBe(401);
      await opened.close();
      await local[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    });

    test('without Miftah, no one gets in', async () => {
      const lonely = await startTestServer({ apis: openApis });
      const alone = await openGateway(id, lonely, ['classic'], start);
      const { secret } = await lonely.createKey({ api: 'classic', org: await lonely.createOrg() });
      const request = { api: 'classic', host: 'api.classic.localhost', headers: bearer(secret) };
      expect((await alone.send(request)).status).toBe(200);
      await lonely.server.close();
      const reply = await alone.send(request);
      expect(reply.status).toBeGreaterThanOrEqual(500);
      expect(reply.body).not.toContain('rawHeaders');
      await alone.close();
      await lonely[Symbol.asyncDispose]();
    });
  });
}
