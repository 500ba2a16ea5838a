// Every reason, in the words of every bundled profile, through every carrier, with and without forged headers.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Miftah } from '../../src/compose.ts';
import { type ProfileId, profileIds, profiles } from '../../src/config/bundled-profiles.ts';
import type { Environment } from '../../src/domain/api-key.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { presentCredential } from '../../src/domain/credential.ts';
import { generateSecret } from '../../src/domain/secret.ts';
import { type Reason, reasons } from '../../src/domain/verdict.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { apiKeyAuth } from '../../src/middleware/node.ts';
import { compileReplies, renderProblem } from '../../src/profiles/reply.ts';
import { startTestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import type { CarriedReply } from './carrier-contract.ts';
import { openEmbedded, startServer } from './embedded.ts';
import { dialectIds, type GatewayOutcome, type GatewayRequest, type Headers, openGateway } from './gateways.ts';

const liveHost = (api: string) => `live.${api}.localhost`;
const testHost = (api: string) => `test.${api}.localhost`;

/** Each profile, with all rules that a policy can have. */
const apis = profileIds
  .map((id) => {
    const test = profiles[id].secret.prefixes.test === undefined ? '' : `, test: [${testHost(id)}]`;
    return `
  - id: ${id}
    profile: ${id}
    hosts: { live: [${liveHost(id)}]${test} }
    upstream: UPSTREAM
    policy:
      addresses: { mode: exact_ipv4, whenEmpty: block }
      referrers: true
      endpoints: true
      expiry: true
      disable: true
      scopes: { "POST /v1/payments": "payments:write" }`;
  })
  .join('');

/** What a client sends to deceive the carrier or the upstream. */
const forged: Headers = [
  ['X-Miftah-Org', 'org_evil'],
  ['X-Miftah-Key-Id', 'key_evil'],
  ['x-miftah-scopes', '*'],
  ['X-Miftah-Assertion', 'evil'],
  ['X-Miftah-Meta-Plan', 'evil'],
  ['X_Miftah_Org', 'org_evil'],
  ['X.Miftah!Org', 'org_evil'],
  ['X-Miftah-Token', 'evil'],
  ['X-Miftah-Status', '200'],
  ['X-Forwarded-For', '6.6.6.6'],
  ['X-Forwarded-Method', 'GET'],
  ['X-Forwarded-Uri', '/v1/users/1'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Original-Method', 'GET'],
  ['X-Original-URI', '/v1/users/1'],
  ['X-Original-Host', 'evil.example'],
  ['X-HTTP-Method-Override', 'GET'],
  ['X-Rewrite-URL', '/v1/users/1'],
  ['X-Real-IP', '6.6.6.6'],
  ['Forwarded', 'for=6.6.6.6'],
  ['X-Middleware-Subrequest', 'middleware'],
];

/** Of the upstream's headers, those with a forged value. */
function survivorsOf(received: Readonly<Record<string, string>>): string[] {
  return Object.entries(received).flatMap(([name, value]) => (/evil|6\.6\.6\.6|middleware/.test(value) ? [name] : []));
}

interface ReasonCarrier {
  readonly clock: ManualClock;
  /** `upstream`: what a carrier that forwards gave to the upstream. */
  send(request: GatewayRequest): Promise<CarriedReply & Partial<Pick<GatewayOutcome, 'upstream'>>>;
  createOrg(): Promise<string>;
  createKey(fields: Record<string, unknown>): Promise<{ id: string; secret: string }>;
  change(what: 'revoke' | 'disable' | 'suspend', id: string): Promise<void>;
  /** The folder with the database. */
  readonly folder: string;
  close(): Promise<void>;
}

const middleOfMinute = Math.floor(Date.now() / 60_000) * 60_000 + 30_000;

type SendOf = (server: Awaited<ReturnType<typeof startTestServer>>) => ReasonCarrier['send'];

async function openServer(sendOf: SendOf): Promise<ReasonCarrier> {
  const clock = createManualClock(middleOfMinute);
  const server = await startTestServer({ clock, apis });
  return {
    clock,
    folder: join(server.folder, 'data'),
    send: sendOf(server),
    createOrg: () => server.createOrg(),
    createKey: (fields) => server.createKey(fields),
    async change(what, id) {
      if (what === 'revoke') await server.admin('DELETE', `/v1/keys/${id}`);
      else await server.admin('POST', what === 'disable' ? `/v1/keys/${id}/disable` : `/v1/orgs/${id}/suspend`);
    },
    close: () => server[Symbol.asyncDispose](),
  };
}

async function openNode(): Promise<ReasonCarrier> {
  const clock = createManualClock(middleOfMinute);
  const { miftah, folder, close } = await openEmbedded('', apis, clock);
  const guards = new Map([...miftah.gates].map(([id, gate]) => [id, apiKeyAuth(gate)]));
  const app = await startServer((req, res) => {
    const api = req.headers.host?.split('.')[1] as string;
    guards.get(api)?.((allowed, reply) => {
      reply.end(JSON.stringify({ rawHeaders: allowed.rawHeaders, org: allowed.auth.orgId }));
    })(req, res);
  });
  return {
    clock,
    folder: join(folder, 'data'),
    async send({ host, method = 'GET', path, headers, from }) {
      const line = `${method} ${path} HTTP/1.1`;
      const reply = await sendRaw({
        port: app.port,
        ...(from && { from }),
        text: requestText(line, [['Host', host], ...headers]),
      });
      return reply.status === 200 ? { ...reply, upstream: received(reply.body) } : reply;
    },
    ...commandsOf(miftah),
    async close() {
      await app.close();
      await close();
    },
  };
}

function commandsOf({ organizations, keys }: Miftah): Pick<ReasonCarrier, 'createOrg' | 'createKey' | 'change'> {
  return {
    createOrg: async () =>
      (await organizations.createOrganization(libraryOperator, { name: 'Test', kind: 'dealer' })).id,
    async createKey({ api, org, ...fields }) {
      const input = { name: 'test key', ...fields, apiId: api as string, orgId: org as string };
      const { key, secret } = await keys.createKey(libraryOperator, input);
      return { id: key.id, secret };
    },
    async change(what, id) {
      if (what === 'revoke') await keys.revokeKey(libraryOperator, id);
      else if (what === 'disable') await keys.disableKey(libraryOperator, id);
      else await organizations.suspendOrganization(libraryOperator, id);
    },
  };
}

function received(body: string): Record<string, string> {
  const { rawHeaders } = JSON.parse(body) as { rawHeaders: string[] };
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] as string] as const] : [],
  );
  return Object.fromEntries(pairs);
}

const carriers: Readonly<Record<string, () => Promise<ReasonCarrier>>> = {
  proxy: () =>
    openServer((server) => async ({ host, method = 'GET', path, headers, from }) => {
      const text = requestText(`${method} ${path} HTTP/1.1`, [['Host', host], ...headers]);
      const reply = await sendRaw({ port: server.publicPort, ...(from && { from }), text });
      return reply.status === 200 ? { ...reply, upstream: received(reply.body) } : reply;
    }),
  'miftah/node': openNode,
  '/v1/verify': () =>
    openServer((server) => async ({ api, host, method = 'GET', path, headers, from }) => {
      const environment = host.split('.')[0];
      const asked = { api, method, path, headers, clientIp: from, environment };
      const { body } = await server.admin('POST', '/v1/verify', asked);
      if (body.reply === undefined) throw new Error(JSON.stringify(body));
      const { reply, forward } = body as { reply: CarriedReply; forward?: { headers: Record<string, string> } };
      const lower = (given: Readonly<Record<string, string>>) =>
        Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
      const { status = 200, body: text = '' } = reply;
      return {
        status,
        body: text,
        headers: lower(reply.headers),
        ...(forward && { upstream: lower(forward.headers) }),
      };
    }),
  ...Object.fromEntries(
    dialectIds.map((dialect) => [`/auth/${dialect}`, () => openServer((server) => openGateway(server, dialect))]),
  ),
};

/** The parts of a request that cause a reason. */
interface Cause {
  readonly key?: Record<string, unknown>;
  /** Whether the key expires before the request. */
  readonly isExpired?: boolean;
  readonly request?: { readonly method?: string; readonly path?: string };
  /** Default: the secret of the key, where the profile takes it. */
  readonly headers?: (secret: string, profile: ProfileId) => Headers;
  readonly host?: 'test';
  /** Runs before the request. */
  readonly before?: (
    carrier: ReasonCarrier,
    key: { id: string; org: string },
    send: () => Promise<unknown>,
  ) => Promise<void>;
}

const present = (secret: string, profile: ProfileId): Headers => {
  const { headers } = presentCredential(profiles[profile].source, secret);
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] as string] as const] : []));
};

const causes: Readonly<Record<Exclude<Reason, 'quota_exceeded'>, Cause>> = {
  credential_missing: { headers: () => [] },
  credential_malformed: { headers: (_, profile) => present('not a key', profile) },
  credential_ambiguous: { headers: (secret, profile) => [...present(secret, profile), ...present(secret, profile)] },
  key_unknown: { headers: (_, profile) => present(generateSecret(profiles[profile].secret, 'live'), profile) },
  key_revoked: { before: ({ change }, { id }) => change('revoke', id) },
  key_disabled: { before: ({ change }, { id }) => change('disable', id) },
  key_expired: { isExpired: true },
  org_suspended: { before: ({ change }, { org }) => change('suspend', org) },
  environment_mismatch: { host: 'test' },
  address_not_allowed: { key: { addresses: ['203.0.113.7'] } },
  address_list_empty: { key: { addresses: [] } },
  referrer_not_allowed: { key: { referrers: ['shop.example.com'] } },
  endpoint_not_allowed: { key: { endpoints: ['GET /v1/users/*'] }, request: { path: '/v1/cards' } },
  scope_missing: { request: { method: 'POST', path: '/v1/payments' } },
  path_not_canonical: { request: { path: '//v1/payments' } },
  rate_limited: {
    key: { rateLimits: ['1/m'] },
    async before(_carrier, _key, send) {
      await send();
    },
  },
  unavailable: {
    // A record that the server can't read fails closed.
    async before({ folder }, { id }) {
      const database = new DatabaseSync(join(folder, 'miftah.db'), { timeout: 60_000 });
      database.prepare('UPDATE api_keys SET restrictions = ? WHERE id = ?').run('null', id);
      database.close();
    },
  },
};

describe.each(Object.entries(carriers))('%s', (carrierName, open) => {
  let carrier: ReasonCarrier;
  let clients = 0;

  beforeAll(async () => {
    carrier = await open();
  });
  afterAll(() => carrier.close());

  /** Each request comes from an address of its own, because some profiles count refused requests by address. */
  const nextClient = () => `127.1.${Math.floor(++clients / 250)}.${(clients % 250) + 1}`;

  async function prepare(
    profile: ProfileId,
    { key: fields = {}, isExpired = false, request, headers = present, host, before }: Cause,
  ) {
    const org = await carrier.createOrg();
    const from = nextClient();
    const expiry = isExpired ? { expiresAt: new Date(carrier.clock.nowMs() + 1).toISOString() } : {};
    const key = await carrier.createKey({
      api: profile,
      org,
      addresses: [from],
      environment: 'live',
      ...expiry,
      ...fields,
    });
    const asked = {
      api: profile,
      host: (host === 'test' ? testHost : liveHost)(profile),
      path: '/v1/users/1',
      headers: headers(key.secret, profile),
      from,
      ...request,
    };
    // No window ends: the clock moves by a few milliseconds in the middle of a minute.
    if (isExpired) carrier.clock.advance(1);
    await before?.(carrier, { id: key.id, org }, () => carrier.send(asked));
    return { asked, org, key };
  }

  test.each(profileIds)(
    '%s: an allowed request names its caller, and no forged header reaches the upstream',
    async (id) => {
      const { asked, org, key } = await prepare(id, {});
      const reply = await carrier.send({ ...asked, headers: [...asked.headers, ...forged] });
      expect(reply.status).toBe(200);
      const { upstream } = reply;
      // An application behind `miftah/node` may have proxies of its own in front, and reads what they say.
      const kept =
        carrierName === 'miftah/node' ? ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded'] : [];
      expect(survivorsOf(upstream ?? {})).toEqual(kept);
      if (carrierName === 'miftah/node') expect(JSON.parse(reply.body).org).toBe(org);
      else expect([upstream?.['x-miftah-org'], upstream?.['x-miftah-key-id']]).toEqual([org, key.id]);
    },
  );

  const rows = profileIds.flatMap((profile) =>
    Object.entries(causes).map(([reason, cause]) => [profile, reason as keyof typeof causes, cause] as const),
  );

  test.each(rows)('%s: %s', async (profile, reason, cause) => {
    const { source, dialect, secret } = profiles[profile];
    // The profile has one environment only.
    if (cause.host === 'test' && secret.prefixes.test === undefined)
      return expect(Object.keys(secret.prefixes)).toEqual(['live'] satisfies Environment[]);
    const { asked } = await prepare(profile, cause);
    for (const headers of [asked.headers, [...asked.headers, ...forged]]) {
      const { status, headers: replied, body } = await carrier.send({ ...asked, headers });
      const counted = replied['x-ratelimit-limit'];
      expect(counted !== undefined, 'rate headers').toBe(profile === 'palpluss' || reason === 'rate_limited');
      const rate = counted && {
        limit: Number(counted),
        remaining: Number(replied['x-ratelimit-remaining']),
        resetAtMs: Number(replied['x-ratelimit-reset']) * 1000,
        windowSeconds: 60,
        readAtMs: carrier.clock.nowMs(),
      };
      const api = { id: profile, source };
      const rendered = renderProblem(compileReplies(dialect, api, carrier.clock), reason, {
        requestId: replied['x-request-id'] as string,
        clientAddress: asked.from,
        rate: rate || undefined,
      });
      expect([status, body]).toEqual([rendered.status, rendered.body]);
      expect(replied).toMatchObject(lowerPairs(rendered.headers));
      const more = Object.keys(replied).filter((name) => !(name in lowerPairs(rendered.headers)));
      expect(
        more.filter(
          (name) => !['connection', 'date', 'keep-alive', 'x-miftah-status', 'x-miftah-reply'].includes(name),
        ),
      ).toEqual([]);
    }
  });
});

function lowerPairs(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1] as string]] : [])),
  );
}

test('there is a cause for each reason but the one that no check has', () => {
  expect([...Object.keys(causes), 'quota_exceeded'].toSorted()).toEqual(reasons.toSorted());
});
