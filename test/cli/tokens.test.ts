// `miftah tokens` as an operator runs it, and other commands with a token that allows less.
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type CliResult, runCli } from './cli-process.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Runs a command as the operator, or with a token. */
function miftah(args: readonly string[], token?: string, of = server): Promise<CliResult> {
  const env = {
    MIFTAH_URL: `http://127.0.0.1:${of.internalPort}`,
    MIFTAH_DATA: join(of.folder, 'data'),
    ...(token !== undefined && { MIFTAH_TOKEN: token }),
  };
  return runCli(args, { cwd: of.folder, env });
}

async function createToken(...options: string[]): Promise<{ id: string; name: string; token: string }> {
  const { code, stdout, stderr } = await miftah(['tokens', 'create', ...options, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

test('a token is created, listed, rotated and revoked, and shown once', async () => {
  const org = await server.createOrg();
  const made = await miftah(['tokens', 'create', '--name', 'edge', '--may', 'decide', '--api', 'classic,palm']);
  const [, id, token] = /id +(tok_\w{20})\n.*\n\n {2}(mft_\w{50})\n/s.exec(made.stdout) ?? [];
  expect(made).toEqual({
    code: 0,
    stderr: '',
    stdout:
      `Created.\n\nid       ${id}\nname     edge\nmay      decide: classic, palm\nexpires  never\n\n  ${token}\n\n` +
      'Copy it now: Miftah does not store it. Programs send it as X-Miftah-Token, or as Authorization: Bearer.\n',
  });
  const limited = await createToken(
    '--name',
    'support',
    '--may',
    'admin',
    '--org',
    org,
    '--read-only',
    '--expires',
    '1d',
  );
  expect(Object.keys(limited)).toEqual(expect.arrayContaining(['id', 'name', 'token']));
  const listed = await miftah(['tokens', 'list']);
  expect(listed.stdout).toMatch(
    new RegExp(`^ID .*\\n${limited.id}  support +admin: read-only, ${org} +mft_....….... +active +2\\S+Z +never\\n`),
  );
  expect(listed.stdout).toMatch(new RegExp(`\\n${id} +edge +decide: classic, palm +\\S+ +active +never +never\\n`));
  expect((await miftah(['tokens', 'list', '-q', '--limit', '1'])).stdout).toBe(`${limited.id}\n`);

  const rotated = await miftah(['tokens', 'rotate', String(id), '--overlap', 'now', '-q']);
  expect(rotated.stdout).toMatch(/^mft_\w{50}\n$/);
  const verify = async (sent: string) => {
    const headers = { 'x-miftah-token': sent, 'content-type': 'application/json' };
    const body = JSON.stringify({ api: 'classic', secret: 'none', method: 'GET', path: '/' });
    return (await fetch(`http://127.0.0.1:${server.internalPort}/v1/verify`, { method: 'POST', headers, body })).status;
  };
  expect([await verify(String(token)), await verify(rotated.stdout.trim())]).toEqual([401, 200]);
  const revoked = await miftah(['tokens', 'revoke', String(id)]);
  expect(revoked.stdout).toMatch(new RegExp(`^Revoked: mft_.{9} \\(edge, ${id}\\) is refused from now on\\.\n$`));
  expect(await verify(rotated.stdout.trim())).toBe(401);
  const audit = await miftah(['audit', 'list', '--target', String(id), '--json']);
  expect(JSON.parse(audit.stdout).data.map(({ action }: { action: string }) => action)).toEqual([
    'token.revoked',
    'token.rotated',
    'token.created',
  ]);
});

test('an admin token serves every command that it allows, and the others name the fix', async () => {
  const org = await server.createOrg();
  const { token, id } = await createToken('--name', 'classic team', '--may', 'admin', '--api', 'classic');
  const created = await miftah(['keys', 'create', '--api', 'classic', '--org', org, '--name', 'CI', '--json'], token);
  expect([created.code, created.stderr]).toEqual([0, '']);
  const key = JSON.parse(created.stdout);
  expect((await miftah(['keys', 'list', '--api', 'classic', '-q'], token)).stdout).toBe(`${key.id}\n`);
  expect((await miftah(['keys', 'rotate', key.id, '-q'], token)).code).toBe(0);
  expect(await miftah(['keys', 'list'], token)).toEqual({
    code: 4,
    stdout: '',
    stderr:
      'error: This token reaches some APIs only: name one of them as api: classic.\n' +
      'Set MIFTAH_TOKEN to a token that allows this: see miftah tokens create --help.\n',
  });
  const refused = await miftah(['tokens', 'create', '--name', 'more', '--may', 'admin', '--json'], token);
  expect(refused.code).toBe(4);
  expect(JSON.parse(refused.stderr).error).toMatchObject({
    code: 'token_not_allowed',
    message: 'This token is not enough: send the operator token.',
  });
  await miftah(['tokens', 'revoke', id]);
  expect((await miftah(['keys', 'list', '--api', 'classic'], token)).code).toBe(4);
});

test('wrong input names the option, and an unknown token the list', async () => {
  const failure = async (...args: string[]) => {
    const { code, stderr } = await miftah(['tokens', ...args, '--json']);
    return [code, JSON.parse(stderr).error];
  };
  expect(await failure('create', '--name', 'x', '--may', 'everything')).toMatchObject([2, { code: 'usage' }]);
  expect(await failure('create', '--name', 'x', '--may', 'decide', '--api', 'none')).toMatchObject([
    2,
    { code: 'invalid_input', fix: 'Correct --api.' },
  ]);
  expect(await failure('create', '--name', 'x', '--may', 'decide', '--api', 'nowhere')).toMatchObject([
    2,
    { code: 'api_unknown', fix: 'Correct --api.' },
  ]);
  expect(await failure('create', '--name', 'x', '--may', 'metrics', '--read-only')).toMatchObject([
    2,
    { code: 'invalid_input', fix: 'Correct --read-only.' },
  ]);
  expect(await failure('revoke', 'tok_none')).toMatchObject([
    6,
    { code: 'not_found', fix: 'List what exists with miftah tokens list.' },
  ]);
});

test('a restored backup brings no revoked token back, and keeps the others', async () => {
  await using own = await startTestServer();
  const create = async (name: string) =>
    (await own.admin('POST', '/v1/tokens', { name, may: 'admin' })).body as { id: string; token: string };
  const [kept, revoked] = [await create('kept'), await create('revoked')];
  expect((await miftah(['backup', 'saved'], undefined, own)).code).toBe(0);
  await own.admin('DELETE', `/v1/tokens/${revoked.id}`);
  await own.server.close();
  const restored = await miftah(['restore', 'saved', '--json'], undefined, own);
  expect(JSON.parse(restored.stdout)).toMatchObject({ keysRevoked: 1 });

  const flags = { public: '127.0.0.1:0', internal: '127.0.0.1:0', data: join(own.folder, 'data') };
  const config = loadConfig({ file: join(own.folder, 'miftah.yaml'), flags, environment: {} });
  const again = await serve(config, { log: pino({ level: 'silent' }) });
  try {
    const call = async ({ token }: { token: string }) =>
      (await fetch(`http://${again.internalAddress}/v1/orgs`, { headers: { 'x-miftah-token': token } })).status;
    expect([await call(kept), await call(revoked)]).toEqual([200, 401]);
  } finally {
    await again.close();
  }
});
