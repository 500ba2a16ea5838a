// Ports for processes that can't choose one, and for addresses that must refuse connections.
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Systems assign higher ports, from 32,768 at the lowest, to servers on port 0 and to outgoing connections. Browsers
 * and `fetch` refuse 10,080, and no port above it.
 */
const lowest = 11_000;
const perWorker = 4000;
/** Parallel test files choose from separate ranges. The highest port is 30,999. */
const share = Number(process.env.VITEST_POOL_ID ?? 0) % 5;
const given = new Set<number>();

/**
 * A port of 127.0.0.1 where nothing listens. It stays free for the caller: the system assigns it to no one, and this
 * process does not choose it again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + share * perWorker + Math.floor(Math.random() * perWorker);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
