// Answers about usage of which the earlier part was removed: they say from when it is kept.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addPastUsage } from '../browser/past-usage.ts';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';

const hourMs = 3_600_000;
const nowMs = Date.now();
const at = (hours: number) => nowMs - (nowMs % hourMs) - hours * hourMs;
const instant = (hours: number) => new Date(at(hours)).toISOString();

let server: TestServer;
let keyId: string;

beforeAll(async () => {
  server = await startTestServer();
  const orgId = await server.createOrg();
  keyId = (await server.createKey({ api: 'classic', org: orgId })).id;
  const common = { orgId, keyId, apiId: 'classic', environment: 'live', outcome: 'allowed', count: 1 } as const;
  addPastUsage(
    server,
    Array.from({ length: 10 }, (_, hours) => ({ ...common, hourMs: at(hours) })),
  );
});
afterAll(() => server[Symbol.asyncDispose]());

const period = `from=${instant(9)}&to=${instant(-1)}`;

async function countIn(query: string) {
  const { body } = await server.admin('GET', `/v1/usage?${query}`);
  const count = (body.data as { count: number }[]).reduce((sum, each) => sum + each.count, 0);
  return { count, from: body.from, keptFrom: body.keptFrom };
}

function miftah(...args: readonly string[]) {
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_DATA: join(server.folder, 'data') };
  return runCli(['usage', ...args], { cwd: server.folder, env });
}

test('an answer says from when usage is kept, and counts no hour before', async () => {
  expect(await countIn(period)).toEqual({ count: 10, from: instant(9), keptFrom: null });
  expect((await miftah('--from', instant(9))).stdout).toMatch(/10 requests, 0 billed\.\n$/);

  // As a removal that is under way: its rows are still there.
  using db = new DatabaseSync(join(server.folder, 'data', 'miftah.db'), { timeout: 5_000 });
  db.exec(`UPDATE retention SET usage_from = ${at(4)}`);
  expect(await countIn(period)).toEqual({ count: 5, from: instant(9), keptFrom: instant(4) });
  expect(await countIn(`${period}&key=${keyId}`)).toMatchObject({ count: 5, keptFrom: instant(4) });
  expect(await countIn(`from=${instant(9)}&to=${instant(6)}`)).toMatchObject({ count: 0, keptFrom: instant(4) });

  const { stdout } = await miftah('--from', instant(9));
  expect(stdout).toContain(`5 requests, 0 billed.\nRequests before ${instant(4)} are no longer stored.\n`);
  expect((await miftah('--from', instant(3))).stdout).toMatch(/4 requests, 0 billed\.\n$/);
  expect((await miftah('--from', instant(9), '--to', instant(6))).stdout).toBe(
    `No requests.\nRequests before ${instant(4)} are no longer stored.\n`,
  );
});
