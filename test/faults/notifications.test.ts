// A server that is killed loses no mail about a change that it acknowledged, and repeats one under its id only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeOwner } from '../people/console-client.ts';
import { startSmtpReceiver } from '../people/smtp-receiver.ts';
import { changeAndKill, startKilled } from './killed-server.ts';

/** `npm test` kills 2 times. `npm run test:faults` kills more often, as does `MIFTAH_KILLS=1000 npx vitest run …`. */
const kills = Number(process.env.MIFTAH_KILLS ?? 2);

test(`0 mails are lost in ${kills} kills, and each has one id`, { timeout: 120_000 + kills * 20_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-notifications-'));
  const receiver = await startSmtpReceiver();
  const file = join(folder, 'miftah.yaml');
  writeFileSync(
    file,
    `public: { listen: "127.0.0.1:0" }
internal: { listen: "127.0.0.1:0" }
dataDir: ${join(folder, 'data')}
mail: { from: keys@example.com, smtp: { host: 127.0.0.1, port: ${receiver.port}, secure: false } }
apis: [{ id: classic, profile: classic, hosts: [api.localhost], upstream: "http://127.0.0.1:9" }]
`,
  );
  try {
    const first = await startKilled(file);
    const { publicPort, setUpToken } = first;
    const { client, orgId } = await makeOwner({ publicPort, server: { setUpToken } });
    const chosen = await client.call('PATCH', '/api/session/settings', {
      body: { timings: { key_change: 'at_once' } },
    });
    expect(chosen.status).toBe(200);
    const { server, tried, acknowledged } = await changeAndKill(file, first, kills, (each, name) =>
      each.call('POST', '/v1/keys', { api: 'classic', org: orgId, name }),
    );
    const nameIn = (text: string) => /"(round \d+ change \d+)"/.exec(text)?.[1];
    const missing = () => {
      const names = new Set(receiver.mails.map(({ text }) => nameIn(text)));
      return acknowledged.filter((name) => !names.has(name));
    };
    await expect.poll(missing, { timeout: 60_000 + kills * 1_000 }).toEqual([]);
    await server.kill();

    const idsByName = Map.groupBy(receiver.mails, ({ text }) => nameIn(text));
    const split = [...idsByName].filter(
      ([, mails]) => new Set(mails.map((mail) => mail.header('message-id'))).size > 1,
    );
    expect(split).toEqual([]);
    expect([...idsByName.keys()].filter((name) => !tried.includes(String(name)))).toEqual([]);
    const ids = new Set(receiver.mails.map((mail) => mail.header('message-id')));
    const repeated = receiver.mails.length - ids.size;
    process.stdout.write(
      `${kills} kills: ${acknowledged.length} mails, 0 lost, ${repeated} repeated under their ids\n`,
    );
  } finally {
    receiver.close();
    rmSync(folder, { recursive: true });
  }
});
