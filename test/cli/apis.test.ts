// `miftah apis list` and `orgs get` against a real server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../fixture.ts';
import { runHere } from './in-process.ts';

const apis = `
  - id: cards
    profile: palcards
    hosts: { live: [api.cards.localhost], test: [sandbox.cards.localhost] }
    upstream: { live: UPSTREAM/v1, test: UPSTREAM }
  - id: asked
    profile: classic
    importedKeys: { algorithm: sha256, prefix: old_, minLength: 20, maxLength: 60 }
`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ apis });
});
afterAll(() => server[Symbol.asyncDispose]());

function miftah(line: string, token = server.operatorToken) {
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: token };
  return runHere(line.split(' '), { cwd: server.folder, env });
}

/** The rows of a table, each a list of cells. */
function rowsOf({ stdout }: { stdout: string }): string[][] {
  const [, ...lines] = stdout.trimEnd().split('\n');
  return lines.map((line) => line.split(/ {2,}/));
}

test('apis list shows hosts, upstreams and keys, and which APIs the public listener serves', async () => {
  const upstream = `http://127.0.0.1:${(server.upstream.address() as { port: number }).port}`;
  expect(rowsOf(await miftah('apis list'))).toEqual([
    [
      'cards',
      'palcards',
      'live, test',
      'api.cards.localhost (live), sandbox.cards.localhost (test)',
      `live: ${upstream}/v1, test: ${upstream}`,
      'sk_prod_…, sk_sandbox_… of 80 characters',
      'yes',
    ],
    [
      'asked',
      'classic',
      'live, test',
      '-',
      '-',
      'sk_live_…, sk_test_… of 48 characters, and imported old_…',
      'decisions only',
    ],
  ]);
  expect((await miftah('apis list -q')).stdout).toBe('cards\nasked\n');
});

test('a token sees its APIs, and a token of an organization no upstream', async () => {
  const org = await server.createOrg();
  const create = async (fields: object): Promise<string> =>
    String((await server.admin('POST', '/v1/tokens', { name: 'a token', may: 'admin', ...fields })).body.token);
  expect((await miftah('apis list -q', await create({ apis: ['cards'] }))).stdout).toBe('cards\n');
  const ofOrg = await create({ org });
  expect((await miftah('apis list --json', ofOrg)).stdout).not.toContain('127.0.0.1');
  expect(rowsOf(await miftah('apis list', ofOrg)).map((row) => row.at(-1))).toEqual(['unknown', 'unknown']);
});

test('orgs get shows one organization, and 6 for another id', async () => {
  const org = await server.createOrg();
  const shown = await miftah(`orgs get ${org}`);
  expect(shown.stdout).toMatch(
    new RegExp(`^id +${org}\\nname +Test\\nkind +dealer\\nstatus +active\\ncreated +\\S+Z\\n$`),
  );
  expect(await miftah('orgs get org_none')).toMatchObject({ code: 6, stdout: '' });
});
