// One origin: its connections, and the requests that use them or wait for one.
import { isIP, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { readBeforeFailing } from './early-reply.ts';
import { type Holder, type Holding, Shares } from './shares.ts';
import { WaitingLine } from './waiting-line.ts';

/** Where requests go. Equal targets share connections. */
export interface UpstreamTarget {
  /** `http://host:port` or `https://…`, without a path. */
  readonly origin: string;
  /** Longest time to open a connection, TLS included, in milliseconds. 0: no limit. */
  readonly connectTimeoutMs: number;
  /** Largest head of a reply, counting names and values, in bytes. 1 or more. */
  readonly maxReplyHeaderBytes: number;
  /** TLS options of an `https` origin. Default: the system's authorities, no client certificate. */
  readonly tls?: UpstreamTls | undefined;
}

/** How TLS with an upstream differs from the default. All values but the name are PEM. */
export interface UpstreamTls {
  /** The authorities to trust, instead of the system's. */
  readonly ca?: string | undefined;
  /** The certificate that Miftah presents, with any intermediate certificates. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name to send, which the certificate must match. Default: the origin's. */
  readonly serverName?: string | undefined;
}

/** How requests to one upstream share its connections. Times in milliseconds, 0 turns a timeout off. */
export interface UpstreamLimits {
  /** 1 or more. */
  readonly connectionsPerOrigin: number;
  readonly requestsPerOrigin: number;
  readonly connectionWaitMs: number;
}

/** A request, with the callbacks for undici. */
export interface UpstreamHandler extends Dispatcher.DispatchHandler, Holder {
  /** The connection that carries the request, set while undici handles it. `holding` is what it counts against. */
  client: Client | undefined;
  holding: Holding | undefined;
  /** Whether the connection is an old one, which the upstream may have closed by now. */
  isReusing: boolean;
  /** When a waiting request gives up, on the clock of `performance.now()`. */
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
 * Keeps the idle connections of one origin on a stack, the last used on top, so that spare ones grow old and close. It
 * replaces undici's Pool, which searches its busy connections for each request and emits an event for each that becomes
 * free. That measured 3 of 38 us per request at a concurrency of 32. A connection carries one request at a time. Each
 * request that was sent on one needs one `release`.
 *
 * A slow body, a slow reader or a slow endpoint keeps a connection from others. Therefore keys and organizations share
 * the connections and the places in the line.
 */
export class Upstream {
  /**
   * The same for every request. Otherwise undici takes it from the client's Host header, and reconnects when it
   * changes.
   */
  readonly serverName: string;
  readonly #origin: string;
  readonly #options: Client.Options & { readonly connect: buildConnector.connector };
  readonly #waitMs: number;
  readonly #clients = new Set<Client>();
  readonly #sockets = new Map<Client, Socket>();
  readonly #idle: Client[] = [];
  readonly #connections: Shares;
  readonly #line: WaitingLine<UpstreamHandler>;
  #waitTimer: NodeJS.Timeout | undefined;
  #closing: PromiseWithResolvers<void> | undefined;
  #isRetired = false;

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

  /** Whether a request of this key can have a connection now, or a place in the line. */
  hasRoomFor(holder: Holder): boolean {
    const connections = this.#connections;
    return connections.mayTake(connections.holdingOf(holder)) || this.#line.hasRoomFor(holder);
  }

  /**
   * Sends a request now, or when a connection becomes free. Check `hasRoomFor` first. A request that waits too long
   * fails.
   */
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
    this.#clients.add(client);
    return client;
  }

  /** Whether all data written to the connection has left the socket's buffer. undici counts it as sent before that. */
  hasSentAll(client: Client): boolean {
    return this.#sockets.get(client)?.writableLength === 0;
  }

  /** Ends a connection that must not carry another request. Its client opens a new one when needed. */
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

  /** All requests wait equally long, so the first in the line is the first to give up. */
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

  /** Removes a request that still waits for a connection. Does nothing to one that has a connection. */
  withdraw(handler: UpstreamHandler): void {
    if (this.#line.delete(handler)) this.#closeWhenIdle();
  }

  /** Gives a connection back after undici is done with its request. It may then carry another. */
  release(client: Client, holding: Holding): void {
    this.#connections.give(holding);
    this.#idle.push(client);
    while (this.#line.size > 0) {
      const handler = this.#line.next(this.#connections);
      if (handler === undefined) break;
      this.#send(handler, this.#connections.holdingOf(handler));
    }
    if (this.#isRetired) this.#closeIdle();
    this.#closeWhenIdle();
  }

  /**
   * Call it when no new request has this destination. It still serves requests that were decided before. Each
   * connection closes when it becomes idle. Idempotent.
   */
  retire(): void {
    this.#isRetired = true;
    this.#closeIdle();
  }

  /** Whether it has no connection and no request. */
  get isEmpty(): boolean {
    return this.#clients.size === 0 && this.#line.size === 0;
  }

  #closeIdle(): void {
    for (const client of this.#idle.splice(0)) {
      this.#clients.delete(client);
      this.#sockets.delete(client);
      if (!client.destroyed) void client.close();
    }
  }

  /** Fails new requests. Resolves when all accepted requests are answered and the connections are closed. */
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
    await Promise.all(Array.from(this.#clients, (client) => client.destroy(error)));
    this.#closing.resolve();
  }

  #closeWhenIdle(): void {
    const closing = this.#closing;
    if (closing === undefined || this.#line.size > 0 || this.#idle.length < this.#clients.size) return;
    const closed = Array.from(this.#clients, (client) => (client.destroyed ? undefined : client.close()));
    void Promise.all(closed).then(() => closing.resolve());
  }
}

/** The server name to send in TLS (RFC 6066 §3), without a final dot. `undefined` for an address: none is sent. */
export function tlsNameOf(hostname: string): string | undefined {
  if (isIP(hostname) !== 0 || hostname.startsWith('[')) return undefined;
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/**
 * Opens connections to one upstream. TLS verifies the configured name or address (RFC 9110 §4.3.4), which no client can
 * influence. Each upstream has its own connector, because a resumed TLS session does not check the certificate again.
 */
function createConnector(
  hostname: string,
  timeoutMs: number,
  { ca, cert, key }: UpstreamTls = {},
): buildConnector.connector {
  // All connections share one context: creating one parses and checks the certificates.
  const secureContext = ca === undefined && cert === undefined ? undefined : createSecureContext({ ca, cert, key });
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, ...(secureContext && { secureContext }) });
  const name = tlsNameOf(hostname);
  return (options, callback) => {
    // Without a name, undici uses the host, which is the upstream's, and sends no name for an address.
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
