// The suite of reasons: each one, in the words of each bundled profile, with and without forged headers.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProfileId, profileIds, profiles } from '../../src/config/bundled-profiles.ts';
import type { Environment } from '../../src/domain/api-key.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { presentCredential } from '../../src/domain/credential.ts';
import { generateSecret } from '../../src/domain/secret.ts';
import type { Reason } from '../../src/domain/verdict.ts';
import { compileReplies, renderProblem } from '../../src/profiles/reply.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import type { CarriedReply } from './carrier-contract.ts';
import type { GatewayOutcome, GatewayRequest, Headers } from './gateways.ts';

const liveHost = (api: string) => `live.${api}.localhost`;
const testHost = (api: string) => `test.${api}.localhost`;

/** Each profile, with all rules that a policy can have. */
export const ruledApis = profileIds
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

/** What a client sends to deceive the carrier or the upstream. Every carrier removes or replaces it. */
export const forged: Headers = [
  ['X-Miftah-Org', 'org_evil'],
  ['X-Miftah-Key-Id', 'key_evil'],
  ['x-miftah-scopes', '*'],
  ['X-Miftah-Assertion', 'evil'],
  ['X-Miftah-Token', 'evil'],
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
];

/** The same. Where a gateway can't remove one, Miftah refuses the request. */
const forgedFurther: Headers = [
  ['X-Miftah-Meta-Plan', 'evil'],
  ['X-Miftah-Status', 'evil'],
  ['X_Miftah_Org', 'org_evil'],
  ['X.Miftah!Org', 'org_evil'],
  ['X_Forwarded_For', '6.6.6.6'],
  ['X_HTTP_Method_Override', 'evil'],
  ['X-Middleware-Subrequest', 'middleware'],
];

/** Of the upstream's headers, those with a forged value. */
function survivorsOf(received: Readonly<Record<string, string>>): string[] {
  return Object.entries(received).flatMap(([name, value]) => (/evil|6\.6\.6\.6|middleware/.test(value) ? [name] : []));
}

export interface ReasonCarrier {
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

/** No window ends while requests are counted. */
export const middleOfMinute = Math.floor(Date.now() / 60_000) * 60_000 + 30_000;

type SendOf = (server: TestServer) => ReasonCarrier['send'];

export async function openServer(sendOf: SendOf, extra = ''): Promise<ReasonCarrier> {
  const clock = createManualClock(middleOfMinute);
  const server = await startTestServer({ clock, apis: ruledApis, extra });
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

/** The headers in the reply of an upstream that echoes them. */
export function received(body: string): Record<string, string> {
  const { rawHeaders } = JSON.parse(body) as { rawHeaders: string[] };
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] as string] as const] : [],
  );
  return Object.fromEntries(pairs);
}

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

export const causes: Readonly<Record<Exclude<Reason, 'quota_exceeded'>, Cause>> = {
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

export interface ReasonTraits {
  /** Whether the carrier removes `forgedFurther` too. Default: it does. */
  readonly further?: boolean;
  /** Headers that the carrier adds to each reply, in lower case. */
  readonly ownHeaders?: readonly string[];
  /** Headers that the carrier leaves to the application. */
  readonly kept?: readonly string[];
  /** Whether the carrier may answer two lines of `Authorization` with 400 by itself, without a decision. */
  readonly refusesTwice?: boolean;
  /** Whether the carrier replaces a reply of 500 or more by one of its own. */
  readonly replacesOutages?: boolean;
}

export function describeReasons(
  name: string,
  open: () => Promise<ReasonCarrier>,
  { further = true, ownHeaders = [], kept = [], refusesTwice = false, replacesOutages = false }: ReasonTraits = {},
): void {
  const known = new Set(['connection', 'date', 'keep-alive', 'x-miftah-status', 'x-miftah-reply', ...ownHeaders]);
  const attack: Headers = further ? [...forged, ...forgedFurther] : forged;

  describe(name, () => {
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
        const reply = await carrier.send({ ...asked, headers: [...asked.headers, ...attack] });
        expect(reply.status).toBe(200);
        const { upstream } = reply;
        expect(survivorsOf(upstream ?? {})).toEqual(kept);
        expect([upstream?.['x-miftah-org'], upstream?.['x-miftah-key-id']]).toEqual([org, key.id]);
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
      for (const headers of [asked.headers, [...asked.headers, ...attack]]) {
        const { status, headers: replied, body } = await carrier.send({ ...asked, headers });
        if (replacesOutages && reason === 'unavailable' && status === 503) continue;
        if (refusesTwice && reason === 'credential_ambiguous' && status === 400) continue;
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
        expect(more.filter((each) => !known.has(each))).toEqual([]);
      }
    });

    test.each(further ? [] : forgedFurther)('%s never reaches the upstream', async (name, value) => {
      const { asked } = await prepare('classic', {});
      const { status, upstream } = await carrier.send({ ...asked, headers: [...asked.headers, [name, value]] });
      expect([200, 400]).toContain(status);
      expect(survivorsOf(upstream ?? {})).toEqual([]);
    });
  });
}

function lowerPairs(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1] as string]] : [])),
  );
}
