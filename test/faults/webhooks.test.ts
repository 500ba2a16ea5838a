// A server that is killed loses no event of a change that it acknowledged, and repeats one under its id only.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openReceiver } from '../webhooks/receiver.ts';

/** `npm test` kills 3 times. `npm run test:faults` kills more often, as does `MIFTAH_KILLS=1000 npx vitest run …`. */
const kills = Number(process.env.MIFTAH_KILLS ?? 3);
const child = new URL('./webhooks-child.ts', import.meta.url).pathname;

interface Node {
  readonly call: (method: string, path: string, body: unknown) => Promise<Record<string, unknown>>;
  readonly kill: () => Promise<void>;
}

async function start(file: string): Promise<Node> {
  const process_ = fork(child, [file], { execArgv: ['--no-warnings'] });
  const [{ address, token }] = await Promise.race([
    once(process_, 'message'),
    once(process_, 'exit').then(() => expect.fail('the server did not start')),
  ]);
  return {
    async call(method, path, body) {
      const answer = await fetch(`http://${address}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as Record<string, unknown>;
    },
    async kill() {
      const exited = once(process_, 'exit');
      process_.kill('SIGKILL');
      await exited;
    },
  };
}

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
  /** The names that were acknowledged. Each change gives a new one, so it is in the event. */
  const acknowledged: string[] = [];
  const tried: string[] = [];
  try {
    let node = await start(file);
    await node.call('POST', '/v1/webhooks', { name: 'all', url: receiver.url });
    const { id } = await node.call('POST', '/v1/orgs', { name: 'first', kind: 'dealer' });
    for (let round = 0; round < kills; round++) {
      const killed = Promise.withResolvers<void>();
      const victim = node;
      // At another place of the work each time: before, during and after attempts.
      const acknowledgedBefore = acknowledged.length + 1 + (round % 7);
      let isKilled = false;
      for (let at = 0; !isKilled; at++) {
        const name = `round ${round} change ${at}`;
        tried.push(name);
        try {
          await victim.call('PATCH', `/v1/orgs/${id}`, { name });
          acknowledged.push(name);
        } catch {
          // The answer did not come: the change is there, or it is not.
          break;
        }
        if (acknowledged.length < acknowledgedBefore) continue;
        isKilled = true;
        void victim.kill().then(killed.resolve);
      }
      await killed.promise;
      node = await start(file);
    }
    const namesOf = () =>
      receiver.received.flatMap(({ event }) => (event.data.after as { readonly name?: string } | null)?.name ?? []);
    await receiver.until(() => {
      const names = new Set(namesOf());
      return acknowledged.every((name) => names.has(name));
    });
    await node.kill();

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
