// Profiles that someone wrote to do harm: what a configuration accepts renders no secret, no header of its own making and
// no value that ends its text early. Its secrets are found and masked, and its management routes have the names it says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { isCanonicalPath } from '../../src/domain/path.ts';
import { createRedactor } from '../../src/domain/redaction.ts';
import {
  generateSecret,
  hintOf,
  inspectSecret,
  maskOf,
  secretAlphabets,
  secretChecksums,
} from '../../src/domain/secret.ts';
import { managementShapes } from '../../src/profiles/management/index.ts';
import { nameMembers, parts, writeMembers } from '../../src/profiles/management/names.ts';
import { type Profile, problems } from '../../src/profiles/profile.ts';
import {
  compileReplies,
  type Reply,
  type ReplyContext,
  renderFailure,
  renderProblem,
} from '../../src/profiles/reply.ts';
import { encodingOf, placeholderNames } from '../../src/profiles/template.ts';

const folder = mkdtempSync(join(tmpdir(), 'miftah-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `undefined`: the configuration is refused, with an error that a person can read. */
function load(profile: unknown): Profile | undefined {
  const file = join(folder, 'miftah.yaml');
  const api = { id: 'acme', profile: 'acme', hosts: ['api.acme.localhost'], upstream: 'http://127.0.0.1:8080' };
  writeFileSync(file, stringify({ profiles: { acme: profile }, apis: [api] }));
  try {
    return loadConfig({ file, environment: {} }).apis[0]?.profile;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return undefined;
  }
}

/** Mostly what a template accepts, so that many profiles are used; else anything. */
const mostly = <Value>(plausible: fc.Arbitrary<Value>, any: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 40, arbitrary: plausible }, { weight: 1, arbitrary: any });

const fragments = mostly(
  fc.oneof(
    fc.constantFrom(...placeholderNames.filter((name) => name !== 'message').map((name) => `{${name}}`)),
    fc.constantFrom('{status:text}', '{{', '}}', '{{code}}', "'", '&amp;', '&', '</e>', ']]>', '<!--', '%0d%0a', ' '),
    fc.constantFrom('"', '\\', '", "evil": "', `$${'{'.repeat(2)}`),
    fc.string({ maxLength: 8 }).map((plain) => plain.replaceAll(/[{}$]/g, '')),
  ),
  fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '{constructor}',
      '{__proto__}',
      '{message}',
      '{message',
      '{secret}',
      '{key}',
      '{status:}',
    ),
    fc.constantFrom('\r\nX-Evil: 1', 'X-Evil: 1\r\n\r\n', '\n', '\u0000', '\ud800', '\u2028', 'é', 'أ', '$' + '{HOME}'),
  ),
);
const text = fc.array(fragments, { maxLength: 5 }).map((parts) => parts.join(''));
const name = fc.oneof(fc.constantFrom('a', 'b?', 'c??', '?', '__proto__', 'constructor', 'toJSON', 'length', ''), text);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    text,
    mostly<unknown>(fc.constantFrom(0, -0, 1.5, true, null), fc.constant(Number.POSITIVE_INFINITY)),
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(name, tie('json')), { maxLength: 4, selector: ([stated]) => stated })
      .map((members) => Object.fromEntries(members)),
  ),
}));
const headerName = mostly(
  fc.constantFrom('X-Error-Code', 'X-Detail', 'X-A', 'X-B', 'X-C'),
  fc.oneof(
    fc.constantFrom('x-error-code', 'Content-Length', 'Transfer-Encoding', 'Set-Cookie', 'X-A\r\nX-Evil', ''),
    fc.string({ maxLength: 6 }),
  ),
);
const error = fc.record(
  {
    status: mostly(fc.constantFrom(400, 401, 403, 429, 503), fc.integer({ min: -1, max: 1000 })),
    code: text,
    message: text,
    headers: fc.array(fc.tuple(headerName, text), { maxLength: 2 }).map((pairs) => Object.fromEntries(pairs)),
  },
  { requiredKeys: [] },
);
const errors = fc
  .array(
    fc.tuple(
      mostly(fc.constantFrom('default', 'invalid_key', 'not_allowed', ...problems), fc.constant('__proto__')),
      error,
    ),
    {
      maxLength: 3,
    },
  )
  .map((pairs) => Object.fromEntries(pairs));

const wire = fc.oneof(
  fc.record({ contentType: fc.constantFrom('application/json', 'application/problem+json'), body: json }),
  fc.record({
    contentType: fc.constantFrom('text/xml; charset=utf-8', 'text/html', 'text/plain'),
    body: text.map((inner) => `<e>${inner}</e>`),
  }),
  fc.record({ contentType: fc.constantFrom('text/plain\r\nX-Evil: 1', 'text/csv', 'text/plain'), body: json }),
);
const rest = fc.record(
  {
    errors,
    challenge: text.map((inner) => `Token realm="${inner}"`),
    rateHeaders: fc.oneof(
      fc.constant('none'),
      fc.constant({ limit: 'X-Limit', remaining: 'X-Left', reset: 'X-Reset', resetAs: 'seconds' }),
      fc.record({ limit: headerName, remaining: headerName, reset: headerName }, { requiredKeys: [] }),
    ),
    product: mostly(fc.constant('Acme'), text),
  },
  { requiredKeys: [] },
);
const profile = fc.tuple(wire, rest).map(([first, second]) => ({ ...first, ...second }));

// Values of a request that tries to break out of every place.
const contexts: readonly ReplyContext[] = [
  { requestId: 'c1b2a3d4-e5f6-7890-abcd-ef1234567890', clientAddress: '192.0.2.1', rate: undefined },
  {
    requestId: '"}</e>&\r\nX-Evil: 1\u0000\ud800\\',
    clientAddress: '"><script>\r\n\r\n',
    rate: { limit: 5, windowSeconds: 60, remaining: 0, resetAtMs: 60_000, readAtMs: 1_000 },
  },
];

function check(reply: Reply, { dialect }: Profile, { requestId }: ReplyContext): void {
  const { status, headers, body } = reply;
  expect(status >= 400 && status <= 599).toBe(true);
  const names = new Set<string>();
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [headers[at] as string, headers[at + 1] as string];
    expect(name).toMatch(/^[A-Za-z0-9-]+$/);
    // The caller has checked the id of the request.
    if (name !== 'X-Request-Id') expect(value).toMatch(/^[ -~]*$/);
    else expect(value).toBe(requestId);
    expect(names.has(name.toLowerCase()), name).toBe(false);
    names.add(name.toLowerCase());
  }
  expect(names.has('set-cookie') || names.has('transfer-encoding')).toBe(false);
  expect(headers[headers.indexOf('Content-Length') + 1]).toBe(String(Buffer.byteLength(body)));
  if (encodingOf(dialect.contentType) === 'json') expect(() => JSON.parse(body)).not.toThrow();
  if (encodingOf(dialect.contentType) === 'xml') expect(body).not.toContain('<script>');
}

const runs = Number(process.env.MIFTAH_HOSTILE_PROFILES ?? 300);

test(`${runs} generated profiles: no crash, no header of their making, no value that breaks out`, {
  timeout: 300_000,
}, () => {
  let accepted = 0;
  fc.assert(
    fc.property(profile, (written) => {
      const loaded = load(written);
      if (loaded === undefined) return;
      accepted += 1;
      const replies = compileReplies(loaded.dialect, { id: 'acme', source: loaded.source }, { nowMs: () => 0 });
      for (const context of contexts) {
        for (const problem of problems) check(renderProblem(replies, problem, context), loaded, context);
        const failure = renderFailure(replies, loaded.dialect.errors.bad_request, '{code} "</e>', context);
        check(failure, loaded, context);
      }
    }),
    { numRuns: runs },
  );
  expect(accepted).toBeGreaterThan(runs / 10);
});

const prefix = mostly(
  fc.constantFrom('acme_live_', 'acme_test_', 'AKIA', 'key-', 'sk-proj-', 'SG.', 'a_', 'Key-1'),
  fc.oneof(
    fc.constantFrom('', 'a', 'sk', '__', 'a..', 'é_', 'a b_', '\r\nX-Evil: 1', '__proto__'),
    fc.string({ maxLength: 45 }),
  ),
);
const secret = fc.record(
  {
    prefixes: fc.record({ live: prefix, test: prefix }, { requiredKeys: [] }),
    length: mostly(fc.integer({ min: 40, max: 90 }), fc.constantFrom<unknown>(0, -1, 1e9, '60', 1.5, null)),
    alphabet: mostly<string>(fc.constantFrom(...secretAlphabets), fc.constantFrom('base64', '__proto__', 'toString')),
    checksum: mostly<string>(fc.constantFrom(...secretChecksums), fc.constantFrom('md5', 'constructor')),
    mask: fc.record(
      {
        start: mostly(fc.integer({ min: 0, max: 4 }), fc.constantFrom(-1, 5, 90)),
        mark: mostly(fc.constantFrom('…', '...', '*', '••••••••'), fc.constantFrom('', '<b>', '\r\n', '{secret}')),
        end: mostly(fc.integer({ min: 0, max: 4 }), fc.constantFrom(-1, 5, 90)),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const ownNames = ['id', 'name', 'addresses', 'limit', 'cursor', 'secret', 'items', 'page', 'lastUsedAt', 'nextCursor'];
const members = fc
  .array(
    fc.tuple(
      mostly(fc.constantFrom(...ownNames), fc.constantFrom('__proto__', 'constructor', 'org', 'pagination')),
      mostly(
        fc.constantFrom(...ownNames, 'memo', 'allowed-ips', '_x', 'data', 'success', 'pagination'),
        fc.oneof(
          fc.constantFrom('__proto__', 'constructor', 'toString', '', 'a.b', 'a b', '"'),
          fc.string({ maxLength: 8 }),
        ),
      ),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => Object.fromEntries(pairs));
const management = fc.record(
  {
    shape: mostly(fc.constantFrom('standard', 'panel', 'classic'), fc.constantFrom('none', '__proto__', 'toString')),
    path: mostly(
      fc.constantFrom('/v1/keys', '/k', '/api/v2/api-keys'),
      fc.constantFrom('/', '/v1//k', '/../k', '/v1/{id}', '/a?b', '/a\r\nb', '/%2e%2e/k', 'k'),
    ),
    fields: members,
    replyFields: members,
  },
  { requiredKeys: ['shape'] },
);

test(`${runs} generated formats and routes: secrets are found and masked, names are the profile's and no others`, {
  timeout: 300_000,
}, () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.oneof(fc.record({ secret }), fc.record({ management }), fc.record({ secret, management })),
      (written) => {
        const loaded = load(written);
        if (loaded === undefined) return;
        accepted += 1;
        checkSecrets(loaded);
        checkRoutes(loaded);
      },
    ),
    { numRuns: runs },
  );
  expect(accepted).toBeGreaterThan(runs / 10);
});

function checkSecrets({ secret: format }: Profile): void {
  const redactor = createRedactor([{ secret: format }]);
  const prefixes = Object.entries(format.prefixes) as ['live' | 'test', string][];
  expect(prefixes.length).toBeGreaterThan(0);
  for (const [environment, prefix] of prefixes) {
    const made = generateSecret(format, environment);
    expect([made.length, inspectSecret(made, format)]).toEqual([format.length, environment]);
    expect(made).toMatch(/^[A-Za-z][\w.-]+$/);
    expect(redactor.holdsSecret(`a=${made}`)).toBe(true);
    const hidden = made.slice(prefix.length + 4, -4);
    expect(hidden.length).toBeGreaterThanOrEqual(19);
    for (const shown of [
      redactor.redactText(`"${made}" is not known`),
      redactor.redactPath(`/v1/${made}/x`, { imported: undefined }),
      maskOf(hintOf(made, format), format.mask),
    ]) {
      expect(shown).not.toContain(hidden.slice(0, 8));
    }
  }
}

function checkRoutes({ dialect: { management: routes } }: Profile): void {
  if (routes === undefined) return;
  const shape = managementShapes[routes.shape];
  const named = nameMembers(shape.names, routes);
  for (const { path } of shape.routes(routes.path, named))
    expect(isCanonicalPath(path.replace('{id}', 'x'))).toBe(true);
  for (const part of parts) {
    const [own, vendors] = [Object.keys(named[part]), Object.values(named[part])];
    expect([own, new Set(vendors).size]).toEqual([Object.keys(shape.names[part]), own.length]);
    const reply = JSON.parse(
      JSON.stringify(writeMembers(named[part], Object.fromEntries(own.map((each) => [each, each])))),
    );
    expect(Object.entries(reply)).toEqual(vendors.map((each, at) => [each, own[at]]));
    expect(Object.getPrototypeOf(reply)).toBe(Object.prototype);
  }
}
