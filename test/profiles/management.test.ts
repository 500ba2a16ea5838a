// The management APIs: those of panel and classic byte for byte against golden files, the neutral one, names of one's
// own, and what must never happen.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMiftah } from '../../src/compose.ts';
import { type ProfileId, profiles } from '../../src/config/bundled-profiles.ts';
import type { KeyActor } from '../../src/domain/actor.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { presentCredential } from '../../src/domain/credential.ts';
import type { RequestFacts } from '../../src/domain/request-facts.ts';
import { createDialectManagement } from '../../src/http/dialect-management.ts';
import { createLoopTurns } from '../../src/http/loop-turns.ts';
import { libraryOperator } from '../../src/management/rights.ts';
import { fiveApis, startTestServer, type TestServer } from '../fixture.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';

const startMs = Date.UTC(2026, 0, 15, 10, 30, 15, 250);

const apis = `${fiveApis}
  - id: panel-limited
    profile: panel
    hosts: [limited.panel.localhost]
    upstream: UPSTREAM
    policy: { rateLimit: 2/m }
  - id: panel-full
    profile: panel
    hosts: [full.panel.localhost]
    upstream: UPSTREAM
    policy: { maxKeysPerOrg: 1 }
  - id: panel-frozen
    profile: panel
    hosts: [frozen.panel.localhost]
    upstream: UPSTREAM
    policy: { keysMay: [] }
`;

type Header = readonly [string, string];

interface Call {
  readonly host: string;
  readonly secret?: string | undefined;
  readonly line: string;
  readonly from?: string;
  /** Sent as JSON unless it is text. */
  readonly body?: unknown;
  readonly headers?: readonly Header[];
}

const json: Header = ['Content-Type', 'application/json'];

function send(server: TestServer, { host, secret, line, from = '127.0.0.1', body, headers }: Call): Promise<RawReply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = text === undefined ? '' : Buffer.from(text).toString('latin1');
  const all: Header[] = [['Host', host]];
  if (secret !== undefined) all.push(['Authorization', `Bearer ${secret}`]);
  // Only the end of the connection shows that no body follows the length.
  if (line.startsWith('HEAD ')) all.push(['Connection', 'close']);
  if (text !== undefined) all.push(['Content-Length', String(bytes.length)]);
  all.push(...(headers ?? (text === undefined ? [] : [json])));
  return sendRaw({ port: server.publicPort, from, text: requestText(`${line} HTTP/1.1`, all, bytes) });
}

interface Situation {
  readonly name: string;
  readonly reply: RawReply;
}

/** The reply as text, without what differs between runs. */
function mask({ text }: RawReply): string {
  return Buffer.from(text, 'latin1')
    .toString()
    .replaceAll('\r\n', '\n')
    .replace(/^Date: .*$/m, 'Date: <date>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<request-id>')
    .replaceAll(/xyp_\w{40}/g, '<secret>')
    .replaceAll(/"(?:c[0-9a-z]{23}|key_\w{20})"/g, '"<id>"');
}

const list = 'GET /api/account/api-keys';
const create = 'POST /api/account/api-keys';
const host = 'panel.localhost';

describe('panel', () => {
  let server: TestServer;
  const situations: Situation[] = [];

  beforeAll(async () => {
    const clock = createManualClock(startMs);
    server = await startTestServer({ clock, apis });
    const [org, otherOrg] = [await server.createOrg(), await server.createOrg()];
    const key = await server.createKey({ api: 'panel', org, name: 'Production API Key', addresses: ['127.0.0.1'] });
    const others = await server.createKey({ api: 'panel', org: otherOrg });
    const otherApis = await server.createKey({ api: 'classic', org });
    const play = async (name: string, line: string, call: Partial<Call> = {}): Promise<RawReply> => {
      const reply = await send(server, { host, secret: key.secret, line, ...call });
      situations.push({ name, reply });
      return reply;
    };
    const wrong = (name: string, body: unknown) => play(`400 ${name}`, create, { body });

    await play('200 list', `${list}?page=1&limit=50`);
    clock.advance(1_500);
    const { secret: wide } = await server.createKey({ api: 'panel', org, name: '' });
    const created = await play('201 create', create, {
      secret: wide,
      body: {
        memo: '  Development API Ke\u0301y ',
        allowedIps: ['192.168.1.100', '2001:DB8::1', '192.168.1.100'],
        expiresAt: '2026-12-31T23:59:59Z',
      },
    });
    const minted = JSON.parse(Buffer.from(created.body, 'latin1').toString()).data.identifier;
    await play('201 create with nothing said', create, { secret: wide, body: {} });
    await play('201 create takes over what binds its parent', create, { body: { memo: 'x'.repeat(500) } });
    await play('201 create with null for what is omitted', create, {
      body: { memo: null, allowedIps: null, expiresAt: null },
    });
    await play('201 create with a byte order mark', create, { body: '\ufeff{"memo":"BOM"}' });
    await play('201 create with a query', `${create}?memo=a`, { body: { expiresAt: '2027-12-31T23:59:59+0300' } });
    await play('200 first page of two', `${list}?limit=3`);
    await play('200 second page', `${list}?page=2&limit=3`);
    await play('200 a page behind the last', `${list}?page=9&limit=100`);
    await play('200 HEAD', 'HEAD /api/account/api-keys?limit=1');

    await play('200 query members that the page does not name', `${list}?limit=1&cursor=abc&cursor=abc&__proto__=1`);
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=1e2',
      'limit=-1',
      'limit=99999999999',
      'limit=',
      'page=0',
      'page=20001',
      'page=1&page=1',
    ]) {
      await play(`400 ${query}`, `${list}?${query}`);
    }

    await wrong('memo of 501', { memo: 'x'.repeat(501) });
    await wrong('memo is no text', { memo: 1e300 });
    await wrong('memo has a lone surrogate', '{"memo":"\\ud800"}');
    await wrong('memo turns the text direction', { memo: 'a\u202eb' });
    await wrong('allowedIps is too short an address', { allowedIps: ['1.2.3'] });
    await wrong('allowedIps has a range', { allowedIps: ['10.0.0.1', '10.0.0.0/8'] });
    await wrong('allowedIps is no list', { allowedIps: '10.0.0.1' });
    await wrong('allowedIps holds no text', { allowedIps: [1] });
    await wrong('expiresAt is past', { expiresAt: '2025-12-31T23:59:59Z' });
    await wrong('expiresAt is now', { expiresAt: '2026-01-15T10:30:16.750Z' });
    await wrong('expiresAt is no instant', { expiresAt: 'tomorrow' });
    await wrong('unknown member', { memo: 'a', scopes: ['*'] });
    await wrong('unknown member __proto__', '{"__proto__":{"memo":"a"}}');
    await wrong('number beyond all', '{"memo":1e400}');
    await wrong('nested deeply', `{"memo":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
    await wrong('a list', []);
    await wrong('no JSON', '{"memo":');
    await wrong('nothing', '');
    await wrong('expiresAt is a day', { expiresAt: '2027-12-31' });
    await wrong('expiresAt has no offset', { expiresAt: '2027-12-31 23:59:59' });

    await play('401 no key', list, { secret: undefined });
    await play('401 no such key', list, { secret: `${key.secret.slice(0, -1)}!` });
    await play('403 another address', list, { from: '127.0.0.2' });
    await play('403 more addresses than its own', create, { body: { allowedIps: ['127.0.0.1', '10.0.0.1'] } });
    const brief = await server.createKey({ api: 'panel', org, name: 'brief', expiresAt: '2026-02-01T00:00:00Z' });
    await play('403 a longer life than its own', create, {
      secret: brief.secret,
      body: { expiresAt: '2026-02-01T00:00:01Z' },
    });
    const frozen = await server.createKey({ api: 'panel-frozen', org });
    const atFrozen = { host: 'frozen.panel.localhost', secret: frozen.secret };
    await play('403 an API whose keys may list none', list, atFrozen);
    await play('403 an API whose keys may create none', create, { ...atFrozen, body: {} });
    await play('403 an API whose keys may delete none', `DELETE /api/account/api-keys/${frozen.id}`, atFrozen);

    await play('200 delete', `DELETE /api/account/api-keys/${minted}`);
    await play('200 the deleted one is gone from the list', `${list}?limit=2`);
    await play('404 deleted already', `DELETE /api/account/api-keys/${minted}`);
    await play('404 another account’s', `DELETE /api/account/api-keys/${others.id}`);
    await play('404 another API’s', `DELETE /api/account/api-keys/${otherApis.id}`);
    await play('404 never issued', 'DELETE /api/account/api-keys/clx1a2b3c4d5e6f7g8h9i0j1');
    await play('404 no id at all', 'DELETE /api/account/api-keys/__proto__');

    await play('405 on the list', 'DELETE /api/account/api-keys');
    await play('405 on a key', `GET /api/account/api-keys/${key.id}`);
    const full = await server.createKey({ api: 'panel-full', org });
    await play('409 as many keys as there may be', create, {
      host: 'full.panel.localhost',
      secret: full.secret,
      body: {},
    });
    await play('413 body too large', create, { body: { memo: 'x'.repeat(65_536) } });
    await play('415 a form', create, {
      body: 'memo=a',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    });
    await play('415 no type', create, { body: '{}', headers: [] });
    const limited = await server.createKey({ api: 'panel-limited', org });
    const atLimited = { host: 'limited.panel.localhost', secret: limited.secret };
    await play('200 where a limit counts', list, atLimited);
    await play('404 where a limit counts', 'DELETE /api/account/api-keys/x', atLimited);
    await play('429 over the limit', list, atLimited);
    clock.advance(30 * 86_400_000);
    await play('200 an expired one stays in the list', `${list}?limit=1`);
    await play('200 and can be deleted', `DELETE /api/account/api-keys/${brief.id}`);
    await play('200 a key deletes itself', `DELETE /api/account/api-keys/${key.id}`);
    await play('401 and is gone', list);
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test('answers each situation with the status in its name', () => {
    for (const { name, reply } of situations) expect(reply.status, name).toBe(Number(name.slice(0, 3)));
    expect(situations.length).toBeGreaterThan(60);
  });

  test('answers each situation as its golden file has it', async () => {
    const text = situations.map(({ name, reply }) => `### ${name}\n${mask(reply)}\n`).join('\n');
    await expect(text).toMatchFileSnapshot('./panel-management.golden.http');
  });

  test('answers every failed deletion with the same bytes', () => {
    const answers = situations.filter(({ name }) => name.startsWith('404') && !name.includes('limit'));
    expect(answers).toHaveLength(5);
    expect(new Set(answers.map(({ reply }) => mask(reply))).size).toBe(1);
  });

  test('shows a secret only once, when it is created', () => {
    const secrets = situations.flatMap(({ name, reply }) =>
      [...reply.text.matchAll(/xyp_\w{40}/g)].map(([secret]) => ({ name, secret })),
    );
    expect(secrets.map(({ name }) => name.slice(0, 10))).toEqual(Array(6).fill('201 create'));
  });
});

describe('classic', () => {
  let server: TestServer;
  const situations: Situation[] = [];

  beforeAll(async () => {
    const clock = createManualClock(startMs);
    server = await startTestServer({ clock });
    const [org, otherOrg] = [await server.createOrg(), await server.createOrg()];
    const make = (fields: Record<string, unknown> = {}) => server.createKey({ api: 'classic', org, ...fields });
    const live = await make({ name: 'Production Key' });
    const test = await make({ name: 'Test Key', environment: 'test' });
    const others = await make({ org: otherOrg });
    const play = async (name: string, line: string, call: Partial<Call> = {}): Promise<void> => {
      const reply = await send(server, { host: 'api.classic.localhost', secret: live.secret, line, ...call });
      situations.push({ name, reply });
    };

    const unused = await make({ name: 'Unused Key' });
    clock.advance(61_000);
    await play('200 list of live keys', 'GET /v1/api-keys');
    await play('200 list of test keys', 'GET /v1/api-keys', { secret: test.secret });
    await play('200 HEAD', 'HEAD /v1/api-keys');
    await play('200 there are no pages', 'GET /v1/api-keys?page=2');
    await play('401 no key', 'GET /v1/api-keys', { secret: undefined });
    const bound = await make({ endpoints: ['GET /v1/users/*', 'DELETE /v1/api-keys/*'] });
    await play('403 an endpoint that the key may not call', 'GET /v1/api-keys', { secret: bound.secret });
    await play('200 revoke, with a query', `DELETE /v1/api-keys/${unused.id}?now=1`, { secret: bound.secret });
    await play('200 the revoked one is gone from the list', 'GET /v1/api-keys');
    await play('404 revoked already', `DELETE /v1/api-keys/${unused.id}`);
    await play('404 another account’s', `DELETE /v1/api-keys/${others.id}`);
    await play('404 of the other environment', `DELETE /v1/api-keys/${test.id}`);
    await play('404 never issued', 'DELETE /v1/api-keys/key_123');
    await play('405 keys are not created here', 'POST /v1/api-keys', { body: { name: 'New' } });
    await play('405 on a key', `PATCH /v1/api-keys/${live.id}`, { body: { name: 'New' } });
    await play('200 a key revokes itself', `DELETE /v1/api-keys/${live.id}`);
    await play('401 and is gone', 'GET /v1/api-keys');
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test('answers each situation with the status in its name', () => {
    for (const { name, reply } of situations) expect(reply.status, name).toBe(Number(name.slice(0, 3)));
  });

  test('answers each situation as its golden file has it', async () => {
    const text = situations.map(({ name, reply }) => `### ${name}\n${mask(reply)}\n`).join('\n');
    await expect(text).toMatchFileSnapshot('./classic-management.golden.http');
  });

  test('answers every failed revocation with the same bytes', () => {
    const answers = situations.filter(({ name }) => name.startsWith('404'));
    expect(answers).toHaveLength(4);
    expect(new Set(answers.map(({ reply }) => mask(reply))).size).toBe(1);
  });
});

describe('standard', () => {
  async function open(section: object = {}) {
    const clock = createManualClock(startMs);
    const server = await startTestServer({
      clock,
      extra: `profiles:
  acme: { extends: classic, management: ${JSON.stringify({ shape: 'standard', ...section })} }
`,
      apis: `
  - id: acme
    profile: acme
    hosts: [api.acme.localhost]
    upstream: UPSTREAM
    policy: { keysMay: [list, create, rotate, revoke] }
  - id: frozen
    profile: acme
    hosts: [api.frozen.localhost]
    upstream: UPSTREAM
    policy: { keysMay: [list] }
`,
    });
    const org = await server.createOrg();
    const own = await server.createKey({ api: 'acme', org, name: 'Own', addresses: ['127.0.0.1', '10.0.0.0/8'] });
    const call = async (line: string, more: Partial<Call> = {}) => {
      const reply = await send(server, { host: 'api.acme.localhost', secret: own.secret, line, ...more });
      return {
        ...reply,
        json: reply.body === '' ? undefined : JSON.parse(Buffer.from(reply.body, 'latin1').toString()),
      };
    };
    return { server, clock, org, own, call };
  }

  test('lists, creates, gets, rotates and revokes, and shows a secret only when it is new', async () => {
    const opened = await open();
    await using server = opened.server;
    const { clock, org, own, call } = opened;
    clock.advance(1_000);
    const made = await call('POST /v1/keys', {
      body: { name: 'Child', addresses: ['10.1.1.1'], expiresAt: '2026-06-01T00:00:00Z' },
    });
    expect(made.status).toBe(403);
    const child = await call('POST /v1/keys', {
      body: { name: 'Child', addresses: ['127.0.0.1'], scopes: null, expiresAt: '2026-06-01T00:00:00Z' },
    });
    expect(child.json).toMatchObject({ error: { message: 'scopes: must be a list of strings' } });
    const { status, json: key } = await call('POST /v1/keys', {
      body: { name: 'Child', addresses: ['127.0.0.1'], expiresAt: '2026-06-01T00:00:00Z' },
    });
    const { secret, ...shown } = key;
    expect([status, secret]).toEqual([201, expect.stringMatching(/^sk_live_\w{40}$/)]);
    expect(shown).toEqual({
      id: expect.stringMatching(/^key_\w{20}$/),
      name: 'Child',
      environment: 'live',
      masked: `${secret.slice(0, 12)}…${secret.slice(-4)}`,
      status: 'active',
      addresses: ['127.0.0.1'],
      referrers: [],
      endpoints: [],
      scopes: [],
      rateLimits: [],
      createdAt: '2026-01-15T10:30:16.250Z',
      secretCreatedAt: '2026-01-15T10:30:16.250Z',
      expiresAt: '2026-06-01T00:00:00.000Z',
      revokedAt: null,
      lastUsedAt: null,
    });
    expect((await call(`GET /v1/keys/${key.id}`)).json).toEqual(shown);
    const { json: list } = await call('GET /v1/keys');
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual([key.id, own.id]);
    expect(list.nextCursor).toBeNull();

    const rotated = await call(`POST /v1/keys/${key.id}/rotate`, { secret });
    expect(rotated.json).toMatchObject({ id: key.id, secretCreatedAt: '2026-01-15T10:30:16.250Z' });
    expect(rotated.json.secret).not.toBe(secret);
    for (const works of [secret, rotated.json.secret]) {
      expect((await call('GET /v1/users/1', { secret: works })).status).toBe(200);
    }
    const gone = await call(`DELETE /v1/keys/${key.id}`);
    expect(gone.json).toMatchObject({ id: key.id, status: 'revoked', revokedAt: '2026-01-15T10:30:16.250Z' });
    expect((await call(`DELETE /v1/keys/${key.id}`)).json).toEqual(gone.json);
    expect((await call(`GET /v1/keys/${key.id}`)).json.status).toBe('revoked');
    expect((await call('GET /v1/keys')).json.data).toHaveLength(1);
    expect((await call('GET /v1/users/1', { secret })).status).toBe(401);
    for (const { text } of [rotated, await call('GET /v1/keys'), gone])
      expect(text).not.toContain(secret.slice(12, 40));

    const { body: audit } = await server.admin('GET', `/v1/audit?org=${org}&target=${key.id}`);
    const entries = audit.data as { action: string; via: string; actor: { id: string } }[];
    expect(entries.map(({ action, via }) => [action, via])).toEqual([
      ['key.revoked', 'standard'],
      ['key.rotated', 'standard'],
      ['key.created', 'standard'],
    ]);
  });

  test('a key rotates only itself, with the default overlap, and only where the policy says so', async () => {
    const opened = await open();
    await using server = opened.server;
    const { org, own, call } = opened;
    const other = await server.createKey({ api: 'acme', org });
    const refused = await call(`POST /v1/keys/${other.id}/rotate`);
    expect([refused.status, refused.json.error]).toEqual([
      403,
      { code: 'FORBIDDEN', message: 'A key can rotate only itself: a person rotates others in the console.' },
    ]);
    const now = await call(`POST /v1/keys/${own.id}/rotate`, { body: { overlap: 'now' } });
    expect([now.status, now.json.error.message]).toEqual([
      400,
      'overlap: is not known here: leave it out or correct its name',
    ]);
    expect((await call(`POST /v1/keys/${own.id}/rotate`, { body: {} })).status).toBe(200);

    const frozen = await server.createKey({ api: 'frozen', org });
    const at = { host: 'api.frozen.localhost', secret: frozen.secret };
    expect((await call('GET /v1/keys', at)).status).toBe(200);
    for (const line of ['POST /v1/keys', `POST /v1/keys/${frozen.id}/rotate`, `DELETE /v1/keys/${frozen.id}`]) {
      expect([line, (await call(line, { ...at, ...(line.startsWith('POST') && { body: {} }) })).status]).toEqual([
        line,
        403,
      ]);
    }
    const { body } = await server.admin('GET', `/v1/keys/${frozen.id}`);
    expect(body).toMatchObject({ status: 'active', revision: 1 });
  });

  test('pages end where the list ends, and a foreign cursor or limit is refused', async () => {
    const opened = await open();
    await using server = opened.server;
    const { clock, org, call } = opened;
    for (let at = 0; at < 4; at++) {
      clock.advance(1);
      await server.createKey({ api: 'acme', org, name: `Key ${at}` });
    }
    await server.createKey({ api: 'acme', org, environment: 'test' });
    await server.createKey({ api: 'frozen', org });
    const names: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 9; page++) {
      const { json } = await call(
        `GET /v1/keys?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      names.push(...json.data.map(({ name }: { name: string }) => name));
      cursor = json.nextCursor;
    }
    expect(names).toEqual(['Key 3', 'Key 2', 'Key 1', 'Key 0', 'Own']);
    for (const [query, message] of [
      ['limit=0', 'limit: must be a whole number from 1 to 100'],
      ['limit=101', 'limit: must be a whole number from 1 to 100'],
      ['limit=1e1', 'limit: must be a whole number from 1 to 100'],
      ['limit=1&limit=1', 'limit: is sent twice: send it once'],
      ['cursor=x', 'cursor: must be nextCursor of the previous page'],
      [`cursor=${'x'.repeat(201)}`, 'cursor: must be nextCursor of the previous page'],
    ] as const) {
      const { status, json } = await call(`GET /v1/keys?${query}`);
      expect([query, status, json.error.message]).toEqual([query, 400, message]);
    }
  });

  test('another organization, API or environment gets the answer of a key that does not exist', async () => {
    const opened = await open();
    await using server = opened.server;
    const { org, own, call } = opened;
    const others = [
      await server.createKey({ api: 'acme', org: await server.createOrg() }),
      await server.createKey({ api: 'frozen', org }),
      await server.createKey({ api: 'acme', org, environment: 'test' }),
    ];
    const ids = [...others.map(({ id }) => id), 'key_123', '__proto__', '%2e%2e'];
    const answers = new Set<string>();
    for (const id of ids) {
      for (const line of [`GET /v1/keys/${id}`, `DELETE /v1/keys/${id}`, `POST /v1/keys/${id}/rotate`]) {
        const { status, body } = await call(line);
        answers.add(`${status} ${body}`);
      }
    }
    expect([...answers]).toEqual(['404 {"success":false,"error":{"code":"NOT_FOUND","message":"API key not found."}}']);
    for (const [line, allowed] of [
      ['PUT /v1/keys', 'GET, HEAD, POST'],
      [`PATCH /v1/keys/${own.id}`, 'GET, HEAD, DELETE'],
      [`GET /v1/keys/${own.id}/rotate`, 'POST'],
    ] as const) {
      const { status, headers } = await call(line, { ...(line.startsWith('P') && { body: {} }) });
      expect([line, status, headers.allow]).toEqual([line, 405, allowed]);
    }
    for (const path of ['/v1/keys/', `/v1/keys/${own.id}/`, `/v1/keys/${own.id}/rotate/x`, '/v1/keysx']) {
      expect((await call(`GET ${path}`)).json.target).toBe(path);
    }
  });

  test('members have names of one’s own, in requests, replies and errors', async () => {
    const opened = await open({
      path: '/api/credentials',
      // Swapped on purpose: an error about a field must not be renamed twice.
      fields: { name: 'addresses', addresses: 'name', expiresAt: 'valid-until', limit: 'per_page', items: 'keys' },
      replyFields: { id: 'uid', secret: 'token', createdAt: 'created_at', nextCursor: 'next', name: 'label' },
      errors: { not_found: { status: 410, code: 'GONE', message: 'No such credential.' } },
    });
    await using server = opened.server;
    const { own, call } = opened;
    const path = '/api/credentials';
    const { status, json } = await call(`POST ${path}`, {
      body: { addresses: 'Child', name: ['127.0.0.1'], 'valid-until': '2026-06-01T00:00:00Z' },
    });
    expect(status).toBe(201);
    expect(json).toMatchObject({ label: 'Child', name: ['127.0.0.1'], 'valid-until': '2026-06-01T00:00:00.000Z' });
    expect(Object.keys(json).slice(0, 3)).toEqual(['uid', 'label', 'environment']);
    expect(json.token).toMatch(/^sk_live_\w{40}$/);
    expect((await server.admin('GET', `/v1/keys/${json.uid}`)).body).toMatchObject({ name: 'Child' });
    const list = (await call(`GET ${path}?per_page=1`)).json;
    expect(list).toMatchObject({ keys: [{ uid: json.uid }], next: expect.any(String) });
    expect((await call(`GET ${path}/x`)).status).toBe(410);
    for (const [body, message] of [
      [{ name: 'Child' }, 'name: must be a list of strings'],
      [{ name: [1] }, 'name[0]: must be a string'],
      [{ addresses: 1 }, 'addresses: must be a string'],
      [{ addresses: '' }, 'addresses: must have at least 1 character'],
      [{ addresses: 'a', name: ['nowhere'] }, expect.stringMatching(/^name\[0\]: "nowhere" /)],
      [{ addresses: 'a', expiresAt: null }, 'expiresAt: is not known here: leave it out or correct its name'],
      [{ addresses: 'a', 'valid-until': 'now' }, expect.stringMatching(/^valid-until: /)],
      ['{"__proto__":{"addresses":"a"}}', '__proto__: is not known here: leave it out or correct its name'],
      ['{"constructor":{"prototype":{}}}', 'constructor: is not known here: leave it out or correct its name'],
      ['{"addresses":"a","toString":1}', 'toString: is not known here: leave it out or correct its name'],
      [[], 'body: must be a JSON object'],
    ] as const) {
      const reply = await call(`POST ${path}`, { body });
      expect([body, reply.status, reply.json.error.message]).toEqual([body, 400, message]);
    }
    expect((await call(`GET ${path}?per_page=0`)).json.error.message).toMatch(/^per_page: must be a whole number/);
    // The shape's own path is for the upstream now.
    expect((await call('GET /v1/keys')).json.target).toBe('/v1/keys');
    expect((await call(`GET ${path}/${own.id}`)).json.uid).toBe(own.id);
  });
});

test('a panel says what it does not know by the name that was sent', async () => {
  await using server = await startTestServer({
    extra: `profiles:
  own: { extends: panel, management: { fields: { name: title, page: p }, replyFields: { items: keys } } }
`,
    apis: `
  - { id: panel, profile: own, hosts: [${host}], upstream: UPSTREAM }
`,
  });
  const { secret } = await server.createKey({ api: 'panel', org: await server.createOrg() });
  const call = async (line: string, body?: unknown) => {
    const reply = await send(server, { host, secret, line, body });
    return JSON.parse(Buffer.from(reply.body, 'latin1').toString());
  };
  const detailOf = ({ errors: [error] }: { errors: [{ detail: string }] }) => error.detail;
  for (const name of ['memo', 'name', 'addresses']) {
    const fix = 'is not known here: leave it out or correct its name';
    expect(detailOf(await call(create, { [name]: 'x' }))).toBe(`${name}: ${fix}`);
  }
  expect(detailOf(await call(create, { title: 'x'.repeat(501) }))).toMatch(/^title: /);
  expect(detailOf(await call(`${list}?p=9999999`))).toMatch(/^p: must be a whole number/);
  expect(detailOf(await call(`${list}?p=999999&limit=100`))).toMatch(/^p: is too far into the list: p × limit /);
  const made = await call(create, { title: 'Mine' });
  expect(made.data).toMatchObject({ title: 'Mine', allowed_ips: [] });
  expect(await call(list)).toMatchObject({ keys: [{ title: 'Mine' }, {}], pagination: { total: 2 } });
});

test('only the exact paths are management routes, and only on a host of their vendor', async () => {
  await using server = await startTestServer();
  const org = await server.createOrg();
  const isProxied = async (api: ProfileId, line: string): Promise<boolean> => {
    const { secret } = await server.createKey({ api, org, ...(api === 'palcards' && { addresses: ['127.0.0.1'] }) });
    const [name = '', value = ''] = presentCredential(profiles[api].source, secret).headers;
    const reply = await send(server, {
      host: api === 'panel' ? host : `api.${api}.localhost`,
      line,
      body: {},
      headers: [json, [name, value]],
    });
    if (reply.status !== 200) return false;
    const { method, target } = JSON.parse(reply.body);
    expect(`${method} ${target}`).toBe(line);
    return true;
  };

  for (const api of ['palcards', 'palpluss', 'palm'] as const) {
    for (const path of ['/api/account/api-keys', '/v1/api-keys', '/v1/keys', '/api/account/api-keys/x']) {
      expect(await isProxied(api, `POST ${path}`), `${api} ${path}`).toBe(true);
    }
  }
  for (const path of [
    '/api/account/api-keys/',
    '/api/account/api-keys/a/b',
    '/api/account/api-keysx',
    '/API/account/api-keys',
    '/v1/api-keys',
  ]) {
    expect(await isProxied('panel', `POST ${path}`), path).toBe(true);
  }
  for (const path of ['/api/account/api-keys', '/v1/api-keys/', '/v1/api-keys/a/b', '/v1/api-key']) {
    expect(await isProxied('classic', `DELETE ${path}`), path).toBe(true);
  }
});

test('the admin API refuses a PalCards key', async () => {
  await using server = await startTestServer();
  const org = await server.createOrg();
  const { secret } = await server.createKey({ api: 'palcards', org, addresses: ['127.0.0.1'] });
  const reply = await fetch(`http://127.0.0.1:${server.internalPort}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'x-api-key': secret, 'content-type': 'application/json' },
    body: JSON.stringify({ api: 'palcards', org, name: 'mine', addresses: ['127.0.0.1'] }),
  });
  expect(reply.status).toBe(401);
  expect((await server.admin('GET', `/v1/keys?org=${org}`)).body.data).toHaveLength(1);
});

test('a created key works at once and a deleted one no longer, and both are in usage and audit log', async () => {
  await using server = await startTestServer();
  const org = await server.createOrg();
  const { id, secret } = await server.createKey({ api: 'panel', org });
  const status = async (key: string) => (await send(server, { host, secret: key, line: 'GET /api/servers' })).status;
  const created = await send(server, { host, secret, line: create, body: { memo: 'child' } });
  const child = JSON.parse(created.body);
  const childSecret: string = child.meta.secret_token;
  expect(await status(childSecret)).toBe(200);
  const removed = await send(server, { host, secret, line: `DELETE /api/account/api-keys/${child.data.identifier}` });
  expect(await status(childSecret)).toBe(401);
  expect(await status(secret)).toBe(200);

  expect(await server.countsByOutcome(`org=${org}`)).toEqual({ allowed: 4, key_revoked: 1 });
  const database = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { readOnly: true });
  const entries = database.prepare('SELECT * FROM audit_log ORDER BY seq').all();
  database.close();
  const { start, end } = { start: secret.slice(4, 8), end: secret.slice(-4) };
  const common = { via: 'panel', address: '127.0.0.1', actor_id: id, actor_label: `xyp_${start}…${end}` };
  expect(entries.slice(-2)).toMatchObject([
    { ...common, action: 'key.created', request_id: created.headers['x-request-id'] },
    { ...common, action: 'key.revoked', request_id: removed.headers['x-request-id'] },
  ]);
});

test('a list shows every earlier use', async () => {
  const clock = createManualClock(startMs);
  await using server = await startTestServer({ clock });
  const org = await server.createOrg();
  const [reader, used] = [
    await server.createKey({ api: 'classic', org }),
    await server.createKey({ api: 'classic', org }),
  ];
  for (const last of ['2026-01-15T10:30:16Z', '2026-01-15T10:30:17Z', '2026-01-15T10:30:18Z']) {
    clock.advance(1000);
    await send(server, { host: 'api.classic.localhost', secret: used.secret, line: 'GET /v1/users/1' });
    const reply = await send(server, {
      host: 'api.classic.localhost',
      secret: reader.secret,
      line: 'GET /v1/api-keys',
    });
    expect(JSON.parse(reply.body).data).toMatchObject([
      { id: used.id, last_used: last },
      { id: reader.id, last_used: last },
    ]);
  }
});

test('a key that is revoked during its request creates nothing', async () => {
  await using server = await startTestServer();
  const org = await server.createOrg();
  const { id, secret } = await server.createKey({ api: 'panel', org });
  const socket = connect(server.publicPort, '127.0.0.1').setEncoding('latin1');
  const head: Header[] = [
    ['Host', host],
    ['Authorization', `Bearer ${secret}`],
    json,
    ['Content-Length', '2'],
    ['Expect', '100-continue'],
  ];
  socket.write(requestText(`${create} HTTP/1.1`, head));
  // The gate allows the request before it asks for the body.
  expect((await once(socket, 'data'))[0]).toContain('100 Continue');
  await server.admin('DELETE', `/v1/keys/${id}`);
  socket.write('{}');
  const [reply] = await once(socket, 'data');
  socket.destroy();
  expect(reply).toMatch(/^HTTP\/1\.1 401 .*"code":"UNAUTHENTICATED"/s);
  expect((await server.admin('GET', `/v1/keys?org=${org}&api=panel`)).body.data).toHaveLength(1);
});

test('a body in pieces is read completely, and the connection stays usable', async () => {
  await using server = await startTestServer();
  const { secret } = await server.createKey({ api: 'panel', org: await server.createOrg() });
  const head: Header[] = [
    ['Host', host],
    ['Authorization', `Bearer ${secret}`],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Transfer-Encoding', 'chunked'],
  ];
  const reply = await sendRaw({
    port: server.publicPort,
    text: [requestText(`${create} HTTP/1.1`, head), '8\r\n{"memo":\r\n', '8\r\n"piece"}\r\n0\r\n\r\n'],
  });
  expect([reply.status, reply.headers.connection]).toEqual([201, 'keep-alive']);
  expect(JSON.parse(reply.body).data.description).toBe('piece');
});

test('a PalCards key may not run any command, through any carrier', async () => {
  await using opened = await openEngine();
  const { miftah, org } = opened;
  const { createKey, listKeys, revokeKey, rotateKey } = miftah.keys;
  const fields = { apiId: 'palcards', orgId: org, name: 'Server', addresses: ['127.0.0.1'] };
  const { key } = await createKey(libraryOperator, fields);
  for (const via of ['panel', 'classic', 'admin_api'] as const) {
    const { id: keyId, apiId, orgId, environment } = key;
    const origin = { via, address: '127.0.0.1', requestId: null };
    const actor: KeyActor = { kind: 'key', keyId, label: 'sk_prod_…', apiId, orgId, environment, ...origin };
    const refusal = { code: 'not_permitted' };
    await expect(createKey(actor, fields)).rejects.toMatchObject(refusal);
    await expect(createKey(actor, { ...fields, apiId: 'panel' })).rejects.toMatchObject(refusal);
    await expect(listKeys(actor, {}, { limit: 1 })).rejects.toMatchObject(refusal);
    await expect(revokeKey(actor, keyId)).rejects.toMatchObject(refusal);
    await expect(rotateKey(actor, keyId)).rejects.toMatchObject(refusal);
  }
  expect(await miftah.keys.countKeys(libraryOperator, { orgId: org, status: 'active' })).toBe(1);
});

test('a failing store is a 503 in the dialect, with a log line', async () => {
  await using opened = await openEngine();
  const { miftah, org } = opened;
  const { key, secret } = await miftah.keys.createKey(libraryOperator, { apiId: 'panel', orgId: org });
  const gate = miftah.api('panel');
  const facts: RequestFacts = {
    method: 'GET',
    path: '/api/account/api-keys',
    rawHeaders: ['Authorization', `Bearer ${secret}`],
    clientAddress: '127.0.0.1',
    environment: undefined,
  };
  const verdict = await gate.authorize(facts);
  if (verdict.kind !== 'allowed') throw new Error(verdict.reason);
  const faults: unknown[] = [];
  const { keys, usage } = miftah;
  const findMember = async () => undefined;
  const find = createDialectManagement(gate, {
    keys,
    usage,
    findMember,
    clock: miftah.clock,
    takeTurn: createLoopTurns(),
    onFault: (fault) => faults.push(fault),
  });
  await miftah.close();
  const request = {
    facts,
    caller: verdict.key,
    rate: verdict.rate,
    requestId: 'c1b2a3d4-e5f6-4890-abcd-ef1234567890',
    target: facts.path,
    contentType: undefined,
    readBody: async () => undefined,
  };
  const reply = await find?.(facts.path)?.answer(request);
  expect(reply).toMatchObject({ status: 503, headers: expect.arrayContaining(['Retry-After', '1', 'no-store']) });
  expect(JSON.parse(reply?.body ?? '')).toMatchObject({ errors: [{ code: 'SERVICE_UNAVAILABLE', status: '503' }] });
  expect(faults).toMatchObject([{ code: 'storage_closed' }]);
  expect(key.id).toMatch(/^c[0-9a-z]{23}$/);
});

test('a WebSocket upgrade on a management path does not reach the upstream', async () => {
  await using server = await startTestServer();
  const { secret } = await server.createKey({ api: 'panel', org: await server.createOrg() });
  const upgrades: string[] = [];
  server.upstream.on('upgrade', ({ url }, socket) => {
    upgrades.push(url ?? '');
    socket.destroy();
  });
  const headers: Header[] = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ];
  const reply = await send(server, { host, secret, line: list, headers });
  expect([reply.status, JSON.parse(reply.body).pagination.total]).toEqual([200, 1]);
  await send(server, { host, secret, line: 'GET /socket', headers });
  expect(upgrades).toEqual(['/socket']);
});

/** An engine without listeners, with an organization, in a folder of its own. */
async function openEngine() {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  const file = join(folder, 'miftah.yaml');
  await writeFile(
    file,
    `dataDir: ${join(folder, 'data')}\napis:${fiveApis.replaceAll('UPSTREAM', 'http://127.0.0.1:9')}`,
  );
  const miftah = await openMiftah({ config: file }, { log: pino({ level: 'silent' }) });
  const { id: org } = await miftah.organizations.createOrganization(libraryOperator, { name: 'Test', kind: 'dealer' });
  return {
    miftah,
    org,
    async [Symbol.asyncDispose]() {
      await miftah.close();
      await rm(folder, { recursive: true });
    },
  };
}
