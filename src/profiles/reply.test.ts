// The replies of every profile, byte for byte: status, body, challenge, rate headers, cache and retry headers.
import { parseList } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import { type ProfileId, profiles } from '../config/bundled-profiles.ts';
import type { CredentialSource } from '../domain/credential.ts';
import type { RateState } from '../domain/rate-limit.ts';
import { reasons } from '../domain/verdict.ts';
import { faults, type Help, type Problem, type Profile, type RateHeaders } from './profile.ts';
import { compileReplies, type Reply, renderProblem } from './reply.ts';

const ids = Object.keys(profiles) as ProfileId[];
const requestId = 'c1b2a3d4-e5f6-7890-abcd-ef1234567890';
const usedUp: RateState = {
  limit: 60,
  windowSeconds: 60,
  remaining: 0,
  resetAtMs: 1_700_000_040_000,
  readAtMs: 1_700_000_003_001,
};

function headersOf(reply: Reply): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < reply.headers.length; at += 2) {
    const name = (reply.headers[at] as string).toLowerCase();
    if (headers.has(name)) throw new TypeError(`${name} is sent twice`);
    headers.set(name, reply.headers[at + 1] as string);
  }
  return headers;
}

function textOf({ status, headers, body }: Reply): string {
  const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []));
  return [status, ...lines, '', body].join('\n');
}

const clock = { nowMs: () => 1_700_000_003_001 };

function render(
  id: ProfileId,
  problem: Problem,
  rate?: RateState,
  { dialect, source }: Pick<Profile, 'dialect' | 'source'> = profiles[id],
): Reply {
  const replies = compileReplies(dialect, { id, source }, clock);
  return renderProblem(replies, problem, { requestId, clientAddress: '203.0.113.9', rate });
}

function withHelp(id: ProfileId, of: Help): Reply {
  const { dialect, source } = profiles[id];
  return render(id, 'key_unknown', undefined, { dialect: { ...dialect, help: of }, source });
}

const help = { docs: 'https://docs.example.com/keys', contact: 'mailto:help@example.com' };
const link = '<https://docs.example.com/keys>; rel="help", <mailto:help@example.com>; rel="help"';

test.each<[ProfileId, unknown]>([
  ['palm', expect.objectContaining({ status: 401, ...help })],
  ['palpluss', expect.objectContaining({ error: expect.objectContaining({ details: help }) })],
  ['panel', { errors: [expect.objectContaining({ links: { about: help.docs } })] }],
  ['classic', { success: false, error: { code: 'INVALID_API_KEY', message: 'Invalid API key.' } }],
  ['palcards', { statusCode: 401, message: 'Unauthorized' }],
])('a denied request of %s names the help that is configured', (id, body) => {
  const reply = withHelp(id, help);
  expect(headersOf(reply).get('link')).toBe(link);
  expect(headersOf(reply).get('content-length')).toBe(String(Buffer.byteLength(reply.body)));
  expect(JSON.parse(reply.body)).toEqual(body);
});

test('help with one link has one, and without a link none', () => {
  const linkOf = (one: Help) => headersOf(withHelp('palpluss', one)).get('link');
  expect(linkOf({ docs: undefined, contact: help.contact })).toBe('<mailto:help@example.com>; rel="help"');
  expect(linkOf({ docs: undefined, contact: undefined })).toBeUndefined();
});

describe.each(ids)('%s', (id) => {
  test('answers every problem as its golden file has it: npx vitest run src/profiles --update', async () => {
    const replies = Map.groupBy([...reasons, ...faults], (problem) => textOf(render(id, problem)));
    const groups = [...replies].map(([text, problems]) => `### ${problems.join(', ')}\n${text}\n`);
    const limited = `### rate_limited, with its limit\n${textOf(render(id, 'rate_limited', usedUp))}\n`;
    await expect([...groups, limited].join('\n')).toMatchFileSnapshot(`../../test/profiles/${id}.problems.golden.http`);
  });

  test('sends truthful rate headers wherever a limit was counted, and Retry-After on 429 alone', () => {
    const { rateHeaders, sendsRateLimitFields } = profiles[id].dialect;
    const { limit = '', remaining = '', reset = '' } = rateHeaders as RateHeaders;
    for (const problem of reasons) {
      const reply = render(id, problem, usedUp);
      const headers = headersOf(reply);
      expect(headers.get(limit.toLowerCase())).toBe('60');
      expect(headers.get(remaining.toLowerCase())).toBe('0');
      expect(headers.get(reset.toLowerCase())).toBe('1700000040');
      expect(headers.get('ratelimit-policy')).toBe(sendsRateLimitFields ? '"default";q=60;w=60' : undefined);
      expect(headers.get('ratelimit')).toBe(sendsRateLimitFields ? '"default";r=0;t=37' : undefined);
      expect(headers.get('retry-after')).toBe(reply.status === 429 ? '37' : undefined);
    }
  });
});

test('RateLimit and RateLimit-Policy are structured fields of the shape that the IETF draft gives', () => {
  const headers = headersOf(render('classic', 'rate_limited', usedUp));
  expect(parseList(headers.get('ratelimit-policy') ?? '')).toEqual([
    [
      'default',
      new Map([
        ['q', 60],
        ['w', 60],
      ]),
    ],
  ]);
  expect(parseList(headers.get('ratelimit') ?? '')).toEqual([
    [
      'default',
      new Map([
        ['r', 0],
        ['t', 37],
      ]),
    ],
  ]);
});

test('Retry-After never ends before the window does', () => {
  for (const beforeResetMs of [60_000, 59_999, 1001, 1000, 999, 1, 0]) {
    const readAtMs = usedUp.resetAtMs - beforeResetMs;
    const waitSeconds = Number(
      headersOf(render('palpluss', 'rate_limited', { ...usedUp, readAtMs })).get('retry-after'),
    );
    expect(Number.isInteger(waitSeconds)).toBe(true);
    expect(waitSeconds).toBeGreaterThanOrEqual(1);
    expect(readAtMs + waitSeconds * 1000).toBeGreaterThanOrEqual(usedUp.resetAtMs);
  }
});

test('PalCards answers all refused requests but limits and outages with the same bytes', () => {
  const alike = reasons.filter((reason) => !['rate_limited', 'quota_exceeded', 'unavailable'].includes(reason));
  expect(alike).toHaveLength(reasons.length - 3);
  for (const reason of alike) expect(render('palcards', reason)).toEqual(render('palcards', 'credential_missing'));
});

test('the Content-Length counts bytes, not characters', () => {
  const { source, dialect } = profiles.palcards;
  const arabic = { source, dialect: { ...dialect, contentType: 'text/plain', body: 'غير مصرح' } };
  const reply = render('palcards', 'key_unknown', undefined, arabic);
  expect(headersOf(reply).get('content-length')).toBe('15');
});

test.each<[CredentialSource, missing: string, unknown: string]>([
  [{ kind: 'header', header: 'x-acme-key' }, 'ApiKey realm="palm"', 'ApiKey realm="palm"'],
  [{ kind: 'bearer' }, 'Bearer realm="palm"', 'Bearer realm="palm", error="invalid_token"'],
  [{ kind: 'basic', part: 'user' }, 'Basic realm="palm", charset="UTF-8"', 'Basic realm="palm", charset="UTF-8"'],
  [{ kind: 'basic', part: 'password' }, 'Basic realm="palm", charset="UTF-8"', 'Basic realm="palm", charset="UTF-8"'],
  [
    {
      kind: 'anyOf',
      sources: [{ kind: 'bearer' }, { kind: 'header', header: 'x-key' }, { kind: 'query', name: 'key' }],
    },
    'Bearer realm="palm", ApiKey realm="palm"',
    'Bearer realm="palm", error="invalid_token", ApiKey realm="palm"',
  ],
  [{ kind: 'query', name: 'api_key' }, 'ApiKey realm="palm"', 'ApiKey realm="palm"'],
  [{ kind: 'subprotocol', prefix: 'acme-key.' }, 'ApiKey realm="palm"', 'ApiKey realm="palm"'],
  [{ kind: 'scheme', header: 'x-auth', scheme: 'Token' }, 'Token realm="palm"', 'Token realm="palm"'],
])('a 401 challenges for the place of the key: $kind', (source, missing, unknown) => {
  const { dialect } = profiles.palm;
  const challengeOf = (problem: Problem) =>
    headersOf(render('palm', problem, undefined, { dialect, source })).get('www-authenticate');
  expect([challengeOf('credential_missing'), challengeOf('key_unknown')]).toEqual([missing, unknown]);
});
