// A small balancer: passes connections on to those nodes in turn that say they are ready.
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

export interface BalancedNode {
  readonly publicPort: number;
  /** Whose `/readyz` says whether it takes requests. */
  readonly internalPort: number;
}

export interface Balancer {
  readonly server: Server;
  close(): Promise<void>;
}

const checkEveryMs = 250;

/** Listens on `port`. A node that is not ready any more gets no new connections within a quarter of a second. */
export async function startBalancer(port: number, nodes: readonly BalancedNode[]): Promise<Balancer> {
  let ready: readonly BalancedNode[] = [];
  let turn = 0;

  async function check(): Promise<void> {
    const answers = await Promise.all(nodes.map(isReady));
    ready = nodes.filter((_, at) => answers[at]);
  }

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
  await check();
  const timer = setInterval(check, checkEveryMs);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    async close() {
      clearInterval(timer);
      server.close();
    },
  };
}

async function isReady({ internalPort }: BalancedNode): Promise<boolean> {
  try {
    const reply = await fetch(`http://127.0.0.1:${internalPort}/readyz`, { signal: AbortSignal.timeout(1000) });
    return reply.ok;
  } catch {
    return false;
  }
}
