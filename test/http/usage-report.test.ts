// Questions about usage: by group and local day, the largest groups, the period before; over both APIs and the CLI.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addPastUsage, type PastUsage } from '../browser/past-usage.ts';
import { runHere } from '../cli/in-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type ConsoleClient, makeOwner } from '../people/console-client.ts';

let server: TestServer;
let owner: ConsoleClient;
let orgA: string;
let orgB: string;
let keyA: string;
let keyA2: string;
let keyB: string;

// Years ahead, so that no retention removes it. The clock of Berlin goes forward on 29 March 2099.
const rows = (): PastUsage[] => {
  const of = (
    orgId: string,
    keyId: string,
    instant: string,
    count: number,
    more: Partial<PastUsage> = {},
  ): PastUsage => ({
    ...{ orgId, keyId, apiId: 'classic', environment: 'live', outcome: 'allowed', count },
    hourMs: Date.parse(instant),
    ...more,
  });
  return [
    of(orgA, keyA, '2099-02-10T10:00:00Z', 40),
    // 00:00 in Berlin, and the last hour of a day of 23 hours.
    of(orgA, keyA, '2099-03-28T23:00:00Z', 1, { billed: 1, statuses: { '2xx': 1 } }),
    of(orgA, keyA, '2099-03-29T21:00:00Z', 2, { statuses: { '5xx': 2 } }),
    of(orgA, keyA, '2099-03-29T22:00:00Z', 4),
    of(orgA, keyA2, '2099-03-10T10:00:00Z', 8, { outcome: 'rate_limited' }),
    of(orgB, keyB, '2099-03-10T10:00:00Z', 100, { billed: 100, statuses: { '2xx': 100 } }),
    of(orgB, keyB, '2099-02-10T10:00:00Z', 10),
  ];
};

beforeAll(async () => {
  server = await startTestServer();
  ({ client: owner, orgId: orgA } = await makeOwner(server));
  orgB = await server.createOrg();
  keyA = (await server.createKey({ api: 'classic', org: orgA, name: 'Shop', tags: ['eu'] })).id;
  keyA2 = (await server.createKey({ api: 'classic', org: orgA, name: 'Batch' })).id;
  keyB = (await server.createKey({ api: 'classic', org: orgB, name: '=1+1' })).id;
  addPastUsage(server, rows());
});
afterAll(() => server[Symbol.asyncDispose]());

const march = 'from=2099-03&to=2099-04&timeZone=Europe/Berlin';

async function ask(query: string) {
  const { status, body } = await server.admin('GET', `/v1/usage?${query}`);
  expect([status, body.detail]).toEqual([200, undefined]);
  return body as { data: Record<string, unknown>[] } & Record<string, unknown>;
}

describe('GET /v1/usage', () => {
  test('counts local days, also those of 23 hours', async () => {
    const query = `org=${orgA}&by=day&from=2099-03-28&to=2099-03-31&timeZone=europe/berlin`;
    expect(await ask(query)).toMatchObject({
      data: [
        { at: '2099-03-29T00:00:00+01:00', until: '2099-03-30T00:00:00+02:00', count: 3, billed: 1 },
        { at: '2099-03-30T00:00:00+02:00', until: '2099-03-31T00:00:00+02:00', count: 4 },
      ],
      ...{ from: '2099-03-28T00:00:00+01:00', to: '2099-03-31T00:00:00+02:00', timeZone: 'Europe/Berlin' },
      ...{ isExact: true, before: null, others: null, keptFrom: null, nextCursor: null },
    });
    expect((await ask(`by=month,org&${march}`)).data).toMatchObject([
      { at: '2099-03-01T00:00:00+01:00', until: '2099-04-01T00:00:00+02:00', org: orgA, orgName: 'Dealers', count: 15 },
      { org: orgB, count: 100 },
    ]);
    expect((await ask('by=hour&from=2099-03-29T21:30:00Z&to=2099-03-29T23:00:00Z')).data).toMatchObject([
      { at: '2099-03-29T21:00:00.000Z', until: '2099-03-29T22:00:00.000Z', count: 2 },
      { at: '2099-03-29T22:00:00.000Z', until: '2099-03-29T23:00:00.000Z', count: 4 },
    ]);
  });

  test('says what it covers where hours of UTC do not fit', async () => {
    const days = await ask(`by=day&org=${orgA}&from=2099-03-30&to=2099-04-01&timeZone=Asia/Kolkata`);
    expect(days).toMatchObject({
      ...{ isExact: false, from: '2099-03-29T23:30:00+05:30', to: '2099-04-01T00:30:00+05:30' },
      data: [{ at: '2099-03-29T23:30:00+05:30', until: '2099-03-31T00:30:00+05:30', count: 6 }],
    });
    const night = await ask('by=total&from=2099-03-29T22:59:00Z&to=2099-03-29T23:00:00Z');
    expect(night).toMatchObject({ isExact: false, from: '2099-03-29T22:00:00.000Z', data: [{ count: 4 }] });
  });

  test('compares the largest groups with the month before, and sums the others', async () => {
    const numbers = (count: number, billed: number) => ({ count, billed, weight: count, billedWeight: billed });
    const counts = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0, unknown: 0 };
    expect(await ask(`by=org&top=1&compare=before&${march}`)).toEqual({
      data: [
        {
          ...{ org: orgB, orgName: 'Test', ...numbers(100, 100), statuses: { ...counts, '2xx': 100 } },
          before: { ...numbers(10, 0), statuses: { ...counts, unknown: 10 } },
        },
      ],
      ...{ from: '2099-03-01T00:00:00+01:00', to: '2099-04-01T00:00:00+02:00', timeZone: 'Europe/Berlin' },
      ...{ isExact: true, keptFrom: null, nextCursor: null },
      before: { from: '2099-02-01T00:00:00+01:00', to: '2099-03-01T00:00:00+01:00' },
      others: {
        ...{ ...numbers(15, 1), statuses: { ...counts, '2xx': 1, '5xx': 2, unknown: 4 } },
        before: { ...numbers(40, 0), statuses: { ...counts, unknown: 40 } },
      },
    });
    const by = async (measure: string) =>
      (await ask(`by=key&top=1&topBy=${measure}&${march}`)).data.map(({ org, key, keyName }) => [org, key, keyName]);
    expect(await by('refused')).toEqual([[orgA, keyA2, 'Batch']]);
    expect(await by('errors')).toEqual([[orgA, keyA, 'Shop']]);
    expect((await ask(`by=key,day&top=1&${march}`)).data).toMatchObject([
      { key: keyB, at: '2099-03-10T00:00:00+01:00' },
    ]);
  });

  test('filters by outcome, environment and tag, and has pages', async () => {
    const count = async (query: string) => (await ask(`by=total&${march}&${query}`)).data[0]?.count;
    expect(await count('outcome=rate_limited,key_disabled')).toBe(8);
    expect(await count('tag=EU')).toBe(7);
    expect(await count('environment=test')).toBe(0);
    const first = await ask(`by=outcome,org&limit=2&${march}`);
    const next = await ask(`by=outcome,org&limit=2&cursor=${first.nextCursor}&${march}`);
    expect([...first.data, ...next.data].map(({ org, outcome, count: of }) => [org, outcome, of])).toEqual([
      [orgA, 'allowed', 7],
      [orgA, 'rate_limited', 8],
      [orgB, 'allowed', 100],
    ]);
    expect(next.nextCursor).toBeNull();
  });

  test('sums by status class, and leaves out the numbers that a question can not have', async () => {
    expect((await ask(`by=status_class&org=${orgA}&${march}`)).data).toEqual([
      { statusClass: '2xx', count: 1 },
      { statusClass: '5xx', count: 2 },
      { statusClass: 'unknown', count: 4 },
      { statusClass: 'refused', count: 8 },
    ]);
    const [failed] = (await ask(`by=org&statusClass=5xx&top=1&${march}`)).data;
    expect([failed?.org, failed?.count, failed?.billed]).toEqual([orgA, 2, undefined]);
    expect((await ask(`by=address&key=${keyA}&${march}`)).data).toEqual([]);
    expect((await ask(`by=route&${march}`)).data).toMatchObject([{ route: null, count: 115 }]);
    expect((await ask(`by=total&include=responseTimes&${march}`)).data).toMatchObject([
      { count: 115, estimatedResponseMs: { count: 0, p50: null, p95: null, p99: null } },
    ]);
  });

  test.each([
    ['by=address,route', 'by', 'has no route beside address: addresses are counted alone'],
    ['by=address&outcome=allowed', 'outcome', 'is unknown by address: each row has count and refused'],
    ['by=address&statusClass=2xx', 'statusClass', 'is unknown by address: omit it'],
    ['by=address&route=/a', 'route', 'is unknown by address: omit it'],
    ['by=key,status_class&top=3&topBy=billed', 'topBy', 'is unknown for this question: omit it, or set count'],
    ['by=key&include=responseTimes', 'include', 'has no response times of single keys: omit key and tag'],
    ['by=total&statusClass=6xx', 'statusClass', 'must be some of 1xx, 2xx, 3xx, 4xx, 5xx, none, unknown'],
  ])('refuses %s and names the field', async (query, field, problem) => {
    const { status, body } = await server.admin('GET', `/v1/usage?${query}&${march}`);
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(`"${field}`)]);
    expect(JSON.stringify(body)).toContain(problem);
  });

  test('keeps its answer without by', async () => {
    const body = await ask(`org=${orgB}&from=2099-03-01T00:00:00Z&to=2099-04-01T00:00:00Z`);
    expect(body).toEqual({
      data: [
        {
          ...{ hour: '2099-03-10T10:00:00.000Z', api: 'classic', environment: 'live', outcome: 'allowed', count: 100 },
          ...{ billed: 100, statuses: expect.objectContaining({ '2xx': 100 }) },
        },
      ],
      ...{ from: '2099-03-01T00:00:00.000Z', to: '2099-04-01T00:00:00.000Z', keptFrom: null },
    });
  });

  test('names the wrong field of a question', async () => {
    for (const [query, field] of [
      ['by=size', 'by'],
      ['by=day,month', 'by'],
      ['by=total,org', 'by'],
      ['by=key,day', 'by'],
      ['top=3', 'by'],
      ['timeZone=UTC', 'by'],
      ['by=org&timeZone=Mars/Phobos', 'timeZone'],
      ['by=org&timeZone=%2B03:00', 'timeZone'],
      ['by=org&from=2099-03', 'from'],
      ['by=org&from=2099-13&timeZone=UTC', 'from'],
      ['by=org&from=2090-03&to=2099-03&timeZone=UTC', 'from'],
      ['by=org&from=2099-03&to=2099-03&timeZone=UTC', 'from'],
      ['by=org&top=101', 'top'],
      ['by=day&top=5', 'top'],
      ['by=org,hour&top=100&from=2099-03&to=2099-04&timeZone=UTC', 'top'],
      ['by=org&topBy=count', 'topBy'],
      ['by=org&top=5&limit=5', 'limit'],
      ['by=org&top=5&cursor=x', 'cursor'],
      ['by=org&limit=1001', 'limit'],
      ['by=day&compare=before', 'compare'],
      ['by=org&outcome=good', 'outcome'],
    ]) {
      const { status, body } = await server.admin('GET', `/v1/usage?${query}`);
      expect([status, body.code, body.field], query).toEqual([400, 'invalid_input', field]);
    }
    expect((await server.admin('GET', '/v1/usage?by=org&cursor=x')).body.code).toBe('cursor_invalid');
  });
});

test('the session API answers the same of its own organization only', async () => {
  const usage = async (query: string) => (await owner.get(`/api/orgs/${orgA}/usage?${query}`)).body;
  expect(await usage(`by=key&top=1&compare=before&${march}`)).toMatchObject({
    data: [{ key: { id: keyA2, name: 'Batch' }, count: 8, before: { count: 0 } }],
    others: { count: 7, before: { count: 40 } },
    ...{ timeZone: 'Europe/Berlin', isExact: true, isCut: false },
  });
  expect((await usage(`by=day,key&limit=2&${march}`)).data).toMatchObject([
    { at: '2099-03-29T00:00:00+01:00', key: { id: keyA }, count: 3 },
    { at: '2099-03-30T00:00:00+02:00', key: { id: keyA }, count: 4 },
  ]);
  // The key of another organization.
  expect((await usage(`by=month&key=${keyB}&${march}`)).data).toEqual([]);
  expect((await usage(`by=org&${march}`)).field).toBe('by');
});

describe('miftah usage', () => {
  const run = async (...args: readonly string[]) => {
    const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_DATA: join(server.folder, 'data') };
    return runHere(['usage', ...args], { cwd: server.folder, env });
  };
  const inMarch = ['--from', '2099-03', '--to', '2099-04', '--time-zone', 'Europe/Berlin'];

  test('shows the largest groups beside the month before', async () => {
    const { code, stdout, stderr } = await run('--by', 'org', '--top', '1', '--compare', ...inMarch);
    expect([code, stderr]).toEqual([0, '']);
    expect(
      stdout.replace(orgB, 'ORG_B').replace(/ +/g, ' '),
    ).toBe(`ORG ORG NAME COUNT REFUSED BILLED 2XX 4XX 5XX NONE BEFORE CHANGE
ORG_B Test 100 0 100 100 0 0 0 10 +900%
The other groups: 15 requests, 1 billed; 40 before.
The period before: 2099-02-01T00:00:00+01:00 to 2099-03-01T00:00:00+01:00.
`);
  });

  test('says what is covered, and how to get more rows', async () => {
    const half = await run(
      '--by',
      'total',
      '--from',
      '2099-03-30',
      '--to',
      '2099-03-31',
      '--time-zone',
      'Asia/Kolkata',
    );
    expect(half.stdout).toContain(
      'Usage is counted by the hours of UTC. This answer covers 2099-03-29T23:30:00+05:30 to 2099-03-31T00:30:00+05:30.\n',
    );
    const page = await run('--by', 'org', '--limit', '1', ...inMarch);
    expect(page.stdout).toMatch(
      /There are more rows\. Add --all for all of them, or --cursor \S+ for the next ones\.\n$/,
    );
    const all = await run('--by', 'org', '--all', '-q', ...inMarch);
    expect(all.stdout).toBe('15\n100\n');
  });

  test('prints CSV and lines of JSON', async () => {
    const csv = await run('--by', 'key', '--top', '1', '--csv', ...inMarch);
    expect(csv).toEqual({
      code: 0,
      stdout: `org,key,key_name,count,billed,1xx,2xx,3xx,4xx,5xx,none,unknown,weight,billed_weight\r\n${orgB},${keyB},'=1+1,100,100,0,100,0,0,0,0,0,100,100\r\n`,
      stderr: 'The other groups: 15 requests, 1 billed.\n',
    });
    const lines = (await run('--by', 'day', '--org', orgA, '--jsonl', ...inMarch)).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).count)).toEqual([8, 3, 4]);
    const hours = await run('--csv', '--org', orgB, '--from', '2099-03-01T00:00:00Z', '--to', '2099-04-01T00:00:00Z');
    expect(hours.stdout).toMatch(
      /^hour,api,environment,outcome,count,.*\r\n2099-03-10T10:00:00\.000Z,classic,live,allowed,100,/,
    );
    const json = JSON.parse((await run('--by', 'org', '--json', ...inMarch)).stdout);
    expect(json).toMatchObject({ data: [{ org: orgA }, { org: orgB }], timeZone: 'Europe/Berlin', nextCursor: null });
  });

  test('names the option of a wrong value', async () => {
    const { code, stderr } = await run('--by', 'org', '--time-zone', 'Mars/Phobos');
    expect([code, stderr]).toEqual([
      2,
      'error: timeZone: must be a name of the IANA database, such as Asia/Riyadh\nCorrect --time-zone.\n',
    ]);
  });
});
