// One origin: its connections, and the requests that use them or wait for one.
import { isIP, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { readBeforeFailing } from './early-reply.ts';
import { type Holder, type Holding, Shares } from './shares.ts';
import { WaitingLine } from './waiting-line.ts';

/** Where requests go. Those that agree in all of this share connections. */
export interface UpstreamTarget {
  /** `http://host:port` or `https://…`, without a path. */
  readonly origin: string;
  /** Longest wait for a connection, TLS included, in milliseconds; 0: no limit. */
  readonly connectTimeoutMs: number;
  /** Largest head of a reply, names and values, in bytes; 1 or more. */
  readonly maxReplyHeaderBytes: number;
  /** Of an `https` origin. Default: the authorities of the system, no client certificate. */
  readonly tls?: UpstreamTls | undefined;
}

/** How TLS with an upstream differs from the default. All but the name is PEM. */
export interface UpstreamTls {
  /** The authorities to trust, in place of the system's. */
  readonly ca?: string | undefined;
  /** The certificate, and those between it and the upstream's authority, that Miftah shows. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that is asked for and that the certificate must have. Default: the origin's. */
  readonly serverName?: string | undefined;
}

/** How requests to one upstream share its connections. Times in milliseconds, 0 turns a timeout off. */
export interface UpstreamLimits {
  /** 1 or more. */
  readonly connectionsPerOrigin: number;
  readonly requestsPerOrigin: number;
  readonly connectionWaitMs: number;
}

/** A request, which undici calls back. */
export interface UpstreamHandler extends Dispatcher.DispatchHandler, Holder {
  /** The connection that carries it, set while it is with undici, and what it is held under. */
  client: Client | undefined;
  holding: Holding | undefined;
  /** Whether the connection was there before: it may have been closed by the other side by now. */
  isReusing: boolean;
  /** When a request that waits gives up, by `performance.now()`. */
  waitsUntilMs: number;
  /** Hands the request to undici, on `client`. */
  send(client: Client): void;
  onError(error: Error): void;
}

class UpstreamClosed extends Error {
  readonly code = 'UPSTREAM_CLOSED';
}

/** No connection became free in time. */
class UpstreamBusy extends Error {
  readonly code = 'UPSTREAM_BUSY';
}

/**
 * Keeps the idle connections of one origin on a stack, the last used on top, so that spare ones grow old and close. It stands in for
 * undici's Pool, which looks through its busy connections for each request and announces each that becomes free: measured 3 of 38 us
 * a request at 32 at a time. A connection carries one request at a time; each `dispatch` must be answered by one `release`.
 *
 * A slow body, a slow reader or a slow endpoint keeps a connection from others. So connections, and places in the line, are divided
 * between keys and organizations.
 */
export class Upstream {
  /** Goes with every request, always the same: undici would take the client's Host header, and reconnect where it changes. */
  readonly serverName: string;
  readonly #origin: string;
  readonly #options: Client.Options & { readonly connect: buildConnector.connector };
  readonly #waitMs: number;
  readonly #clients: Client[] = [];
  readonly #sockets = new Map<Client, Socket>();
  readonly #idle: Client[] = [];
  readonly #connections: Shares;
  readonly #line: WaitingLine<UpstreamHandler>;
  #waitTimer: NodeJS.Timeout | undefined;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor({ origin, connectTimeoutMs, maxReplyHeaderBytes, tls }: UpstreamTarget, limits: UpstreamLimits) {
    const { hostname } = new URL(origin);
    this.serverName = hostname;
    this.#origin = origin;
    this.#waitMs = limits.connectionWaitMs;
    this.#connections = new Shares(limits.connectionsPerOrigin);
    this.#line = new WaitingLine(Math.max(0, limits.requestsPerOrigin - limits.connectionsPerOrigin));
    this.#options = {
      connect: createConnector(tls?.serverName ?? hostname, connectTimeoutMs, tls),
      maxHeaderSize: maxReplyHeaderBytes,
    };
  }

  /** Whether a request of this key can have a connection now, or a place among those who wait. */
  hasRoomFor(holder: Holder): boolean {
    const connections = this.#connections;
    return connections.mayTake(connections.holdingOf(holder)) || this.#line.hasRoomFor(holder);
  }

  /** Sends a request, for which there must be room, on a free connection or when one becomes free. One that waits too long fails. */
  dispatch(handler: UpstreamHandler): void {
    if (this.#closing !== undefined) {
      handler.onError(new UpstreamClosed(`the proxy no longer sends requests to ${this.#origin}`));
      return;
    }
    const holding = this.#connections.holdingOf(handler);
    if (this.#connections.mayTake(holding)) this.#send(handler, holding);
    else this.#wait(handler);
  }

  #send(handler: UpstreamHandler, holding: Holding): void {
    this.#connections.take(holding);
    handler.holding = holding;
    let client = this.#idle.pop();
    handler.isReusing = client !== undefined;
    if (client === undefined) {
      client = this.#openClient();
    }
    handler.client = client;
    handler.send(client);
  }

  #openClient(): Client {
    const { connect, ...options } = this.#options;
    const client = new Client(this.#origin, {
      ...options,
      connect: (place, callback) =>
        connect(place, (...result) => {
          const [error, socket] = result;
          if (error === null) {
            readBeforeFailing(socket);
            this.#sockets.set(client, socket);
          }
          callback(...result);
        }),
    });
    this.#clients.push(client);
    return client;
  }

  /** Whether all that was written on the connection has left. undici goes by what it has handed to the socket. */
  hasSentAll(client: Client): boolean {
    return this.#sockets.get(client)?.writableLength === 0;
  }

  /** Ends a connection that must not carry another request; the client opens a new one for it. */
  endConnection(client: Client): void {
    this.#sockets.get(client)?.destroy();
  }

  #wait(handler: UpstreamHandler): void {
    this.#line.add(handler);
    if (this.#waitMs === 0) return;
    handler.waitsUntilMs = performance.now() + this.#waitMs;
    this.#waitTimer ??= this.#startWaitTimer(this.#waitMs);
  }

  #startWaitTimer(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#failLate(), Math.max(1, Math.ceil(delayMs))).unref();
  }

  /** All wait equally long, so that the first in the line is the first to give up. */
  #failLate(): void {
    this.#waitTimer = undefined;
    const nowMs = performance.now();
    for (const handler of this.#line.waiters()) {
      if (handler.waitsUntilMs > nowMs) {
        this.#waitTimer = this.#startWaitTimer(handler.waitsUntilMs - nowMs);
        return;
      }
      this.#line.delete(handler);
      handler.onError(new UpstreamBusy(`no connection to ${this.#origin} became free within ${this.#waitMs} ms`));
    }
    this.#closeWhenIdle();
  }

  /** Takes back a request that still waits for a connection; nothing happens to one that has it. */
  withdraw(handler: UpstreamHandler): void {
    if (this.#line.delete(handler)) this.#closeWhenIdle();
  }

  /** Says that undici is done with a request, and its connection may carry another. */
  release(client: Client, holding: Holding): void {
    this.#connections.give(holding);
    this.#idle.push(client);
    while (this.#line.size > 0) {
      const handler = this.#line.next(this.#connections);
      if (handler === undefined) break;
      this.#send(handler, this.#connections.holdingOf(handler));
    }
    this.#closeWhenIdle();
  }

  /** Refuses new requests, and resolves when those under way and those waiting are answered and the connections closed. */
  close(): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    this.#closeWhenIdle();
    return this.#closing.promise;
  }

  /** Fails every request and closes every connection now. */
  async destroy(): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    const error = new UpstreamClosed(`the connections to ${this.#origin} were cut`);
    for (const handler of this.#line.waiters()) {
      this.#line.delete(handler);
      handler.onError(error);
    }
    clearTimeout(this.#waitTimer);
    await Promise.all(this.#clients.map((client) => client.destroy(error)));
    this.#closing.resolve();
  }

  #closeWhenIdle(): void {
    const closing = this.#closing;
    if (closing === undefined || this.#line.size > 0 || this.#idle.length < this.#clients.length) return;
    const closed = this.#clients.map((client) => (client.destroyed ? undefined : client.close()));
    void Promise.all(closed).then(() => closing.resolve());
  }
}

/** The name that TLS asks an upstream for (RFC 6066 §3): no address, and no final dot. `undefined`: none is sent. */
export function tlsNameOf(hostname: string): string | undefined {
  if (isIP(hostname) !== 0 || hostname.startsWith('[')) return undefined;
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/**
 * Opens connections to one upstream. TLS verifies the upstream's own name or address (RFC 9110 §4.3.4): nothing that a client sends
 * reaches it. One connector for each upstream: a TLS session is resumed without another look at the certificate.
 */
function createConnector(
  hostname: string,
  timeoutMs: number,
  { ca, cert, key }: UpstreamTls = {},
): buildConnector.connector {
  // One context for all connections: making one reads and checks the certificates.
  const secureContext = ca === undefined && cert === undefined ? undefined : createSecureContext({ ca, cert, key });
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, ...(secureContext && { secureContext }) });
  const name = tlsNameOf(hostname);
  return (options, callback) => {
    // Without a name undici takes the host, which is the upstream's, and sends none for an address.
    const own = name === undefined ? withoutName(options) : { ...options, servername: name };
    return connect(own, (...result) => {
      const [error] = result;
      // undici never sends another request on a connection that failed with this code.
      if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
        callback(new Error('the certificate is not the upstream’s', { cause: error }), null);
      } else {
        callback(...result);
      }
    });
  };
}

function withoutName({ servername: _, ...options }: buildConnector.Options): buildConnector.Options {
  return options;
}
