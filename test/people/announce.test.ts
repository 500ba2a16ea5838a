// What serve prints about people when it starts: how to create the first owner, and where mails go.
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { describePeople } from '../../src/cli/commands/serve.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type RunningServer, serve } from '../../src/serve.ts';
import { password } from './console-client.ts';

const apis = 'apis: [{ id: classic, profile: classic, hosts: [a.localhost], upstream: http://127.0.0.1:9 }]';

test('the set-up token is printed until it is used, and an old token is void', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'miftah-test-'));
  const data = join(folder, 'data');
  await writeFile(join(folder, 'miftah.yaml'), apis);
  const config = loadConfig({
    file: join(folder, 'miftah.yaml'),
    flags: { public: '127.0.0.1:0', internal: '127.0.0.1:0', data },
    environment: {},
  });
  const run = async (use: (server: RunningServer) => Promise<void>): Promise<string[]> => {
    const server = await serve(config, { log: pino({ level: 'silent' }) });
    try {
      await use(server);
      return describePeople(config, server);
    } finally {
      await server.close();
    }
  };
  try {
    const mailLine = `Mail is written to ${data}/mail.log. To send it, set mail.smtp`;
    const first = await run(async ({ publicAddress, setUpToken: token }) => {
      const origin = `http://localhost:${publicAddress.split(':')[1]}`;
      const body = { token, email: 'a@example.com', name: 'A', password, organization: { name: 'A' } };
      const headers = { origin, 'content-type': 'application/json' };
      const made = await fetch(`${origin}/api/setup`, { method: 'POST', headers, body: JSON.stringify(body) });
      expect(made.status).toBe(201);
    });
    expect(first).toEqual([
      expect.stringMatching(
        /^No account exists yet\. Create the first account: http:\/\/localhost:\d+\/setup#token=[0-9A-Za-z]{43}$/,
      ),
      mailLine,
    ]);

    const left = join(data, 'setup-token');
    await writeFile(left, 'left over\n', { mode: 0o600 });
    expect(await run(async () => expect(access(left)).rejects.toThrow())).toEqual([mailLine]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
