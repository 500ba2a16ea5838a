// A server that receives webhooks, as an integrator has one.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly id: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves as soon as `isEnough` accepts what was received. */
  until(isEnough: (received: readonly Received[]) => boolean): Promise<void>;
  /** The status of the next answers. `hang`: none comes. */
  answer: number | 'hang';
  close(): Promise<void>;
}

/** Opens a receiver on the loopback address. */
export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    const headers = req.headers as Record<string, string>;
    received.push({ id: headers['webhook-id'] ?? '', path: req.url ?? '', headers, body, event: JSON.parse(body) });
    if (receiver.answer !== 'hang') res.writeHead(receiver.answer).end();
    for (const check of waiting) check();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    answer: 204,
    until(isEnough) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const check = () => {
        if (!isEnough(received)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
      return promise;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
