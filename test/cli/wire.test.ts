// What the command sends to the internal listener, and how it shows the answers: output, exit codes, errors.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliResult, runCli } from './cli-process.ts';
import { runHere } from './in-process.ts';

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

let folder: string;
let server: Server;
let url: string;
let calls: Call[];
/** Sets the listener's next answer. A second one is for a second call. */
let answers: { status: number; body: string; revision: string | undefined }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-cli-'));
  server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += chunk;
    const { method, url: path, headers } = req;
    calls.push({
      method,
      url: path,
      authorization: headers.authorization,
      body: text === '' ? null : JSON.parse(text),
    });
    const { status, body, revision } = answers.shift() ?? { status: 404, body: '{}' };
    const replyHeaders = { 'Content-Type': 'application/json', ...(revision && { 'X-Miftah-Revision': revision }) };
    res.writeHead(status, replyHeaders).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  calls = [];
  answers = [];
});

function answer(status: number, body: unknown, revision?: string): void {
  answers.push({ status, body: typeof body === 'string' ? body : JSON.stringify(body), revision });
}

function miftah(
  args: readonly string[],
  { stdin, env: more }: { stdin?: string; env?: Record<string, string> } = {},
): Promise<CliResult> {
  const options = { cwd: folder, env: { MIFTAH_URL: url, MIFTAH_TOKEN: 'mft_token', ...more } };
  const readsInput = args.includes('--secret-stdin');
  return readsInput ? runCli(args, { ...options, ...(stdin !== undefined && { stdin }) }) : runHere(args, options);
}

const org = {
  id: 'org_1',
  name: 'Nablus Cards',
  kind: 'dealer',
  status: 'active',
  createdAt: '2027-01-01T00:00:00.000Z',
};
const key = {
  id: 'key_1',
  name: 'Server',
  api: 'palcards',
  org: 'org_1',
  environment: 'live',
  masked: 'sk_prod_1a2b…9f3c',
  status: 'active',
  addresses: ['203.0.113.7'],
  referrers: [],
  endpoints: [],
  scopes: [],
  rateLimits: ['60/m'],
  createdAt: '2027-01-01T00:00:00.000Z',
  updatedAt: '2027-01-01T00:00:00.000Z',
  expiresAt: null,
  revokedAt: null,
  disabledAt: null,
  lastUsedAt: null,
  lastUsedAddress: null,
  revision: 1,
};
const secret = 'sk_prod_1a2bsecret9f3c';

describe('a change', () => {
  const coherence = { reached: false, nodes: ['n2', 'n3\u001b'], boundUntil: '2027-01-01T00:00:30.000Z' };

  test('is printed with its revision by --json, and with the nodes that it did not reach', async () => {
    answer(200, { ...key, coherence }, '42-9f86d081');
    const { stdout, stderr, code } = await miftah(['keys', 'revoke', 'key_1', '--json']);
    expect([JSON.parse(stdout), stderr, code]).toEqual([{ ...key, coherence, changeRevision: '42-9f86d081' }, '', 0]);
  });

  test.each([
    [coherence.nodes, 'n2, n3?'],
    [null, 'some nodes (unknown which)'],
  ])('that did not reach %j succeeds with a warning', async (nodes, who) => {
    for (const quietly of [[], ['--quiet']]) {
      answer(201, { ...key, secret, coherence: { ...coherence, nodes } }, '42-9f86d081');
      const args = ['keys', 'create', '--api', 'a', '--org', 'o', '--name', 'n', ...quietly];
      const { stdout, stderr, code } = await miftah(args);
      expect(stdout).toContain(secret);
      const warning = `warning: ${who} could not be reached and may use the old state until 2027-01-01T00:00:30.000Z\n`;
      expect([stderr, code]).toEqual([warning, 0]);
    }
  });
});

describe('a command sends', () => {
  const rows: readonly [args: string, method: string, path: string, body: unknown][] = [
    ['orgs create --name Nablus --kind dealer', 'POST', '/v1/orgs', { name: 'Nablus', kind: 'dealer' }],
    [
      'orgs create --name Nablus --kind dealer,school',
      'POST',
      '/v1/orgs',
      { name: 'Nablus', kinds: ['dealer', 'school'] },
    ],
    ['orgs update org_1 --kind dealer,school', 'PATCH', '/v1/orgs/org_1', { kinds: ['dealer', 'school'] }],
    ['orgs create --name Nablus', 'POST', '/v1/orgs', { name: 'Nablus' }],
    [
      'orgs create --name Nablus --tag eu,vip --meta plan=gold --meta a= --external-id cus_1',
      'POST',
      '/v1/orgs',
      { name: 'Nablus', tags: ['eu', 'vip'], metadata: { plan: 'gold', a: null }, externalId: 'cus_1' },
    ],
    [
      'orgs update org_1 --tag none --meta plan=a=b --external-id none',
      'PATCH',
      '/v1/orgs/org_1',
      { tags: [], metadata: { plan: 'a=b' }, externalId: null },
    ],
    [
      'orgs list --search nab --tag eu --meta plan=gold --external-id cus_1',
      'GET',
      '/v1/orgs?search=nab&tag=eu&metadata=plan%3Dgold&externalId=cus_1&limit=100',
      null,
    ],
    [
      'keys list --tag eu --meta plan=gold --external-id svc_1',
      'GET',
      '/v1/keys?tag=eu&metadata=plan%3Dgold&externalId=svc_1&limit=100',
      null,
    ],
    ['keys update key_1 --meta plan=', 'PATCH', '/v1/keys/key_1', { metadata: { plan: null } }],
    ['keys update key_1 --tag a --tag b', 'PATCH', '/v1/keys/key_1', { tags: ['a', 'b'] }],
    ['orgs list --limit 2 --cursor abc', 'GET', '/v1/orgs?limit=2&cursor=abc', null],
    ['orgs suspend org_1', 'POST', '/v1/orgs/org_1/suspend', null],
    ['orgs suspend org_1 --api palcards', 'POST', '/v1/orgs/org_1/apis/palcards/suspend', null],
    ['orgs resume org_1 --api palcards', 'POST', '/v1/orgs/org_1/apis/palcards/resume', null],
    ['orgs update org_1 --name Hebron', 'PATCH', '/v1/orgs/org_1', { name: 'Hebron' }],
    ['orgs update org_1 --kind dealer', 'PATCH', '/v1/orgs/org_1', { kind: 'dealer' }],
    [
      'orgs update org_1 --rate classic=600/m,9/s --rate palm=none',
      'PATCH',
      '/v1/orgs/org_1',
      { grantedLimits: { classic: ['600/m', '9/s'], palm: [] } },
    ],
    ['orgs resume a/b', 'POST', '/v1/orgs/a%2Fb/resume', null],
    [
      'keys create --api a --org o --name n --env test --ip 1.1.1.1,2.2.2.2 --ip 3.3.3.3 --referrer https://a.test ' +
        '--referrer *.b.test --scope a,b --expires 2027-01-31T00:00:00Z --rate 60/m',
      'POST',
      '/v1/keys',
      {
        api: 'a',
        org: 'o',
        environment: 'test',
        name: 'n',
        addresses: ['1.1.1.1', '2.2.2.2', '3.3.3.3'],
        referrers: ['https://a.test', '*.b.test'],
        scopes: ['a', 'b'],
        rateLimits: ['60/m'],
        expiresAt: '2027-01-31T00:00:00Z',
      },
    ],
    [
      'keys create --api a --org o --name n',
      'POST',
      '/v1/keys',
      { api: 'a', org: 'o', environment: 'live', name: 'n' },
    ],
    [
      'keys list --api a --org o --env live --status revoked',
      'GET',
      '/v1/keys?api=a&org=o&environment=live&status=revoked&limit=100',
      null,
    ],
    ['keys list --secret-age 90', 'GET', '/v1/keys?secretAgeDays=90&limit=100', null],
    ['keys list --status disabled --search a&b', 'GET', '/v1/keys?status=disabled&search=a%26b&limit=100', null],
    [
      'keys create --api a --org o --name n --expires never',
      'POST',
      '/v1/keys',
      { api: 'a', org: 'o', environment: 'live', name: 'n', expiresAt: null },
    ],
    [
      'keys create --api a --org o --name n --template reader',
      'POST',
      '/v1/keys',
      { api: 'a', org: 'o', environment: 'live', name: 'n', template: 'reader' },
    ],
    ['keys get key_1', 'GET', '/v1/keys/key_1', null],
    [
      'keys update key_1 --name n --ip none --rate none --expires never',
      'PATCH',
      '/v1/keys/key_1',
      { name: 'n', addresses: [], rateLimits: [], expiresAt: null },
    ],
    ['keys rotate key_1', 'POST', '/v1/keys/key_1/rotate', { overlap: '24h' }],
    ['keys rotate key_1 --overlap now', 'POST', '/v1/keys/key_1/rotate', { overlap: 'now' }],
    ['keys rotate key_1 --overlap until_ended', 'POST', '/v1/keys/key_1/rotate', { overlap: 'until_ended' }],
    ['keys disable key_1', 'POST', '/v1/keys/key_1/disable', null],
    ['keys enable a/b', 'POST', '/v1/keys/a%2Fb/enable', null],
    ['keys transfer key_1 org_2', 'POST', '/v1/keys/key_1/transfer', { org: 'org_2' }],
    ['keys secrets key_1', 'GET', '/v1/keys/key_1/secrets', null],
    ['keys end-secret key_1 sec_1', 'PATCH', '/v1/keys/key_1/secrets/sec_1', { endsIn: 'now' }],
    ['keys end-secret key_1 a/b 7d', 'PATCH', '/v1/keys/key_1/secrets/a%2Fb', { endsIn: '7d' }],
    ['keys revoke key_1', 'DELETE', '/v1/keys/key_1', null],
    [
      'audit list --org o --target key_1 --actor p --action key --limit 5',
      'GET',
      '/v1/audit?org=o&target=key_1&actor=p&action=key&limit=5',
      null,
    ],
    ['denials list --org o --api a --key k', 'GET', '/v1/denials?org=o&api=a&key=k&limit=100', null],
    ['apis list', 'GET', '/v1/apis', null],
    ['orgs get a/b', 'GET', '/v1/orgs/a%2Fb', null],
    ['keys find sk_live_1a2b…9f3c --api a', 'GET', '/v1/keys?api=a&search=sk_live_1a2b%E2%80%A69f3c&limit=100', null],
    ['keys find sk_live_1a', 'GET', '/v1/keys?search=sk_live_1a%E2%80%A6&limit=100', null],
    ['usage --org o --from 2027-01-01T00:00:00Z', 'GET', '/v1/usage?org=o&from=2027-01-01T00%3A00%3A00Z', null],
  ];
  for (const [args, method, path, body] of rows) {
    test(args, async () => {
      const document = { data: [], any: 'thing', secret };
      answer(200, document);
      const result = await miftah([...args.split(' '), '--json']);
      expect(calls).toEqual([{ method, url: path, authorization: 'Bearer mft_token', body }]);
      const code = args.startsWith('keys find') ? 6 : 0;
      expect(result).toEqual({ code, stdout: `${JSON.stringify(document)}\n`, stderr: '' });
    });
  }

  test('an endpoint unchanged, also with commas', async () => {
    answer(200, key);
    await miftah(['keys', 'update', 'key_1', '--endpoint', 'GET /a,b', '--endpoint', '* /c/**', '-q']);
    expect(calls[0]?.body).toEqual({ endpoints: ['GET /a,b', '* /c/**'] });
  });

  test('an expiry as an instant, the given number of days from now', async () => {
    answer(200, key);
    const beforeMs = Date.now();
    await miftah(['keys', 'update', 'key_1', '--expires', '90d', '-q']);
    const [{ expiresAt } = { expiresAt: '' }] = calls.map(({ body }) => body as { expiresAt: string });
    const startMs = Date.parse(expiresAt) - 90 * 86_400_000;
    expect(startMs).toBeGreaterThanOrEqual(beforeMs);
    expect(startMs).toBeLessThanOrEqual(Date.now());
  });

  test('the secret from standard input, without its line break', async () => {
    answer(200, { verdict: 'allowed', key: { id: 'key_1' }, rate: null, checks: [] });
    const args =
      'keys verify --api palcards --method get --path /a --client-ip 1.1.1.1 ' +
      '--referrer https://a.test --secret-stdin --json';
    const result = await miftah(args.split(' '), { stdin: `${secret}\n` });
    expect(result.code).toBe(0);
    expect(calls).toMatchObject([
      {
        method: 'POST',
        url: '/v1/verify',
        body: {
          api: 'palcards',
          secret,
          method: 'GET',
          path: '/a',
          clientIp: '1.1.1.1',
          referrer: 'https://a.test',
          environment: 'any',
          explain: true,
        },
      },
    ]);
  });

  test.each([
    ['', { environment: 'any' }],
    ['--path /a', { environment: 'any', method: 'GET', path: '/a' }],
    ['--env test --path /a --method PUT', { environment: 'test', method: 'PUT', path: '/a' }],
    // Only the server knows whether a path is needed.
    ['--method post', { environment: 'any', method: 'POST' }],
  ])('the facts of `keys verify %s`', async (flags, facts) => {
    answer(200, { verdict: 'allowed', key: { id: 'key_1' }, rate: null, checks: [] });
    const args = `keys verify --api palcards ${flags} --secret-stdin --json`.split(' ').filter((arg) => arg !== '');
    expect((await miftah(args, { stdin: secret })).code).toBe(0);
    expect(calls.map(({ body }) => body)).toEqual([{ api: 'palcards', secret, explain: true, ...facts }]);
  });
});

describe('a command prints', () => {
  test('a new key with its secret once, and a call in the form of its API', async () => {
    answer(201, { ...key, secret });
    answer(200, {
      id: 'palcards',
      credential: { kind: 'header', header: 'x-api-key' },
      urls: { live: 'http://a.test:4100' },
    });
    const { stdout, code } = await miftah([
      'keys',
      'create',
      '--api',
      'palcards',
      '--org',
      'org_1',
      '--name',
      'Server',
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe(`Created.

id         key_1
name       Server
api        palcards (live)
org        org_1
secret     sk_prod_1a2b…9f3c
status     active
addresses  203.0.113.7
limits     60/m
created    2027-01-01T00:00:00.000Z

  ${secret}

Copy this key now. You will not be able to view it again.

  curl -H "x-api-key: ${secret}" "http://a.test:4100/"
`);
  });

  test('a key with the windows in which its limits count', async () => {
    answer(200, key);
    answer(200, { id: 'palcards', limitWindows: 'sliding' });
    const { stdout, code } = await miftah(['keys', 'get', 'key_1']);
    expect(code).toBe(0);
    expect(stdout).toContain('limits     60/m\nwindows    sliding\n');
  });

  test('a new key even if the server does not return its API', async () => {
    answer(201, { ...key, secret });
    const { stdout, code } = await miftah([
      'keys',
      'create',
      '--api',
      'palcards',
      '--org',
      'org_1',
      '--name',
      'Server',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Copy this key now\. You will not be able to view it again\.\n$/);
  });

  test.for([
    ['keys create --api a --org o --name n -q', { ...key, secret }, secret],
    ['keys rotate key_1 -q', { ...key, secret }, secret],
    ['orgs create --name n -q', org, 'org_1'],
    ['keys list -q', { data: [key, { ...key, id: 'key_2' }], nextCursor: null }, 'key_1\nkey_2'],
  ] as const)('only the secret or the id: %s', async ([args, body, word]) => {
    answer(200, body);
    expect(await miftah(args.split(' '))).toEqual({ code: 0, stdout: `${word}\n`, stderr: '' });
  });

  test('an aligned table with a hint to its next page, and no control characters', async () => {
    answer(200, { data: [org, { ...org, id: 'org_22', name: '\u001b[2Jx', kind: '' }], nextCursor: 'abc' });
    expect((await miftah(['orgs', 'list', '--limit', '2'])).stdout).toBe(`ID      NAME          KIND    STATUS  CREATED
org_1   Nablus Cards  dealer  active  2027-01-01T00:00:00.000Z
org_22  ?[2Jx         -       active  2027-01-01T00:00:00.000Z
There are more rows. Add --all for all of them, or --cursor abc for the next ones.
`);
  });

  test.for([
    ['keys disable key_1', { ...key, status: 'disabled' }, 'sk_prod_1a2b…9f3c (key_1) is refused until you enable it.'],
    ['keys enable key_1', key, 'sk_prod_1a2b…9f3c (key_1) is enabled.'],
    ['keys transfer key_1 org_2', { ...key, org: 'org_2' }, 'sk_prod_1a2b…9f3c (key_1) now belongs to org_2.'],
    [
      'keys end-secret key_1 sec_1',
      { id: 'sec_1', masked: 'sk_…9f3c', status: 'ended', endsAt: '2027-01-01T00:00:00.000Z' },
      'sk_…9f3c (sec_1) is refused from now on.',
    ],
    [
      'keys end-secret key_1 sec_1 until_ended',
      { id: 'sec_1', masked: 'sk_…9f3c', status: 'superseded', endsAt: null },
      'sk_…9f3c (sec_1) works until you end it.',
    ],
  ] as const)('the outcome: %s', async ([args, body, sentence]) => {
    answer(200, body);
    expect(await miftah(args.split(' '))).toEqual({ code: 0, stdout: `${sentence}\n`, stderr: '' });
  });

  test('the secrets of a key with the uses of the old ones', async () => {
    const created = '2027-01-01T00:00:00.000Z';
    const unused = { useCount: 0, lastUsedAt: null, lastUsedAddress: null, createdAt: created };
    const used = { useCount: 7, lastUsedAt: created, lastUsedAddress: '203.0.113.7', createdAt: created };
    answer(200, {
      data: [
        { id: 'sec_2', masked: 'sk_…2', status: 'in_force', endsAt: null, ...unused },
        { id: 'sec_1', masked: 'sk_…1', status: 'superseded', endsAt: null, ...used },
      ],
      nextCursor: null,
    });
    expect((await miftah(['keys', 'secrets', 'key_1'])).stdout).toBe(
      `ID     SECRET  STATUS      CREATED                   EXPIRES      USES SINCE ROTATION  LAST USED
sec_2  sk_…2   in force    2027-01-01T00:00:00.000Z  -            -                    -
sec_1  sk_…1   superseded  2027-01-01T00:00:00.000Z  until ended  7                    2027-01-01T00:00:00.000Z from 203.0.113.7
`,
    );
  });

  test('usage with what is billed, and the status classes that occur', async () => {
    const none = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
    const row = { hour: '2027-01-14T09:00:00.000Z', api: 'palm', environment: 'live' };
    const data = [
      {
        ...row,
        outcome: 'allowed',
        count: 1204,
        billed: 1190,
        statuses: { ...none, '2xx': 1150, '4xx': 40, '5xx': 14 },
      },
      { ...row, outcome: 'upstream_failed', count: 3, billed: 0, statuses: { ...none, none: 3 } },
    ];
    answer(200, { data, from: '2027-01-01T00:00:00.000Z', to: '2027-02-01T00:00:00.000Z', keptFrom: null });
    expect((await miftah(['usage'])).stdout).toBe(
      `HOUR                      API   ENVIRONMENT  OUTCOME          COUNT  BILLED  2XX   4XX  5XX  NONE
2027-01-14T09:00:00.000Z  palm  live         allowed          1204   1190    1150  40   14   0
2027-01-14T09:00:00.000Z  palm  live         upstream_failed  3      0       0     0    0    3

1207 requests, 1190 billed.
`,
    );
  });

  test('the audit log with each change', async () => {
    const record = {
      seq: 2,
      at: '2027-01-01T00:00:00.000Z',
      actor: { kind: 'operator', id: null, label: 'operator token' },
      via: 'admin_api',
      address: '127.0.0.1',
      requestId: null,
      action: 'key.updated',
      target: { kind: 'key', id: 'key_1' },
      org: 'org_1',
      before: { name: 'a', revision: 1 },
      after: { name: 'b', revision: 2 },
    };
    answer(200, { data: [record], nextCursor: null, keptFrom: null, isOlderArchived: false });
    expect((await miftah(['audit', 'list'])).stdout).toBe(
      `SEQ  AT                        WHO             FROM       ACTION       TARGET  CHANGE
2    2027-01-01T00:00:00.000Z  operator token  127.0.0.1  key.updated  key_1   name: "a" -> "b"
`,
    );
  });

  test('every check of a refused request with its fix, and exits with 5', async () => {
    answer(200, {
      verdict: 'refused',
      reason: 'address_not_allowed',
      key: { id: 'key_1', org: 'org_1', environment: 'live' },
      rate: null,
      checks: [
        { name: 'path', outcome: 'passed' },
        { name: 'address', outcome: 'refused', reason: 'address_not_allowed' },
        { name: 'rate limit', outcome: 'not_reached' },
      ],
    });
    answer(200, key);
    const args = 'keys verify --api palcards --client-ip 198.51.100.1 --secret-stdin';
    const { stdout, stderr, code } = await miftah(args.split(' '), { stdin: secret });
    expect({ stdout, stderr, code }).toEqual({
      stdout: `✓ path
✗ address     address_not_allowed: Add 198.51.100.1 to the key: miftah keys update key_1 --ip 203.0.113.7,198.51.100.1
· rate limit

refused: address_not_allowed
`,
      stderr: '',
      code: 5,
    });
  });

  test('colours with FORCE_COLOR, and none with NO_COLOR', async () => {
    const list = { data: [org], nextCursor: null };
    answer(200, list);
    answer(200, list);
    expect((await miftah(['orgs', 'list'], { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[1m');
    expect((await miftah(['orgs', 'list'], { env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });
});

describe('a command fails with', () => {
  const problem = {
    type: 'about:blank',
    title: 'T',
    detail: 'addresses[0]: "x" is not an IP address',
    code: 'invalid_input',
  };
  test.for([
    [
      400,
      { ...problem, field: 'addresses[0]' },
      2,
      { code: 'invalid_input', message: problem.detail, fix: 'Correct --ip.' },
    ],
    [
      401,
      { code: 'unauthenticated', detail: 'No.' },
      4,
      { code: 'unauthenticated', message: 'No.', fix: expect.stringContaining('MIFTAH_TOKEN') },
    ],
    [
      404,
      { code: 'not_found', detail: 'No such key.' },
      6,
      { code: 'not_found', message: 'No such key.', fix: 'List what exists with miftah keys list.' },
    ],
    [409, { code: 'conflict', title: 'Conflict' }, 1, { code: 'conflict', message: 'Conflict', fix: '' }],
    [500, 'oops', 1, { code: 'failed', message: 'the server answered 500', fix: '' }],
    [503, {}, 3, { code: 'unavailable', message: 'the server answered 503', fix: 'Try again in a moment.' }],
    [
      200,
      '<html>',
      1,
      {
        code: 'answer_not_understood',
        message: `the program that answers at URL is not Miftah's internal listener`,
        fix: 'Set --url or MIFTAH_URL to the internal listener, not the public one.',
      },
    ],
  ] as const)('an answer of %i as an error document', async ([status, body, code, error]) => {
    answer(status, body);
    const result = await miftah(['keys', 'get', 'key_1', '--json']);
    expect({ ...result, stderr: JSON.parse(result.stderr.replace(url, 'URL')) }).toEqual({
      code,
      stdout: '',
      stderr: { error },
    });
  });

  test('2 and the help without a verb', async () => {
    const { code, stdout, stderr } = await miftah(['keys']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: miftah keys \[options\] \[command\]\n/);
  });

  test('3 when no server answers, with or without a token', async () => {
    const gone = { MIFTAH_URL: 'http://127.0.0.1:1', MIFTAH_TOKEN: '' };
    expect(await miftah(['orgs', 'list'], { env: gone })).toEqual({
      code: 3,
      stdout: '',
      stderr: `error: no Miftah server answers at http://127.0.0.1:1
Start it with miftah serve, or set its internal listener with --url or MIFTAH_URL.
`,
    });
  });

  test('4 without a token', async () => {
    answer(401, {});
    const { code, stderr } = await miftah(['orgs', 'list', '--json'], { env: { MIFTAH_TOKEN: '' } });
    expect({ code, error: JSON.parse(stderr).error }).toEqual({
      code: 4,
      error: {
        code: 'not_signed_in',
        message: 'no token to sign in with',
        fix: 'Set MIFTAH_TOKEN, or pass --data DIR with the data folder of the running server, which holds operator-token.',
      },
    });
    expect(calls[0]?.authorization).toBeUndefined();
  });

  test('4 when other users can read the token file, and reads it when they cannot', async () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    const file = join(data, 'operator-token');
    writeFileSync(file, 'mft_from_file\n', { mode: 0o600 });
    answer(200, { data: [], nextCursor: null });
    const env = { MIFTAH_TOKEN: '', MIFTAH_DATA: data };
    expect((await miftah(['orgs', 'list', '-q'], { env })).code).toBe(0);
    expect(calls[0]?.authorization).toBe('Bearer mft_from_file');
    chmodSync(file, 0o640);
    expect(await miftah(['orgs', 'list', '--data', data], { env: { MIFTAH_TOKEN: '' } })).toEqual({
      code: 4,
      stdout: '',
      stderr: `error: other users can read ${file}\nRun chmod 600 ${file}\n`,
    });
    expect(calls.length).toBe(1);
  });

  test.for([
    ['keyz list', "unknown command 'keyz'", 'Did you mean keys? See miftah --help.'],
    ['keys lsit', "unknown command 'lsit'", 'Did you mean list? See miftah keys --help.'],
    ['orgs list --limt 3', "unknown option '--limt'", 'Did you mean --limit? See miftah orgs list --help.'],
    [
      'orgs list --limit 0',
      "option '--limit <n>' argument '0' is invalid. Use a whole number, 1 or more.",
      'See miftah orgs list --help.',
    ],
    ['keys get', "missing required argument 'key'", 'See miftah keys get --help.'],
    [
      'keys get a b',
      "too many arguments for 'get'. Expected 1 argument but got 2: a, b.",
      'See miftah keys get --help.',
    ],
    ['keys create --api a', "required option '--org <org>' not specified", 'See miftah keys create --help.'],
    [
      'keys list --env prod',
      "option '--env <environment>' argument 'prod' is invalid. Allowed choices are live, test.",
      'See miftah keys list --help.',
    ],
    ['orgs update org_1', 'no change was given', 'See miftah orgs update --help.'],
    ['keys end-secret key_1', "missing required argument 'secret'", 'See miftah keys end-secret --help.'],
    ['keys update key_1', 'no change was given', 'See miftah keys update --help.'],
    ['keys verify --api a', "required option '--secret-stdin' not specified", 'See miftah keys verify --help.'],
    [
      'keys verify --api a --secret-stdin',
      'standard input is empty',
      'Pipe the secret in: … --secret-stdin < secret.txt',
    ],
    [
      'orgs list --url ftp://x',
      'the address of the server is not a URL such as http://127.0.0.1:4101',
      'Correct --url or MIFTAH_URL.',
    ],
  ] as const)('2 for wrong usage: %s', async ([args, message, fix]) => {
    const asJson = await miftah([...args.split(' '), '--json']);
    expect({ ...asJson, stderr: JSON.parse(asJson.stderr).error }).toMatchObject({
      code: 2,
      stdout: '',
      stderr: { message, fix },
    });
    const plain = await miftah(args.split(' '));
    expect({ code: plain.code, stdout: plain.stdout }).toEqual({ code: 2, stdout: '' });
    expect(plain.stderr).toContain(`error: ${message}\n`);
    expect(calls).toEqual([]);
  });
});
