// The replies that each vendor's clients get, byte for byte: every situation of every profile against its golden file.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProfileId, profiles } from '../../src/config/bundled-profiles.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { presentCredential } from '../../src/domain/credential.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type RawReply, requestText, sendRaw } from '../raw-http.ts';

interface Situation {
  readonly name: string;
  readonly status: number;
  readonly reply: RawReply;
}

interface Sample {
  readonly host: string;
  /** The `hosts` of the configuration. Default: `host` for all environments. */
  readonly hosts?: string;
  /** The `policy` of the configuration. Default: nothing beside the profile's. */
  readonly policy?: string;
  readonly line: string;
  /** Fields that a key of this API needs to work from 127.0.0.1. */
  readonly fields: Record<string, unknown>;
  /** The vendor's status for each situation. A situation that is not listed does not exist there. */
  readonly statuses: Readonly<Record<string, number>>;
}

const startMs = Date.UTC(2026, 0, 15, 10, 30, 15);

const samples: Readonly<Record<ProfileId, Sample>> = {
  standard: {
    host: 'api.standard.localhost',
    line: 'GET /v1/orders/7 HTTP/1.1',
    fields: {
      addresses: ['127.0.0.1/32'],
      endpoints: ['GET /v1/orders/*', 'POST /upload'],
      rateLimits: ['20/m'],
      expiresAt: new Date(startMs + 60_000).toISOString(),
    },
    statuses: {
      allowed: 200,
      missing: 401,
      mistyped: 401,
      'never issued': 401,
      'in its other place': 200,
      'sent twice': 401,
      'in two places': 401,
      revoked: 401,
      suspended: 401,
      'another address': 403,
      'another referrer': 403,
      'another endpoint': 403,
      'path with two readings': 400,
      'body too large': 413,
      'over the limit': 429,
      'upstream down': 502,
      expired: 401,
    },
  },
  palcards: {
    host: 'api.palcards.localhost',
    hosts: '{ live: [api.palcards.localhost], test: [api-sandbox.palcards.localhost] }',
    policy: '{ strictPaths: true }',
    line: 'GET /user/profile HTTP/1.1',
    fields: { addresses: ['127.0.0.1'] },
    statuses: {
      allowed: 200,
      missing: 401,
      mistyped: 401,
      'never issued': 401,
      'in the wrong place': 401,
      'sent twice': 401,
      'in two places': 401,
      revoked: 401,
      suspended: 401,
      'another address': 401,
      'empty address list': 401,
      'key of the other environment': 401,
      'path with two readings': 401,
      'body too large': 413,
      'upstream down': 502,
    },
  },
  palpluss: {
    host: 'api.palpluss.localhost',
    policy: '{ strictPaths: true }',
    line: 'GET /v1/wallets/service/balance HTTP/1.1',
    fields: {},
    statuses: {
      allowed: 200,
      missing: 401,
      mistyped: 401,
      'never issued': 401,
      'in the wrong place': 401,
      'sent twice': 401,
      'in two places': 401,
      revoked: 401,
      suspended: 401,
      'path with two readings': 400,
      'two Host headers': 400,
      'body too large': 413,
      'over the limit': 429,
      'upstream down': 502,
    },
  },
  panel: {
    host: 'panel.localhost',
    policy: '{ strictPaths: true }',
    line: 'GET /api/servers HTTP/1.1',
    fields: { addresses: ['127.0.0.1'], expiresAt: new Date(startMs + 60_000).toISOString() },
    statuses: {
      allowed: 200,
      missing: 401,
      mistyped: 401,
      'never issued': 401,
      'in the wrong place': 401,
      'sent twice': 401,
      'in two places': 401,
      revoked: 401,
      suspended: 401,
      'another address': 403,
      'path with two readings': 400,
      'body too large': 413,
      'upstream down': 502,
      expired: 401,
    },
  },
  classic: {
    host: 'api.classic.localhost',
    line: 'GET /v1/users/usr_123 HTTP/1.1',
    fields: {
      addresses: ['127.0.0.1/32'],
      endpoints: ['GET /v1/users/*', 'POST /upload'],
      expiresAt: new Date(startMs + 60_000).toISOString(),
    },
    statuses: {
      allowed: 200,
      missing: 401,
      mistyped: 401,
      'never issued': 401,
      'in the wrong place': 401,
      'sent twice': 401,
      'in two places': 401,
      revoked: 401,
      suspended: 401,
      'another address': 403,
      'another referrer': 403,
      'another endpoint': 403,
      'path with two readings': 400,
      'body too large': 413,
      'upstream down': 502,
      expired: 401,
    },
  },
  palm: {
    host: 'api.palm.localhost',
    policy: '{ scopes: { "POST /v1/verifications": "verifications:write" } }',
    line: 'GET /v1/verifications HTTP/1.1',
    fields: { rateLimits: ['20/m'], expiresAt: new Date(startMs + 60_000).toISOString() },
    statuses: {
      allowed: 200,
      missing: 401,
      mistyped: 401,
      'never issued': 401,
      'in the wrong place': 401,
      'sent twice': 401,
      'in two places': 401,
      revoked: 401,
      suspended: 401,
      'without the scope': 403,
      'path with two readings': 400,
      'body too large': 413,
      'over the limit': 429,
      'upstream down': 502,
      expired: 401,
    },
  },
};

for (const [id, sample] of Object.entries(samples) as [ProfileId, Sample][]) {
  describe(id, () => {
    let server: TestServer;
    let situations: Situation[];

    beforeAll(async () => {
      const clock = createManualClock(startMs);
      server = await startTestServer({
        clock,
        apis: configOf(id, sample),
        extra: 'public: { maxBodyBytes: 1000 }',
        upstream(req, res) {
          req.resume().on('end', () => {
            res.sendDate = false;
            res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 11 }).end('{"ok":true}');
          });
        },
      });
      situations = await playAll(id, sample, server, clock);
    });

    afterAll(() => server[Symbol.asyncDispose]());

    test('answers each situation with the status its vendor documents', () => {
      expect(Object.fromEntries(situations.map(({ name, reply }) => [name, reply.status]))).toEqual(sample.statuses);
    });

    test('answers each situation as its golden file has it: npx vitest run test/profiles --update', async () => {
      const text = situations.map(({ name, reply }) => `### ${name}\n${mask(reply)}\n`).join('\n');
      await expect(text).toMatchFileSnapshot(`./${id}.golden.http`);
    });

    test('sends a challenge on every 401, without an error if no credential was sent', () => {
      for (const { name, reply } of situations.filter(({ status }) => status === 401)) {
        const challenge = reply.headers['www-authenticate'] ?? '';
        expect(challenge, name).toMatch(/^(ApiKey|Basic|Bearer) realm="/);
        if (name === 'missing') expect(challenge).not.toContain('error=');
      }
    });
  });
}

test('PalCards answers every 401 with the same bytes apart from request id and date', async () => {
  const apis = configOf('palcards', samples.palcards);
  await using server = await startTestServer({ clock: createManualClock(startMs), apis });
  const situations = await playAll('palcards', samples.palcards, server, createManualClock(startMs));
  const answers = situations.filter(({ status }) => status === 401).map(({ reply }) => mask(reply));
  expect(answers.length).toBeGreaterThan(10);
  expect(new Set(answers).size).toBe(1);
});

function configOf(id: ProfileId, { host, hosts = `[${host}]`, policy = '{}' }: Sample): string {
  return `
  - id: ${id}
    profile: ${id}
    hosts: ${hosts}
    upstream: UPSTREAM
    policy: ${policy}
`;
}

/** Plays the situations one after the other on one server. Those that change its state come last. */
async function playAll(
  id: ProfileId,
  { host, line, fields, statuses }: Sample,
  server: TestServer,
  clock: { advance(ms: number): void },
): Promise<Situation[]> {
  const { source } = profiles[id];
  const situations: Situation[] = [];
  const org = await server.createOrg();
  const otherOrg = await server.createOrg();
  const create = (extra: Record<string, unknown> = {}) => server.createKey({ api: id, org, ...fields, ...extra });
  const key = await create();

  type Header = readonly [string, string];
  const present = (secret: string): Header => {
    const [header = '', value = ''] = presentCredential(source, secret).headers;
    return [header, value];
  };
  const send = (headers: readonly Header[], requestLine = line, from = '127.0.0.1', body = '') =>
    sendRaw({ port: server.publicPort, from, text: requestText(requestLine, [['Host', host], ...headers], body) });
  const play = async (name: string, request: () => Promise<RawReply>): Promise<void> => {
    const status = statuses[name];
    if (status !== undefined) situations.push({ name, status, reply: await request() });
  };
  const credential = present(key.secret);

  await play('allowed', () => send([credential]));
  await play('missing', () => send([]));
  await play('mistyped', () => send([present(swapLast(key.secret))]));
  const gone = await create();
  await server.admin('DELETE', `/v1/keys/${gone.id}`);
  await play('never issued', async () => {
    // A secret of another store would look like this: a right checksum, and an unknown digest.
    const { generateSecret } = await import('../../src/domain/secret.ts');
    return send([present(generateSecret(profiles[id].secret, 'live'))]);
  });
  const elsewhere: Header =
    source.kind === 'header' ? ['Authorization', `Bearer ${key.secret}`] : ['x-api-key', key.secret];
  await play(source.kind === 'anyOf' ? 'in its other place' : 'in the wrong place', () => send([elsewhere]));
  await play('sent twice', () => send([credential, credential]));
  await play('in two places', () => send([credential, elsewhere]));
  await play('revoked', () => send([present(gone.secret)]));
  const suspended = await server.createKey({ api: id, org: otherOrg, ...fields });
  await server.admin('POST', `/v1/orgs/${otherOrg}/suspend`);
  await play('suspended', () => send([present(suspended.secret)]));
  await play('another address', () => send([credential], line, '127.0.0.2'));
  await play('empty address list', async () => send([present((await create({ addresses: [] })).secret)]));
  await play('another referrer', async () => {
    const bound = await create({ referrers: ['https://shop.example.com'] });
    return send([present(bound.secret), ['Referer', 'https://shop.example.com.evil.com/']]);
  });
  await play('another endpoint', () => send([credential], 'DELETE /v1/users/usr_123 HTTP/1.1'));
  await play('without the scope', () => send([credential], 'POST /v1/verifications HTTP/1.1'));
  await play('key of the other environment', async () =>
    send([present((await create({ environment: 'test' })).secret)]),
  );
  await play('path with two readings', () => send([credential], 'GET /v1/users/..%2fadmin HTTP/1.1'));
  await play('two Host headers', () => send([['Host', host], credential]));
  await play('body too large', () =>
    send([credential, ['Content-Length', '1001']], 'POST /upload HTTP/1.1', '127.0.0.1', 'x'.repeat(1001)),
  );
  await play('over the limit', async () => {
    let reply = await send([credential]);
    while (reply.status === 200) reply = await send([credential]);
    return reply;
  });
  server.upstream.close();
  server.upstream.closeAllConnections();
  await play('upstream down', async () => send([present((await create()).secret)]));
  clock.advance(60_000);
  await play('expired', () => send([credential]));
  return situations;
}

function swapLast(secret: string): string {
  return `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`;
}

/** The reply as text, without what differs between requests. */
function mask({ text }: RawReply): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(/^Date: .*$/m, 'Date: <date>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<request-id>');
}
