// A whole Miftah on free ports and in a private folder, with an upstream behind it, for tests over the network.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { EngineOptions } from '../src/compose.ts';
import type { Config } from '../src/config/config.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Clock } from '../src/domain/clock.ts';
import { type RunningServer, serve } from '../src/serve.ts';
import { openSqlite } from '../src/storage/sqlite/storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { freePort } from './free-port.ts';

export interface TestServer {
  /** It has the configuration, `miftah.yaml`, which a reload reads again. */
  readonly folder: string;
  readonly publicPort: number;
  readonly internalPort: number;
  readonly operatorToken: string;
  readonly server: RunningServer;
  readonly upstream: Server;
  /** Calls the admin API as the operator. Returns the parsed answer, whatever its status. */
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Creates an organization and returns its id. */
  createOrg(kind?: string): Promise<string>;
  createKey(fields: Record<string, unknown>): Promise<{ id: string; secret: string }>;
  /**
   * The requests by outcome, summed over the hours: an hour may end during a test.
   * @param query that of `GET /v1/usage`: `key=…`
   */
  countsByOutcome(query: string): Promise<Record<string, number>>;
  /** Stops the server, runs `meanwhile` on its database, and starts it again on the same ports. */
  restart(meanwhile: (database: Storage) => Promise<void>): Promise<void>;
  /** Closes everything and removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestServerOptions {
  /**
   * The `apis:` part of the configuration, where UPSTREAM stands for the upstream's origin. Default: the five profiles.
   */
  readonly apis?: string;
  /** More lines of configuration. */
  readonly extra?: string;
  readonly clock?: Clock;
  /** Receives the server's log lines. Default: nothing does. */
  readonly log?: NonNullable<EngineOptions['log']>;
  /** The upstream's handler. Default: echoes method, target, headers and the body's size as JSON. */
  readonly upstream?: (req: IncomingMessage, res: ServerResponse) => void;
}

export const fiveApis = `
  - id: palcards
    profile: palcards
    hosts: { live: [api.palcards.localhost], test: [api-sandbox.palcards.localhost] }
    upstream: UPSTREAM
  - id: palpluss
    profile: palpluss
    hosts: [api.palpluss.localhost]
    upstream: UPSTREAM
  - id: panel
    profile: panel
    hosts: [panel.localhost]
    upstream: UPSTREAM
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
  - id: palm
    profile: palm
    hosts: [api.palm.localhost]
    upstream: UPSTREAM
    policy:
      scopes: { "POST /v1/verifications": "verifications:write" }
`;

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  // Ports that the fixture chooses: tests close a listener and expect its port to be closed, or start it there again.
  const upstreamPort = await freePort();
  const upstream = createServer(options.upstream ?? echo).listen(upstreamPort, '127.0.0.1');
  await once(upstream, 'listening');
  const origin = `http://127.0.0.1:${upstreamPort}`;
  const file = join(folder, 'miftah.yaml');
  const apis = (options.apis ?? fiveApis).replaceAll('UPSTREAM', origin);
  await writeFile(file, `${options.extra ?? ''}\napis:${apis}`);
  const load = (addresses: { readonly public: string; readonly internal: string }) =>
    loadConfig({ file, flags: { ...addresses, data: join(folder, 'data') }, environment: {} });
  const start = (addresses: Parameters<typeof load>[0]) =>
    serve(load(addresses), {
      ...(options.clock !== undefined && { clock: options.clock }),
      log: options.log ?? pino({ level: 'silent' }),
      reread: () => load(addresses),
    });
  let server = await start({
    public: `127.0.0.1:${await freePort()}`,
    internal: `127.0.0.1:${await freePort()}`,
  });
  const operatorToken = (await readFile(server.operatorTokenFile as string, 'utf8')).trim();

  const admin: TestServer['admin'] = async (method, path, body) => {
    const reply = await fetch(`http://${server.internalAddress}${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
  };
  const create = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const reply = await admin('POST', path, body);
    if (reply.status !== 201) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  };

  return {
    folder,
    publicPort: portOf(server.publicAddress),
    internalPort: portOf(server.internalAddress),
    operatorToken,
    get server() {
      return server;
    },
    upstream,
    admin,
    createOrg: async (kind = 'dealer') => (await create('/v1/orgs', { name: 'Test', kind })).id as string,
    createKey: async (fields) => {
      const { id, secret } = await create('/v1/keys', { name: 'test key', ...fields });
      return { id: id as string, secret: secret as string };
    },
    async countsByOutcome(query) {
      const { body } = await admin('GET', `/v1/usage?${query}`);
      const counts: Record<string, number> = {};
      for (const { outcome, count } of body.data as { outcome: string; count: number }[])
        counts[outcome] = (counts[outcome] ?? 0) + count;
      return counts;
    },
    async restart(meanwhile) {
      await server.close();
      const addresses = { public: server.publicAddress, internal: server.internalAddress };
      const storage = await openDatabase(load(addresses).database);
      await meanwhile(storage).finally(() => storage.close());
      server = await start(addresses);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      upstream.closeAllConnections();
      await new Promise((resolve) => upstream.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

async function openDatabase(database: Config['database']): Promise<Storage> {
  if (database.kind === 'sqlite') return openSqlite({ file: database.file });
  // Loaded only when needed, because few tests have PostgreSQL.
  return (await import('../src/storage/postgres/storage.ts')).openPostgres({ url: database.url });
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

function echo(req: IncomingMessage, res: ServerResponse): void {
  let bodyBytes = 0;
  req.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length;
  });
  req.on('end', () => {
    const body = JSON.stringify({ method: req.method, target: req.url, rawHeaders: req.rawHeaders, bodyBytes });
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    res.end(body);
  });
}
