// A network that can fail: it passes connections to a server, and delays, holds or breaks them on request.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/**
 * `hold`: nothing arrives and no error occurs, as when packets are dropped; after `pass` it arrives, as TCP repeats it.
 * `reset`: connections break, new ones at once.
 */
export type NetworkState =
  | { readonly kind: 'pass' | 'hold' | 'reset' }
  /** Adds this round-trip delay, in milliseconds. */
  | { readonly kind: 'slow'; readonly roundTripMs: number };

export interface FaultProxy {
  readonly port: number;
  become(state: NetworkState): void;
  close(): Promise<void>;
}

interface Parcel {
  readonly dueAtMs: number;
  readonly deliver: () => void;
}

export async function startFaultProxy(target: NetConnectOpts): Promise<FaultProxy> {
  let state: NetworkState = { kind: 'pass' };
  const wires = new Set<Wire>();

  /** Data under way in one direction, in the order in which it was sent. */
  class Wire {
    readonly #from: Socket;
    readonly #to: Socket;
    #parcels: Parcel[] = [];
    #timer: NodeJS.Timeout | undefined;

    constructor(from: Socket, to: Socket) {
      this.#from = from;
      this.#to = to;
      wires.add(this);
      from.on('data', (chunk) => this.#send(() => to.write(chunk)));
      from.on('end', () => this.#send(() => to.end()));
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#send(() => to.destroy());
        if (to.destroyed) wires.delete(this);
      });
    }

    break(): void {
      for (const socket of [this.#from, this.#to]) {
        // A Unix socket has no reset.
        if (socket.remoteAddress === undefined) socket.destroy();
        else socket.resetAndDestroy();
      }
      this.#parcels = [];
      wires.delete(this);
    }

    flush(): void {
      clearTimeout(this.#timer);
      if (state.kind === 'hold') return;
      for (;;) {
        const [next] = this.#parcels;
        if (next === undefined) return;
        const leftMs = next.dueAtMs - performance.now();
        if (leftMs > 0) {
          this.#timer = setTimeout(() => this.flush(), Math.ceil(leftMs));
          return;
        }
        this.#parcels.shift();
        next.deliver();
      }
    }

    #send(deliver: () => void): void {
      const delayMs = state.kind === 'slow' ? state.roundTripMs / 2 : 0;
      this.#parcels.push({ dueAtMs: performance.now() + delayMs, deliver });
      this.flush();
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => undefined);
    if (state.kind === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...target, allowHalfOpen: true });
    new Wire(client, upstream);
    new Wire(upstream, client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    become(next) {
      state = next;
      for (const wire of [...wires]) {
        if (next.kind === 'reset') wire.break();
        else wire.flush();
      }
    },
    async close() {
      for (const wire of [...wires]) wire.break();
      server.close();
      await once(server, 'close');
    },
  };
}
