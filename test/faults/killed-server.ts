// A server in a process of its own, which a campaign kills.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';

export interface KilledServer {
  readonly publicPort: number;
  readonly setUpToken: string | undefined;
  /** Calls the admin API. Rejects if the answer is no success, or does not come. */
  readonly call: (method: string, path: string, body: unknown) => Promise<Record<string, unknown>>;
  readonly kill: () => Promise<void>;
}

const child = new URL('./server-child.ts', import.meta.url).pathname;

/** Starts a server with this configuration. Another one can follow after it was killed. */
export async function startKilled(file: string): Promise<KilledServer> {
  const process_ = fork(child, [file], { execArgv: ['--no-warnings'] });
  const [{ address, token, publicPort, setUpToken }] = await Promise.race([
    once(process_, 'message'),
    once(process_, 'exit').then(() => expect.fail('the server did not start')),
  ]);
  return {
    publicPort,
    setUpToken,
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

/**
 * Changes what `change` changes, in this many rounds. Each ends with a kill, at another place of the work each time.
 * `change` gets a new name each time. Resolves with the last server, the names that were tried, and those acknowledged.
 */
export async function changeAndKill(
  file: string,
  first: KilledServer,
  kills: number,
  change: (server: KilledServer, name: string) => Promise<unknown>,
): Promise<{
  readonly server: KilledServer;
  readonly tried: readonly string[];
  readonly acknowledged: readonly string[];
}> {
  let server = first;
  const tried: string[] = [];
  const acknowledged: string[] = [];
  for (let round = 0; round < kills; round++) {
    const killed = Promise.withResolvers<void>();
    const victim = server;
    const acknowledgedBefore = acknowledged.length + 1 + (round % 7);
    let isKilled = false;
    for (let at = 0; !isKilled; at++) {
      const name = `round ${round} change ${at}`;
      tried.push(name);
      try {
        await change(victim, name);
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
    server = await startKilled(file);
  }
  return { server, tried, acknowledged };
}
