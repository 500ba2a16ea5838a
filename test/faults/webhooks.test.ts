// A server that is killed loses no event of a change that it acknowledged, and repeats one under its id only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReceiver } from '../webhooks/receiver.ts';
import { changeAndKill, startKilled } from './killed-server.ts';

/** `npm test` kills 3 times. `npm run test:faults` kills more often, as does `MIFTAH_KILLS=1000 npx vitest run …`. */
const kills = Number(process.env.MIFTAH_KILLS ?? 3);
test(`0 events are lost in ${kills} kills, and each has one id`, { timeout: 120_000 + kills * 20_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'miftah-webhooks-'));
  const receiver = await openReceiver();
  const file = join(folder, 'miftah.yaml');
  writeFileSync(
    file,
    `public: { listen: "127.0.0.1:0" }
internal: { listen: "127.0.0.1:0" }
dataDir: ${join(folder, 'data')}
webhooks: { allow: [127.0.0.1] }
apis: [{ id: classic, profile: classic, hosts: [localhost], upstream: "http://127.0.0.1:9" }]
`,
  );
  try {
    const first = await startKilled(file);
    await first.call('POST', '/v1/webhooks', { name: 'all', url: receiver.url });
    const { id } = await first.call('POST', '/v1/orgs', { name: 'first', kind: 'dealer' });
    // Each change gives a new name, so it is in the event.
    const { server, tried, acknowledged } = await changeAndKill(file, first, kills, (each, name) =>
      each.call('PATCH', `/v1/orgs/${id}`, { name }),
    );
    const namesOf = () =>
      receiver.received.flatMap(({ event }) => (event.data.after as { readonly name?: string } | null)?.name ?? []);
    await receiver.until(() => {
      const names = new Set(namesOf());
      return acknowledged.every((name) => names.has(name));
    });
    await server.kill();

    const idsByName = Map.groupBy(receiver.received, ({ event }) =>
      String((event.data.after as { name?: string }).name),
    );
    const split = [...idsByName].filter(([, each]) => new Set(each.map((received) => received.id)).size > 1);
    expect(split).toEqual([]);
    expect([...idsByName.keys()].filter((name) => name !== 'first' && !tried.includes(name))).toEqual([]);
    const repeated = receiver.received.length - new Set(receiver.received.map((each) => each.id)).size;
    process.stdout.write(
      `${kills} kills: ${acknowledged.length} changes, 0 lost, ${repeated} repeated under their ids\n`,
    );
  } finally {
    await receiver.close();
    rmSync(folder, { recursive: true });
  }
});
