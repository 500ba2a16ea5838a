// No input makes the session API or the admin API answer with a server error: every route, bodies of every form.
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authRouteNames } from '../../src/http/console/auth.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { makeOwner, ownerEmail } from './console-client.ts';

let server: TestServer;
let orgId: string;
let cookie: string;
let lastAddress = 0;
/** The answers with a status of 500 or above. */
const faults: string[] = [];
const statuses = new Map<number, number>();

beforeAll(async () => {
  server = await startTestServer({ extra: 'public: { trustedProxies: [127.0.0.1] }' });
  const { client, orgId: org } = await makeOwner(server);
  orgId = org;
  cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
});
afterAll(() => server[Symbol.asyncDispose]());

interface Sent {
  readonly isInternal?: boolean;
  readonly isSignedIn?: boolean;
  readonly type?: string | undefined;
  readonly body?: string | undefined;
}

async function send(method: string, path: string, { isInternal, isSignedIn = true, type, body }: Sent): Promise<void> {
  lastAddress += 1;
  const port = isInternal === true ? server.internalPort : server.publicPort;
  const host = `localhost:${port}`;
  const headers: Record<string, string> = {
    host,
    ...(isInternal === true
      ? { authorization: `Bearer ${server.operatorToken}` }
      : // An address of its own for each call, so that no limit answers first.
        { origin: `http://${host}`, 'x-forwarded-for': `10.0.${lastAddress >> 8}.${lastAddress & 255}` }),
    ...(isSignedIn && isInternal !== true && { cookie }),
    ...(type !== undefined && { 'content-type': type }),
  };
  const req = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  req.end(body);
  const [res] = await once(req, 'response');
  res.resume();
  statuses.set(res.statusCode, (statuses.get(res.statusCode) ?? 0) + 1);
  if (res.statusCode >= 500) faults.push(`${res.statusCode} ${method} ${path} ${type} ${body?.slice(0, 200)}`);
}

const json = 'application/json';

const hostile: readonly unknown[] = [
  null,
  1e308,
  '',
  'x',
  'x'.repeat(900),
  '\u0000',
  '\ud800',
  '%ff',
  [],
  {},
  { constructor: 1, response: {}, id: 1 },
  ownerEmail,
  'eyJhbGciOiJub25lIn0.e30.',
];

const sets = [
  ['email', 'password'],
  ['email'],
  ['currentPassword', 'newPassword'],
  ['token', 'newPassword'],
  ['token'],
  ['password'],
  ['code'],
  ['id'],
  ['id', 'name'],
  ['response'],
  ['name'],
];

test('the routes of sign-in answer hostile bodies with a 4xx, signed in or not', async () => {
  faults.length = 0;
  for (const name of authRouteNames) {
    const [method, path] = name.split(' ') as [string, string];
    // A route that ends the session would make the other calls anonymous.
    const states = /sign-out|revoke|disable/.test(path) ? [false] : [true, false];
    for (const isSignedIn of states) {
      if (method === 'GET') await send(method, `/api/auth${path}?token=%00&x[]=%ff`, { isSignedIn });
      else {
        const bodies = hostile.flatMap((value) => [
          value,
          ...sets.map((set) => Object.fromEntries(set.map((each) => [each, value]))),
        ]);
        const texts = new Set(bodies.map((body) => JSON.stringify(body)));
        const inSome = [...texts].filter((_, at) => isSignedIn || at % 3 === 0);
        await Promise.all(inSome.map((body) => send(method, `/api/auth${path}`, { isSignedIn, type: json, body })));
      }
    }
  }
  expect(faults).toEqual([]);
  expect(statuses.get(400)).toBeGreaterThan(500);
});

const types = [undefined, '', json, 'text/plain', 'multipart/form-data', 'application/json; charset=utf-16', '*/*'];

const bodies = [
  undefined,
  '{}',
  'null',
  '"x"',
  '{',
  '\ufeff{}',
  '['.repeat(20_000),
  '{"email":null,"role":{},"name":"\\ud800","api":1}',
];

const segments = ['x', '%00', '%ff', '%ed%a0%80', 'x'.repeat(300)];

const queries = ['', '%00', '%ff', '-1', '1e9', '9'.repeat(20), '[]', '2026-99-99', '%f0%9f%98%80', 'x'.repeat(3000)];

test.each(['session', 'admin'] as const)(
  'every route of the %s API answers hostile input as the client’s fault',
  async (which) => {
    faults.length = 0;
    const isInternal = which === 'admin';
    const document = isInternal
      ? await fetch(`http://127.0.0.1:${server.internalPort}/openapi.json`, {
          headers: { authorization: `Bearer ${server.operatorToken}` },
        })
      : await fetch(`http://localhost:${server.publicPort}/api/openapi.json`);
    const { paths } = (await document.json()) as { paths: Record<string, Record<string, Operation>> };
    for (const [path, methods] of Object.entries(paths)) {
      const at = (segment: string) => path.replaceAll(/\{\w+\}/g, segment);
      for (const [method, { parameters = [] }] of Object.entries(methods)) {
        // Any body makes a copy of the database.
        if (path.includes('backup')) continue;
        const inQuery = parameters.filter((each) => each.in === 'query').map(({ name }) => name);
        const sent: Promise<void>[] = [];
        const add = (target: string, rest: Sent = {}) =>
          sent.push(send(method.toUpperCase(), target, { isInternal, ...rest }));
        if (method !== 'get') {
          for (const type of types) for (const body of bodies) add(at(orgId), { type, body });
        }
        if (path.includes('{'))
          for (const segment of segments) add(at(segment), { type: json, body: method === 'get' ? undefined : '{}' });
        for (const name of inQuery) for (const value of queries) add(`${at(orgId)}?${name}=${value}&${name}=y`);
        for (const name of inQuery) for (const value of queries) add(`${at(orgId)}?${name}=${value}`);
        await Promise.all(sent);
      }
    }
    expect(faults).toEqual([]);
  },
);

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}
