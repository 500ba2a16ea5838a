// Ports for processes that can't choose one, and for what must refuse connections.
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Systems give out higher ones by themselves, from 32,768 at the lowest: to servers on port 0, and to every connection as
 * its own end. Browsers and `fetch` refuse 10,080, and no other above it.
 */
const lowest = 11_000;
const perWorker = 4000;
/** Test files that run beside each other choose from shares of their own; the highest is 30,999. */
const share = Number(process.env.VITEST_POOL_ID ?? 0) % 5;
const given = new Set<number>();

/**
 * A port of 127.0.0.1 where nothing listens. It stays so until the caller, or whoever is told of it, listens there: the
 * system gives it to nobody, and this process does not choose it again.
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
