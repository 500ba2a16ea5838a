// Countries of a whole server: off by default, on and renewed by a reload, asked for by the operator and a member.
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../cli/cli-process.ts';
import { startTestServer, type TestServer } from '../fixture.ts';
import { makeOwner } from '../people/console-client.ts';
import { makeDatabase } from './mmdb-file.ts';

const apis = `
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: UPSTREAM
`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ apis });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Puts a database in place that has all loopback addresses in one country. */
function place(country: string): void {
  const file = join(server.folder, 'countries.mmdb');
  const records = { '127.0.0.0/8': { country: { iso_code: country } } };
  writeFileSync(`${file}.new`, makeDatabase({ records, builtAtMs: Date.now() }));
  renameSync(`${file}.new`, file);
}

test('a reload brings the countries of the addresses, and an unusable file leaves those that are there', async () => {
  const { folder, admin } = server;
  const { client: owner, orgId } = await makeOwner(server);
  const key = await server.createKey({ api: 'classic', org: orgId });
  const headers = { host: 'api.classic.localhost', authorization: `Bearer ${key.secret}` };
  const [reply] = await once(get({ port: server.publicPort, path: '/v1/users', headers }), 'response');
  reply.resume();
  const ask = async () => (await admin('GET', `/v1/usage?by=country,address&org=${orgId}`)).body;
  expect(await ask()).toMatchObject({
    code: 'invalid_input',
    field: 'by',
    detail: expect.stringContaining('set countries.database'),
  });
  const rules = async () =>
    ((await admin('GET', '/v1/alert-rules')).body.data as { id: string; missing: string | null }[])
      .filter(({ missing }) => missing !== null)
      .map(({ id, missing }) => `${id} ${missing}`);
  expect(await rules()).toEqual(['new_country countries.database']);
  const enable = () => admin('PATCH', '/v1/alert-rules/new_country', { on: true });
  const preview = () => admin('POST', '/v1/alert-rules/new_country/preview', {});
  expect((await enable()).body).toMatchObject({ code: 'invalid_input', field: 'on' });
  expect((await preview()).body).toMatchObject({ code: 'invalid_input', field: 'rule' });

  place('SA');
  const config = join(folder, 'miftah.yaml');
  writeFileSync(config, `countries: { database: ${folder}/countries.mmdb }\n${readFileSync(config, 'utf8')}`);
  expect(await server.server.reload()).toMatchObject({ changed: ['countries.database'], needRestart: [] });
  const row = { country: 'SA', address: '127.0.0.1', count: 1, refused: 0 };
  expect(await ask()).toMatchObject({ data: [row] });
  const ofMember = await owner.call('GET', `/api/orgs/${orgId}/usage?by=country`);
  expect(ofMember.body.data).toEqual([{ country: 'SA', count: 1, refused: 0 }]);
  expect((await owner.call('GET', '/api/operator/usage?by=country')).body.data).toMatchObject([{ country: 'SA' }]);
  const beside = await admin('GET', '/v1/usage?by=country,outcome');
  expect(beside.body).toMatchObject({ field: 'by', detail: expect.stringContaining('no outcome beside country') });
  expect(await rules()).toEqual([]);
  expect((await preview()).body).toMatchObject({ alerts: 0 });
  expect((await enable()).body).toMatchObject({ on: true });

  place('DE');
  expect(await server.server.reload()).toMatchObject({ changed: ['countries.database'], needRestart: [] });
  expect(await ask()).toMatchObject({ data: [{ ...row, country: 'DE' }] });
  writeFileSync(join(folder, 'countries.mmdb'), 'no database');
  await expect(server.server.reload()).rejects.toMatchObject({ code: 'countries_unusable' });
  const cli = (...args: string[]) =>
    runCli(args, {
      cwd: folder,
      env: { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken },
    });
  expect((await cli('usage', '--by', 'country')).stdout).toMatch(/^COUNTRY +COUNT +REFUSED\nDE +1 +0$/m);
  expect((await cli('usage', '--by', 'country', '--csv')).stdout).toMatch(/^country,count,.*refused\r?\nDE,1,.*0\r?$/m);

  place('SA');
  const page = readFileSync(new URL('../../docs/how-to/countries.md', import.meta.url), 'utf8');
  const commands = Array.from(page.matchAll(/^miftah (.+)$/gm), ([, command]) => String(command));
  expect(commands).toHaveLength(7);
  const results = await Promise.all(commands.map((command) => cli(...command.replace(/org_\w+/, orgId).split(' '))));
  const outputs = new Map(commands.map((command, at) => [command, results[at]]));
  expect(outputs.get('doctor --config miftah.yaml')?.stdout).toMatch(/countries +Test-Country, built/);
  expect(outputs.get('usage --by country --top 10')?.stdout).toMatch(/^(DE|SA) +1/m);
  const failed = [...outputs].filter(([command, result]) => !command.startsWith('doctor') && result?.code !== 0);
  expect(failed).toEqual([]);
});
