// Generated paths through the data plane to real servers: none that Miftah allows reaches a route that the key may not
// call.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isCanonicalPath } from '../../src/domain/path.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { requestText, sendRaw } from '../raw-http.ts';
import { createRandom, type Random } from '../simulation/random.ts';
import { routedMark, startExpress, startNginx, startPython, type Upstream } from './path-upstreams.ts';

const pathCount = Number(process.env.MIFTAH_ATTACK_PATHS ?? 2_100);
const seed = Number(process.env.MIFTAH_ATTACK_PATHS_SEED ?? Date.now() % 1_000_000_000);
const connections = 16;
const timeoutMs = 60_000 + pathCount * 10;

const servers = ['nginx', 'express', 'python'] as const;
type ServerName = (typeof servers)[number];

/** What a key may call. `mayCall` checks it again, against the path that a server routed. */
interface Holder {
  readonly endpoints: readonly string[];
  readonly scopes: readonly string[];
}

const scopeRules = {
  'POST /v1/payments': 'pay',
  '* /v1/admin/**': 'admin',
  '* /admin': 'admin',
  'GET /v1/reports/**': 'reports',
};

const holders: readonly Holder[] = [
  { endpoints: ['GET /v1/users/*'], scopes: ['*'] },
  { endpoints: ['GET /v1/users/7', 'POST /v1/payments'], scopes: ['*'] },
  { endpoints: ['* /v1/users/**'], scopes: ['*'] },
  { endpoints: ['* /v1/*/keys', 'GET /v1/reports/2026'], scopes: ['*'] },
  { endpoints: [], scopes: [] },
  { endpoints: [], scopes: ['pay', 'reports'] },
];

/** Names an API of the same upstream without scope rules, where only the keys' endpoints look at paths. */
const withoutScopes = (name: ServerName) => `${name}-keys`;

/** Written apart from the code under test: what the routed method and path need, without any spelling left to fold. */
function mayCall(api: string, { endpoints, scopes }: Holder, method: string, path: string): boolean {
  const covers = (pattern: string): boolean => {
    const [wanted, text = ''] = pattern.split(' ');
    const source = text
      .split('/')
      .map((part) => (part === '**' ? '.+' : part === '*' ? '[^/]+' : part.replaceAll('.', '\\.')));
    return (wanted === '*' || wanted === method) && new RegExp(`^${source.join('/')}$`, 's').test(path);
  };
  if (endpoints.length > 0 && !endpoints.some(covers)) return false;
  if (api.endsWith('-keys')) return true;
  return Object.entries(scopeRules).every(
    ([rule, scope]) => !covers(rule) || scopes.includes(scope) || scopes.includes('*'),
  );
}

const known = [
  ...['/v1/users', '/v1/users/7', '/v1/users/8/keys', '/v1/users/7/keys', '/v1/payments', '/v1/payments/3', '/admin'],
  ...['/v1/admin/keys', '/v1/reports/2026', '/v1/reports/2026.json', '/'],
];
const methods = ['GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'QUERY'];

/** Ways to write a path so that some server reads another. Each is applied at a random place. */
const spellings: readonly ((path: string, random: Random) => string)[] = [
  (path, random) =>
    insert(path, random, random.pick(['/', '//', '/./', '/../', '/.', '/..', '/%2e/', '/%2e%2e/', '/.%2E/'])),
  (path, random) =>
    insert(
      path,
      random,
      random.pick(['%2f', '%2F', '%5c', '\\', '%252f', '%00', '%20', '%09', '%0d%0a', ';x', ';x=/']),
    ),
  (path, random) =>
    insert(
      path,
      random,
      random.pick(['%EF%BC%8F', '%E2%88%95', '%EF%BC%8E', '%C0%AF', '%c3%a9', '%CC%81', '%E2%80%8B', '%u002f']),
    ),
  (path, random) => path + random.pick('/ // . .. /. /.. %20 .json .JSON /.json %2e * + ~ % ? #'.split(' ')),
  (path, random) => `${path}${random.pick(['?', '%3f', '%23', '#', '?a=/../', ';', '/;/', '&'])}${random.pick(known)}`,
  (path, random) => `${path}/..${random.pick(known)}`,
  (path, random) =>
    `${path}${random.pick(['/../..', '/..%2f..', '/%2e%2e/%2e%2e', '/..;/..', '\\..\\..'])}${random.pick(known)}`,
  (path, random) =>
    changeEach(path, random, 0.3, (char) => (random.chance(0.5) ? char.toUpperCase() : char.toLowerCase())),
  (path, random) => changeEach(path, random, 0.3, (char) => (char === '/' ? char : encode(char, random))),
  (path, random) => changeEach(path, random, 0.1, (char) => encode(char, random)),
  (path, random) => changeEach(path, random, 0.1, (char) => `%25${char.charCodeAt(0).toString(16)}`),
  (path, random) =>
    changeEach(path, random, 0.2, (char) => ({ s: '%C5%BF', k: '%E2%84%AA', i: '%C4%B1' })[char] ?? char),
  (path, random) => `${random.pick(['http://evil.localhost', '/', '//evil.localhost', 'HTTP://x', '*', '/.'])}${path}`,
  (path, random) => `${random.pick(known)}${path}`,
  (path) => path,
];

function insert(path: string, random: Random, text: string): string {
  const at = random.below(path.length + 1);
  return path.slice(0, at) + text + path.slice(at);
}

function changeEach(path: string, random: Random, probability: number, change: (char: string) => string): string {
  return [...path].map((char) => (random.chance(probability) ? change(char) : char)).join('');
}

function encode(char: string, random: Random): string {
  const hex = (char.codePointAt(0) as number).toString(16).padStart(2, '0');
  return char.length > 1 || hex.length > 2 ? char : `%${random.chance(0.5) ? hex.toUpperCase() : hex}`;
}

function makePath(random: Random): string {
  let path = random.pick(known);
  const count = random.pick([0, 1, 1, 1, 2, 2, 3]);
  for (let at = 0; at < count; at++) path = random.pick(spellings)(path, random);
  // A space or a line break would end the target.
  return path.replaceAll(/[\s]/g, '%20').slice(0, 400) || '/';
}

let server: TestServer;
const upstreams: Upstream[] = [];
const secrets = new Map<string, readonly string[]>();

beforeAll(async () => {
  const [nginx, app, python, obeying] = await Promise.all([
    startNginx(),
    startExpress(),
    startPython(),
    startExpress({ obeys: true }),
  ]);
  const ports = { nginx: nginx.port, express: app.port, python: python.port, obeying: obeying.port };
  upstreams.push(nginx, app, python, obeying);
  const apis = new Map<string, string>([['echo', 'UPSTREAM']]);
  for (const [name, port] of Object.entries(ports)) apis.set(name, `http://127.0.0.1:${port}`);
  for (const name of servers) apis.set(withoutScopes(name), `http://127.0.0.1:${ports[name]}`);
  const lines = Array.from(apis, ([id, upstream]) => {
    const scopes = id in ports ? { scopes: scopeRules } : {};
    const policy = JSON.stringify({ rateLimit: 'off', endpoints: true, ...scopes });
    return `\n  - { id: ${id}, profile: classic, hosts: [${id}.localhost], upstream: "${upstream}", policy: ${policy} }`;
  });
  server = await startTestServer({ apis: lines.join('') });
  const org = await server.createOrg();
  for (const api of apis.keys()) {
    const keys = await Promise.all(holders.map((holder) => server.createKey({ api, org, ...holder })));
    secrets.set(
      api,
      keys.map(({ secret }) => secret),
    );
  }
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await Promise.all(upstreams.map((upstream) => upstream.close()));
});

interface Attempt {
  readonly api: string;
  readonly holder: number;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly from: string;
}

/** The method and path that the server routed. `undefined`: none, or Miftah refused the request. */
async function send({ api, holder, method, target, headers, from }: Attempt) {
  const secret = (secrets.get(api) as readonly string[])[holder] as string;
  const text = requestText(`${method} ${target} HTTP/1.1`, [
    ['Host', `${api}.localhost`],
    ['Authorization', `Bearer ${secret}`],
    ['Content-Length', '0'],
    ...headers,
  ]);
  const { status, body } = await sendRaw({ port: server.publicPort, text, from });
  const at = body.indexOf(routedMark);
  if (at < 0) return { status, routed: undefined };
  const [routedMethod = '', ...path] =
    body
      .slice(at + routedMark.length)
      .split('\n')[0]
      ?.split(' ') ?? [];
  // nginx answers with the bytes of the path, which sendRaw reads as latin1.
  return { status, routed: { method: routedMethod, path: path.join(' ') } };
}

interface Counts {
  sent: number;
  refused: number;
  routed: number;
}

/** Sends generated attempts, and returns those that reached a route that their key may not call. */
async function attack(count: number, random: Random, make: (random: Random, at: number) => Omit<Attempt, 'from'>) {
  const outside: object[] = [];
  const counts = new Map<string, Counts>();
  let next = 0;
  const work = async (worker: number): Promise<void> => {
    while (next < count) {
      const at = next++;
      // From several addresses, so that a long run does not use up the ports of one.
      const attempt = { ...make(random, at), from: `127.0.1.${(at % 50) + 1}` };
      const sum = counts.get(attempt.api) ?? { sent: 0, refused: 0, routed: 0 };
      counts.set(attempt.api, sum);
      const { status, routed } = await send(attempt);
      sum.sent++;
      if (routed === undefined && [400, 401, 403].includes(status)) sum.refused++;
      expect([500, 502, 503, 504], `${worker} ${attempt.method} ${attempt.target}`).not.toContain(status);
      if (routed === undefined) continue;
      sum.routed++;
      const holder = holders[attempt.holder] as Holder;
      if (!mayCall(attempt.api, holder, routed.method, routed.path)) outside.push({ ...attempt, ...holder, routed });
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, worker) => work(worker)));
  return { outside, counts };
}

test(
  'no allowed path reaches a route that its key may not call',
  async () => {
    const random = createRandom(seed);
    const { outside, counts } = await attack(pathCount, random, (dice, at) => {
      const api = servers[at % servers.length] as ServerName;
      // Python's server knows no other method.
      const method = api === 'python' ? 'GET' : dice.pick(methods);
      return { api, holder: dice.below(holders.length), method, target: makePath(dice), headers: [] };
    });
    process.stdout.write(
      `paths, seed ${seed}: ${JSON.stringify(Object.fromEntries(counts))}, outside: ${outside.length}\n`,
    );
    expect(outside, `seed ${seed}`).toEqual([]);
    // Without both outcomes, nothing was tested.
    for (const { sent, refused, routed } of counts.values()) {
      expect(routed).toBeGreaterThan(sent / 200);
      expect(refused).toBeGreaterThan(sent / 4);
    }
  },
  timeoutMs,
);

test(
  'no path is routed outside of the endpoints of its key, where no scope guards it either',
  async () => {
    const random = createRandom(seed);
    const restricted = holders.flatMap(({ endpoints }, at) => (endpoints.length > 0 ? [at] : []));
    const { outside, counts } = await attack(Math.ceil(pathCount / 3), random, (dice, at) => {
      const name = servers[at % servers.length] as ServerName;
      const method = name === 'python' ? 'GET' : dice.pick(methods);
      return { api: withoutScopes(name), holder: dice.pick(restricted), method, target: makePath(dice), headers: [] };
    });
    expect(outside, `seed ${seed}`).toEqual([]);
    for (const { sent, refused, routed } of counts.values()) {
      expect(routed).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(sent / 4);
    }
  },
  timeoutMs,
);

test(
  'where no rule looks at paths, a path arrives byte for byte or not at all',
  async () => {
    const random = createRandom(seed);
    const free = holders.findIndex(({ endpoints }) => endpoints.length === 0);
    const secret = (secrets.get('echo') as readonly string[])[free] as string;
    const arrived = { asCanonical: 0, otherwise: 0 };
    for (let at = 0; at < Math.ceil(pathCount / 6); at++) {
      const target = makePath(random);
      const text = requestText(`GET ${target} HTTP/1.1`, [
        ['Host', 'echo.localhost'],
        ['Authorization', `Bearer ${secret}`],
      ]);
      const { status, body } = await sendRaw({ port: server.publicPort, text, from: `127.0.1.${(at % 50) + 1}` });
      if (status !== 200) expect([400, 421], target).toContain(status);
      else {
        expect((JSON.parse(body) as { target: string }).target).toBe(target);
        arrived[isCanonicalPath(target.split('?', 1)[0] as string) ? 'asCanonical' : 'otherwise']++;
      }
    }
    process.stdout.write(`unchanged, seed ${seed}: ${JSON.stringify(arrived)}\n`);
    expect(arrived.asCanonical).toBeGreaterThan(20);
    expect(arrived.otherwise).toBeGreaterThan(20);
  },
  timeoutMs,
);

const overrides = [
  ...[
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
    'x_http_method_override',
    'X.HTTP!Method.Override',
  ],
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Original-URI', 'X_Original_URL', 'x-rewrite.url'],
] as const;

test(
  'no override header reaches an upstream that obeys them',
  async () => {
    const [, , , obeying] = upstreams as [Upstream, Upstream, Upstream, Upstream];
    const isTarget = (name: string) => /ur[il]$/i.test(name);
    // Without Miftah in front of it, the server does follow them.
    const bare = async (headers: readonly (readonly [string, string])[]) => {
      const text = requestText('POST /v1/users/7 HTTP/1.1', [['Host', 'x'], ['Content-Length', '0'], ...headers]);
      return (await sendRaw({ port: obeying.port, text })).body;
    };
    expect(await bare([['X-HTTP-Method-Override', 'DELETE']])).toBe(`${routedMark}DELETE /v1/users/7`);
    expect(await bare([['X-Rewrite-URL', '/admin']])).toBe(`${routedMark}POST /admin`);

    const random = createRandom(seed);
    const { outside, counts } = await attack(Math.ceil(pathCount / 6), random, (dice) => ({
      api: 'obeying',
      holder: dice.below(holders.length),
      method: dice.pick(['GET', 'POST']),
      target: dice.pick(known),
      headers: Array.from({ length: 1 + dice.below(2) }, () => {
        const name = dice.pick(overrides);
        return [name, isTarget(name) ? dice.pick(known) : dice.pick(['GET', 'POST', 'DELETE'])] as const;
      }),
    }));
    process.stdout.write(
      `overrides, seed ${seed}: ${JSON.stringify(Object.fromEntries(counts))}, outside: ${outside.length}\n`,
    );
    expect(outside, `seed ${seed}`).toEqual([]);
    for (const { sent, routed } of counts.values()) expect(routed).toBeGreaterThan(sent / 20);
  },
  timeoutMs,
);
