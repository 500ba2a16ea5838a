// Two vendors that are written in configuration alone, with their public documentation as the only source: what their
// clients get, byte for byte, through the wire.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configOfProfile } from '../../src/config/load.ts';
import { createManualClock } from '../../src/domain/clock.ts';
import { basicUser } from '../../src/domain/credential.ts';
import { type Profile, problems } from '../../src/profiles/profile.ts';
import { compileReplies, renderProblem } from '../../src/profiles/reply.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';

const fileOf = (id: string) => fileURLToPath(new URL(`../../examples/profiles/${id}.profile.yaml`, import.meta.url));

const ids = ['rails-token', 'nlr'] as const;
const hostOf = (id: string) => `api.${id}.localhost`;

let server: TestServer;
let org: string;
beforeAll(async () => {
  const apis = ids.map(
    (id) => `\n  - { id: ${id}, profile: ${fileOf(id)}, hosts: [${hostOf(id)}], upstream: UPSTREAM }`,
  );
  server = await startTestServer({ apis: apis.join(''), clock: createManualClock(Date.UTC(2026, 0, 15, 10, 30, 15)) });
  org = await server.createOrg();
});
afterAll(() => server[Symbol.asyncDispose]());

type Header = readonly [name: string, value: string];

async function send(id: string, target: string, headers: readonly Header[] = []) {
  const text = requestText(`GET ${target} HTTP/1.1`, [['Host', hostOf(id)], ...headers]);
  return sendRaw({ port: server.publicPort, text });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('an API of Rails: the key is a parameter of Token, and every denial is one line of text', async () => {
  const { secret } = await server.createKey({ api: 'rails-token', org });
  const token = (value: string): Header => ['Authorization', value];
  for (const value of [`Token token="${secret}"`, `Token token=${secret}`, `token nonce="a", token="${secret}"`])
    expect((await send('rails-token', '/posts.json', [token(value)])).status, value).toBe(200);
  for (const headers of [[], [token(`Bearer ${secret}`)], [token(`Token ${secret}`)], [token('Token token="app_x"')]]) {
    const { status, headers: got, body } = await send('rails-token', '/posts.json', headers);
    expect([status, got['content-type'], got['www-authenticate'], body]).toEqual([
      401,
      'text/plain; charset=utf-8',
      'Token realm="Application"',
      'HTTP Token: Access denied.\n',
    ]);
  }
});

test('NLR: the key in a header, the query or Basic, 403 with a code of the table, and two rate headers', async () => {
  const { secret } = await server.createKey({ api: 'nlr', org });
  const { secret: elsewhere } = await server.createKey({ api: 'nlr', org, addresses: ['203.0.113.0/24'] });
  const target = '/api/alt-fuel-stations/v1.json?limit=1';
  const places: readonly (readonly [string, readonly Header[]])[] = [
    [target, [['X-Api-Key', secret]]],
    [`${target}&api_key=${secret}`, []],
    [target, [['Authorization', `Basic ${base64(`${secret}:`)}`]]],
  ];
  for (const [at, [to, headers]] of places.entries()) {
    const { status, headers: got } = await send('nlr', to, headers);
    expect([status, got['x-ratelimit-limit'], got['x-ratelimit-remaining']]).toEqual([200, '1000', String(999 - at)]);
    expect(Object.keys(got).filter((name) => name.includes('reset') || name === 'ratelimit')).toEqual([]);
  }
  const codeOf = async (to: string, headers: readonly Header[]) => {
    const { status, body } = await send('nlr', to, headers);
    expect(Object.keys(JSON.parse(body))).toEqual(['error']);
    return `${status} ${JSON.parse(body).error.code}`;
  };
  expect(await codeOf(target, [])).toBe('403 API_KEY_MISSING');
  expect(await codeOf(target, [['X-Api-Key', 'nlr_wrong']])).toBe('403 API_KEY_INVALID');
  expect(await codeOf(target, [['X-Api-Key', elsewhere]])).toBe('403 API_KEY_UNAUTHORIZED');
  expect(await codeOf(`${target}&api_key=${secret}`, [['X-Api-Key', secret]])).toBe('403 API_KEY_INVALID');
  expect(await codeOf(target, [['Authorization', `Basic ${base64(`${basicUser}:${secret}`)}`]])).toMatch(/^403 /);
});

test.each(ids)(
  '%s answers every problem as its golden file has it: npx vitest run test/profiles --update',
  async (id) => {
    const [profile] = configOfProfile(fileOf(id), '.').profiles;
    const { dialect, source } = profile as Profile;
    const replies = compileReplies(dialect, { id, source }, { nowMs: () => 0 });
    const context = {
      requestId: 'c1b2a3d4-e5f6-7890-abcd-ef1234567890',
      clientAddress: '203.0.113.9',
      rate: undefined,
    };
    const groups = Map.groupBy(problems, (problem) => {
      const { status, headers, body } = renderProblem(replies, problem, context);
      const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []));
      return [status, ...lines, '', body].join('\n');
    });
    const golden = [...groups].map(([reply, alike]) => `### ${alike.join(', ')}\n${reply}\n`).join('\n');
    await expect(golden).toMatchFileSnapshot(`./${id}.problems.golden.http`);
  },
);
