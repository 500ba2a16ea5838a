// Opens the engine in the process of an API, for carriers that mount `miftah/node`.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Miftah, openMiftah } from '../../src/compose.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { apiKeyAuth, type Protect } from '../../src/middleware/node.ts';
import { fiveApis } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import type { FrameworkApp, StartFramework } from './apps/app.ts';
import { carriedApis, clockOfCarriers, type OpenCarrier } from './carrier-contract.ts';

export interface Embedded {
  readonly miftah: Miftah;
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * Opens a Miftah on a private folder. `extra`: further lines of configuration. `apis`: its APIs; default: the five
 * profiles.
 */
export async function openEmbedded(extra = '', apis = fiveApis, clock: Clock = clockOfCarriers): Promise<Embedded> {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-node-'));
  const config = join(folder, 'miftah.yaml');
  const served = apis.replaceAll('UPSTREAM', 'http://127.0.0.1:1');
  await writeFile(config, `dataDir: ${join(folder, 'data')}\n${extra}\napis:${served}`);
  const miftah = await openMiftah({ config }, { clock, log: pino({ level: 'silent' }) });
  return {
    miftah,
    folder,
    async close() {
      await miftah.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A carrier with an application of its own for each API. */
export async function openFrameworkCarrier(start: StartFramework): Promise<OpenCarrier> {
  const { miftah, close } = await openEmbedded('', carriedApis);
  const apps = new Map<string, FrameworkApp>();
  for (const [id, gate] of miftah.gates) apps.set(id, await start(gate));
  const server = await startServer((req, res) => apps.get(req.headers.host ?? '')?.listener(req, res));
  return carrierOf(miftah, server, async () => {
    for (const app of apps.values()) await app.close?.();
    await close();
  });
}

/** The guard of the API that a request's host names. */
export type GuardOf = (host: string | undefined) => Protect;

/** An application's server on a free port of this machine. */
export interface StartedApp {
  readonly port: number;
  /** Sends a request. Default: over HTTP/1, byte by byte. */
  readonly send?: OpenCarrier['send'];
  close(): Promise<unknown>;
}

/** Starts a handler on a server of its own. */
export async function startServer(listener: RequestListener): Promise<StartedApp> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return startedOn(server);
}

function startedOn(server: Server): StartedApp {
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A carrier that is an application with the guards of the five APIs. */
export async function openEmbeddedCarrier(start: (guardOf: GuardOf) => Promise<StartedApp>): Promise<OpenCarrier> {
  const { miftah, close } = await openEmbedded('', carriedApis);
  const guards = new Map([...miftah.gates].map(([id, gate]) => [id, apiKeyAuth(gate)]));
  const app = await start((host) => guards.get(host ?? '') as Protect);
  return carrierOf(miftah, app, close);
}

function carrierOf(miftah: Miftah, app: StartedApp, close: () => Promise<void>): OpenCarrier {
  const { port } = app;
  return {
    send:
      app.send ??
      (({ api, method = 'GET', path = '/v1/users/usr_123', headers, from = '127.0.0.1' }) =>
        sendRaw({ port, from, text: requestText(`${method} ${path} HTTP/1.1`, [['Host', api], ...headers]) })),
    createOrg: async () =>
      (await miftah.organizations.createOrganization(libraryOperator, { name: 'Test', kind: 'dealer' })).id,
    async createKey({ api, org, ...fields }) {
      const input = { name: 'test key', ...fields, apiId: api as string, orgId: org as string };
      const { key, secret } = await miftah.keys.createKey(libraryOperator, input);
      return { id: key.id, secret };
    },
    async suspendOrg(id) {
      await miftah.organizations.suspendOrganization(libraryOperator, id);
    },
    async revokeKey(id) {
      await miftah.keys.revokeKey(libraryOperator, id);
    },
    async close() {
      await app.close();
      await close();
    },
  };
}
