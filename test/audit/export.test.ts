// `miftah audit export` from a running server, and `audit verify` beside it.
import { existsSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';

let server: TestServer;
let orgs: readonly string[];

beforeAll(async () => {
  server = await startTestServer();
  orgs = [await server.createOrg(), await server.createOrg()];
  await server.createKey({ api: 'classic', org: orgs[0], name: '=HYPERLINK("http://evil.test","a, b")' });
  await server.createKey({ api: 'palm', org: orgs[1], name: 'quiet' });
  // More than one page.
  for (let turn = 0; turn < 260; turn++) {
    await server.admin('POST', `/v1/orgs/${orgs[1]}/suspend`);
    await server.admin('POST', `/v1/orgs/${orgs[1]}/resume`);
  }
});
afterAll(() => server[Symbol.asyncDispose]());

const count = 4 + 2 * 260;

function miftah(...args: readonly string[]) {
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_DATA: join(server.folder, 'data') };
  return runCli(args, { cwd: server.folder, env });
}

test('an export as JSON lines is complete, private, and verifies like the database', async () => {
  const file = join(server.folder, 'audit.jsonl');
  const exported = await miftah('audit', 'export', '--out', file, '--json');
  expect({ ...exported, stdout: JSON.parse(exported.stdout) }).toEqual({
    code: 0,
    stdout: { file, records: count },
    stderr: '',
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(JSON.parse(lines[2] as string)).toEqual({
    seq: 3,
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    actor: { kind: 'operator', id: null, label: 'operator token' },
    via: 'admin_api',
    address: '127.0.0.1',
    requestId: expect.any(String),
    action: 'key.created',
    target: { kind: 'key', id: expect.stringMatching(/^key_/) },
    org: orgs[0],
    before: null,
    after: expect.objectContaining({ name: '=HYPERLINK("http://evil.test","a, b")', api: 'classic' }),
    seals: { author: { salt: expect.any(String) }, state: { salt: expect.any(String) } },
    previousHash: JSON.parse(lines[1] as string).hash,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });

  // Beside the running server, from the database itself: the same head.
  const head = (await miftah('audit', 'verify', '-q')).stdout.trim();
  const verified = await miftah('audit', 'verify', '--file', file, '--json', '--head', head);
  expect(JSON.parse(verified.stdout)).toEqual({ ok: true, records: count, firstSeq: 1, head });

  const changed = join(server.folder, 'changed.jsonl');
  const line = lines[3] as string;
  await writeFile(changed, lines.with(3, line.replace('"quiet"', '"Quiet"')).join('\n'));
  const refused = await miftah('audit', 'verify', '--file', changed, '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, records: 3, fault: { kind: 'changed', seq: 4 } });

  // An export of only the newest records: verify trusts what came before.
  const tail = join(server.folder, 'tail.jsonl');
  await writeFile(tail, lines.slice(100).join('\n'));
  expect(JSON.parse((await miftah('audit', 'verify', '--file', tail, '--json', '--head', head)).stdout)).toMatchObject({
    ok: true,
    records: count - 100,
    firstSeq: 101,
  });
});

test('an export as CSV has no cell that a spreadsheet would run', async () => {
  const { stdout, code } = await miftah('audit', 'export', '--format', 'csv', '--org', orgs[0] as string);
  expect(code).toBe(0);
  const rows = stdout.split('\r\n');
  expect(rows[0]).toBe(
    'seq,at,actor_kind,actor_id,actor,via,address,request_id,action,target_kind,target_id,org,' +
      'before,after,previous_hash,hash',
  );
  // Only this organization's records: its creation and its key, then the end of the last line.
  expect(rows.length).toBe(4);
  expect(rows[2]).toContain(`"{""name"":""=HYPERLINK(\\""http://evil.test\\""`);
  expect(rows.slice(1).join(',')).not.toMatch(/(?:^|,)"?[=+\-@\t\r]/);
});

test('an export since an instant omits earlier records, and an unwritable file stays absent', async () => {
  const { stdout } = await miftah('audit', 'export', '--since', '2999-01-01T00:00:00Z');
  expect(stdout).toBe('');
  const bad = await miftah('audit', 'export', '--since', 'yesterday', '--json');
  expect({ code: bad.code, error: JSON.parse(bad.stderr).error.code }).toEqual({ code: 2, error: 'invalid_input' });
  const nowhere = join(server.folder, 'no', 'such', 'folder.jsonl');
  const failed = await miftah('audit', 'export', '--out', nowhere, '--json');
  expect({ code: failed.code, error: JSON.parse(failed.stderr).error.code }).toEqual({
    code: 1,
    error: 'file_unwritable',
  });
  expect(existsSync(nowhere)).toBe(false);
});
