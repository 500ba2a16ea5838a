// kill -9 while a request with an Idempotency-Key is in progress: when it is sent again, it is carried out exactly
// once.
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMiftahClient, type Schemas, unwrap } from '../../src/client/index.ts';
import { spawnCli } from '../cli/cli-process.ts';

/** `npm test` kills 4 times; `MIFTAH_KILLS=200 npx vitest run test/faults/kill-idempotency.test.ts` is a long run. */
const rounds = Number(process.env.MIFTAH_KILLS ?? 4);

const config = `
apis:
  - id: classic
    profile: classic
    hosts: [api.classic.localhost]
    upstream: http://127.0.0.1:1
`;

async function startServer(folder: string) {
  const flags = ['--public', '127.0.0.1:0', '--internal', '127.0.0.1:0', '--data', 'data', '--json'];
  const child = spawnCli(['serve', '--config', 'miftah.yaml', ...flags], { cwd: folder });
  const closed = once(child, 'close');
  child.stdout.setEncoding('utf8');
  let output = '';
  for await (const text of child.stdout) {
    output += text;
    if (output.includes('\n')) break;
  }
  const { internal } = JSON.parse(output) as { internal: string };
  const token = (await readFile(join(folder, 'data', 'operator-token'), 'utf8')).trim();
  const url = internal.startsWith('http') ? internal : `http://${internal}`;
  return {
    client: createMiftahClient({ url, token }),
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

test(`a killed server creates exactly one key for each request, in ${rounds} kills`, {
  timeout: 300_000 + rounds * 5000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-kill-'));
  await writeFile(join(folder, 'miftah.yaml'), config);
  let server = await startServer(folder);
  try {
    const org = (await unwrap(server.client.POST('/v1/orgs', { body: { name: 'Acme' } }))).id;
    const create = (name: string): Promise<Schemas['KeyWithSecret']> =>
      unwrap(
        server.client.POST('/v1/keys', {
          params: { header: { 'Idempotency-Key': name } },
          body: { api: 'classic', org, name },
        }),
      );
    for (let round = 0; round < rounds; round++) {
      const name = `round-${round}`;
      const first = create(name).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
      await server.kill();
      const reply = await first;
      server = await startServer(folder);
      const again = await create(name);
      if (reply !== undefined) expect(again).toEqual(reply);
      const { data } = await unwrap(server.client.GET('/v1/keys', { params: { query: { org, search: name } } }));
      expect(data.filter((key) => key.name === name).map(({ id }) => id)).toEqual([again.id]);
    }
  } finally {
    await server.kill();
    await rm(folder, { recursive: true });
  }
});
