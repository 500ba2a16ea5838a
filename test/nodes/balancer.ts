// A small load balancer: it passes connections to the ready nodes in turn.
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface BalancedNode {
  readonly publicPort: number;
  /** Its `/readyz` says whether the node takes requests. */
  readonly internalPort: number;
}

export interface Balancer {
  readonly server: Server;
  close(): Promise<void>;
}

const checkEveryMs = 250;

/** Listens on `port`. A node that is no longer ready gets no new connections within a quarter of a second. */
export async function startBalancer(port: number, nodes: readonly BalancedNode[]): Promise<Balancer> {
  let ready: readonly BalancedNode[] = [];
  let turn = 0;

  const answers = nodes.map(() => false);
  const stopped = new AbortController();
  const check = async (at: number): Promise<void> => {
    answers[at] = await isReady(nodes[at] as BalancedNode);
    ready = nodes.filter((_, other) => answers[other]);
  };
  // Each node has its own sequence of checks: a slow answer must not delay another node's, nor arrive after a newer
  // one.
  const keepChecking = async (at: number): Promise<void> => {
    const { signal } = stopped;
    while (await wait(checkEveryMs, true, { signal }).catch(() => false)) await check(at);
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const node = ready[turn++ % Math.max(1, ready.length)];
    if (node === undefined) {
      client.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const upstream = connect({ port: node.publicPort, host: '127.0.0.1', allowHalfOpen: true });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await Promise.all(nodes.map((_, at) => check(at)));
  for (const at of nodes.keys()) void keepChecking(at);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    async close() {
      stopped.abort();
      server.close();
    },
  };
}

async function isReady({ internalPort }: BalancedNode): Promise<boolean> {
  try {
    const reply = await fetch(`http://127.0.0.1:${internalPort}/readyz`, { signal: AbortSignal.timeout(3000) });
    return reply.ok;
  } catch {
    return false;
  }
}
