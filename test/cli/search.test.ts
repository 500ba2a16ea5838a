// `keys list --search` as a person uses it: with what the table of `keys list` printed.
import { expect, test } from 'vitest';
import { startTestServer } from '../fixture.ts';
import { runCli } from './cli-process.ts';

/** The rows of a table, each cell under its title. */
function readTable(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const columns = [...head.matchAll(/\S+(?: \S+)*/g)].map(({ 0: title, index }) => ({ title, index }));
  return lines.map((line) => {
    const characters = [...line];
    return Object.fromEntries(
      columns.map(({ title, index }, at) => [
        title,
        characters
          .slice(index, columns[at + 1]?.index)
          .join('')
          .trim(),
      ]),
    );
  });
}

test('finds a key by each cell that identifies it, each part of the masked secret and each address', async () => {
  await using server = await startTestServer();
  const names = ['Production server', 'خادم الإنتاج', '100%_sure', 'key & <door>'];
  const org = await server.createOrg();
  for (const [at, name] of names.entries()) {
    await server.createKey({ org, api: 'palcards', name, environment: at === 0 ? 'test' : 'live' });
  }
  const env = { MIFTAH_URL: `http://127.0.0.1:${server.internalPort}`, MIFTAH_TOKEN: server.operatorToken };
  const list = async (...options: readonly string[]) => {
    const { code, stdout, stderr } = await runCli(['keys', 'list', ...options], { cwd: server.folder, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return readTable(stdout);
  };
  const rows = await list();
  expect(rows.map((row) => row.NAME).toSorted()).toEqual(names.toSorted());
  for (const row of rows) {
    const { ID = '', NAME = '', SECRET = '' } = row;
    const [start = '', end = ''] = SECRET.split('…');
    for (const search of [ID, NAME, SECRET, SECRET.replace('…', '...'), `…${end}`, end, start, start.slice(-4)]) {
      expect(await list('--search', search), search).toEqual([row]);
    }
  }
  // The console's table shows addresses too.
  const addresses = ['203.0.113.9', '203.0.113.10'];
  const { id } = await server.createKey({ org, api: 'palcards', name: 'From there', addresses });
  expect((await list('--search', '203.0.113.9')).map((row) => row.ID)).toEqual([id]);
  // The prefix is that of all keys of the environment. The other cells have options of their own.
  const [found] = rows.filter((row) => row.ENV === 'test');
  expect(await list('--search', 'sk_sandbox_')).toEqual([found]);
  expect(await list('--api', found?.API ?? '', '--env', 'test', '--status', found?.STATUS ?? '')).toEqual([found]);
});
