// `miftah backup` and `miftah restore` as an operator runs them, and their errors.
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { serve } from '../../src/serve.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { type CliResult, runCli, spawnCli } from './cli-process.ts';

describe('an operator', () => {
  function miftah(server: TestServer, ...args: string[]): Promise<CliResult> {
    const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}` };
    return runCli([...args, '--data', join(server.folder, 'data')], { cwd: server.folder, env });
  }

  test('saves, revokes, restores, and the key stays revoked', async () => {
    await using server = await startTestServer();
    const org = await server.createOrg();
    const kept = await server.createKey({ api: 'classic', org });
    const revoked = await server.createKey({ api: 'classic', org });
    const file = join(server.folder, 'saved');

    const saved = await miftah(server, 'backup', 'saved', '--json');
    expect(saved).toMatchObject({ code: 0, stderr: '' });
    const { size, mode } = statSync(file);
    expect(mode & 0o777).toBe(0o600);
    expect(JSON.parse(saved.stdout)).toEqual({ file, bytes: size, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });

    const bytes = readFileSync(file);
    const signingKey = JSON.parse(readFileSync(join(server.folder, 'data', 'signing-key.json'), 'utf8'));
    for (const secret of [kept.secret, revoked.secret, server.operatorToken, signingKey.d ?? signingKey.privateKey]) {
      expect(bytes.includes(String(secret).slice(12))).toBe(false);
    }
    expect(bytes.includes(kept.id)).toBe(true);

    expect(await miftah(server, 'backup', 'saved')).toMatchObject({
      code: 2,
      stderr: `error: ${file} exists\nUse another file, or add --force to replace it.\n`,
    });
    writeFileSync(file, 'older', { mode: 0o644 });
    chmodSync(file, 0o644);
    expect(await miftah(server, 'backup', 'saved', '--force', '-q')).toEqual({
      code: 0,
      stdout: `${file}\n`,
      stderr: '',
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(server.folder).filter((name) => name.includes('part'))).toEqual([]);

    await server.admin('DELETE', `/v1/keys/${revoked.id}`);
    const busy = await miftah(server, 'restore', 'saved', '--json');
    expect(busy.code).toBe(1);
    expect(JSON.parse(busy.stderr).error).toMatchObject({
      code: 'storage_in_use',
      message: expect.stringContaining(join('data', 'miftah.db')),
    });

    await server.server.close();
    const restored = await miftah(server, 'restore', 'saved', '--json');
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(restored.stdout)).toEqual({
      database: join(server.folder, 'data', 'miftah.db'),
      checksum: 'matches',
      newestAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      keysRevoked: 1,
      secretsEnded: 0,
      kept: expect.stringContaining('before-restore'),
    });

    const flags = { public: '127.0.0.1:0', internal: '127.0.0.1:0', data: join(server.folder, 'data') };
    const config = loadConfig({ file: join(server.folder, 'miftah.yaml'), flags, environment: {} });
    const again = await serve(config, { log: pino({ level: 'silent' }) });
    try {
      const verify = async (secret: string) => {
        const reply = await fetch(`http://${again.internalAddress}/v1/verify`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.operatorToken}`, 'content-type': 'application/json' },
          body: JSON.stringify({ api: 'classic', secret }),
        });
        return (await reply.json()) as object;
      };
      expect(await verify(kept.secret)).toMatchObject({ verdict: 'allowed' });
      expect(await verify(revoked.secret)).toMatchObject({ verdict: 'refused', reason: 'key_revoked' });
    } finally {
      await again.close();
    }
  });

  test('finds each backup in the audit log', async () => {
    await using server = await startTestServer();
    const { stdout } = await miftah(server, 'backup', 'saved', '--json');
    const { bytes, sha256 } = JSON.parse(stdout);
    await server.server.close();
    const flags = { public: '127.0.0.1:0', internal: '127.0.0.1:0', data: join(server.folder, 'data') };
    const { openMiftah } = await import('../../src/compose.ts');
    const config = loadConfig({ file: join(server.folder, 'miftah.yaml'), flags, environment: {} });
    const opened = await openMiftah({ config });
    const { items } = await opened.storage.audit.listAudit({ action: 'database' }, { limit: 5 });
    await opened.close();
    expect(items).toMatchObject([
      { action: 'database.backed_up', via: 'admin_api', actor: { kind: 'operator' }, after: { bytes, sha256 } },
    ]);
  });

  test('reads in words what a restore did', async () => {
    await using server = await startTestServer();
    await miftah(server, 'backup', 'saved');
    await server.server.close();
    const file = join(server.folder, 'saved');
    const check = async () => {
      const { stdout } = await miftah(server, 'doctor', '--backup', 'saved', '--json');
      return JSON.parse(stdout).checks.filter((each: { check: string }) => each.check === 'backup');
    };
    expect(await check()).toMatchObject([{ status: 'ok', message: expect.stringContaining('its checksum matches') }]);
    const sealed = readFileSync(file);
    writeFileSync(file, sealed.subarray(0, sealed.length - 3));
    expect(await check()).toMatchObject([
      { status: 'fail', message: expect.stringContaining('was changed or damaged') },
    ]);
    expect(await miftah(server, 'restore', 'saved')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the backup was changed or damaged: its end is missing'),
    });
    // As an older version made it.
    writeFileSync(file, sealed.subarray(0, sealed.length - 128));
    expect(await check()).toMatchObject([{ status: 'warn', message: expect.stringContaining('it has no checksum') }]);
    expect(await miftah(server, 'restore', 'saved', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"checksum":"absent"'),
      stderr: expect.stringContaining('The backup has no checksum'),
    });
    writeFileSync(file, sealed);
    const { code, stdout } = await miftah(server, 'restore', 'saved');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Restored\.\n\ndatabase +\S+miftah\.db\nchecksum +matches\nnewest entry +\S+Z\nkeys revoked again +0\nold secrets expired again +0\nprevious database +\S+before-restore\S+\n\nKeys created or rotated after/,
    );
  });

  test('without the token gets nothing', async () => {
    await using server = await startTestServer();
    const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: 'mft_wrong' };
    expect(await runCli(['backup', 'saved'], { cwd: server.folder, env })).toMatchObject({ code: 4 });
    expect(readdirSync(server.folder).toSorted()).toEqual(['data', 'miftah.yaml']);
  });
});

describe('backup', () => {
  let folder: string;
  let server: Server;
  let answer: (res: ServerResponse) => void;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = createServer((_req, res) => answer(res)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    env = { MIFTAH_URL: `http://127.0.0.1:${port}`, MIFTAH_TOKEN: 'mft_token' };
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'miftah-cli-'));
    return () => rmSync(folder, { recursive: true });
  });

  const wrong = { 'Content-Length': 4, 'Repr-Digest': `sha-256=:${'A'.repeat(43)}=:` };

  test.for<[string, (res: ServerResponse) => void, number, string]>([
    [
      'bytes that do not match the announced digest',
      (res) => res.writeHead(200, wrong).end('copy'),
      3,
      'answer_incomplete',
    ],
    [
      'half of the announced bytes',
      (res) => res.writeHead(200, wrong).write('co', () => res.destroy()),
      3,
      'answer_incomplete',
    ],
    ['an answer that is not a backup', (res) => res.end('<html>'), 1, 'answer_not_understood'],
    [
      'a full disk on the server',
      (res) => res.writeHead(503).end(JSON.stringify({ code: 'storage_full', detail: 'full' })),
      3,
      'storage_full',
    ],
  ])('leaves nothing behind after %s', async ([, reply, code, error]) => {
    answer = reply;
    const result = await runCli(['backup', 'saved', '--json'], { cwd: folder, env });
    expect({ ...result, stderr: JSON.parse(result.stderr).error.code }).toEqual({ code, stdout: '', stderr: error });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing behind when it is interrupted', async () => {
    const asked = new Promise<void>((resolve) => {
      answer = (res) => {
        res.writeHead(200, { ...wrong, 'Content-Length': 1000 }).write('some', () => resolve());
      };
    });
    const child = spawnCli(['backup', 'saved', '--json'], { cwd: folder, env });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await asked;
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect({ code, error: JSON.parse(stderr).error.code }).toEqual({ code: 1, error: 'stopped' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('reports an unwritable file before it calls the server', async () => {
    answer = () => expect.unreachable();
    const result = await runCli(['backup', 'absent/saved', '--json'], { cwd: folder, env });
    expect({ code: result.code, error: JSON.parse(result.stderr).error.code }).toEqual({
      code: 1,
      error: 'file_unwritable',
    });
  });

  test('exits with 3 when there is no server', async () => {
    const gone = { ...env, MIFTAH_URL: 'http://127.0.0.1:1' };
    expect(await runCli(['backup', 'saved'], { cwd: folder, env: gone })).toMatchObject({ code: 3 });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('restore', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'miftah-cli-'));
    return () => rmSync(folder, { recursive: true });
  });

  async function restore(...args: string[]): Promise<{ code: number | null; error: string | undefined }> {
    const { code, stderr } = await runCli(['restore', ...args, '--json'], { cwd: folder });
    return { code, error: stderr === '' ? undefined : JSON.parse(stderr).error.code };
  }

  test('refuses a file that is not a backup', async () => {
    mkdirSync(join(folder, 'directory'));
    writeFileSync(join(folder, 'text'), 'not a database at all, '.repeat(400));
    expect(await restore('absent')).toEqual({ code: 2, error: 'backup_unusable' });
    expect(await restore('directory')).toEqual({ code: 2, error: 'backup_unusable' });
    expect(await restore('text')).toEqual({ code: 1, error: 'storage_not_a_database' });
    expect(await restore('text', '--config', 'absent.yaml')).toEqual({ code: 2, error: 'config_unreadable' });
  });

  test('needs the revocation log on a new machine, or --without-revocations', async () => {
    await using server = await startTestServer();
    const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken };
    await runCli(['backup', 'saved'], { cwd: folder, env });
    expect(await restore('saved', '--data', 'data')).toEqual({ code: 1, error: 'revocations_unknown' });
    expect(await restore('saved', '--data', 'data', '--without-revocations')).toEqual({ code: 0, error: undefined });
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(await restore('data/miftah.db', '--data', 'data')).toEqual({ code: 2, error: 'backup_unusable' });
  });
});
