// One origin: its connections, and the requests that use them or wait for one.
import { isIP } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';

/** How connections to an origin behave. Times in milliseconds, 0 turns a timeout off. */
export interface UpstreamLimits {
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  /** 1 or more. */
  readonly connectionsPerOrigin: number;
}

/** What undici calls back. */
export interface UpstreamHandler extends Dispatcher.DispatchHandler {
  /** The connection that carries it, set while it is with undici. */
  client: Client | undefined;
  /** Whether the connection was there before: it may have been closed by the other side by now. */
  isReusing: boolean;
  onError(error: Error): void;
}

class UpstreamClosed extends Error {
  readonly code = 'UPSTREAM_CLOSED';
}

/**
 * Keeps the idle connections of one origin on a stack, the last used on top, so that spare ones grow old and close. It stands in for
 * undici's Pool, which looks through its busy connections for each request and announces each that becomes free: measured 3 of 38 us
 * a request at 32 at a time. A connection carries one request at a time; each `dispatch` must be answered by one `release`.
 */
export class Upstream {
  /** Goes with every request, always the same: undici would take the client's Host header, and reconnect where it changes. */
  readonly serverName: string;
  /** Requests that have not settled. The proxy counts; this class does not look. */
  inFlight = 0;
  private readonly origin: string;
  private readonly options: Client.Options;
  private readonly maxClients: number;
  private readonly clients: Client[] = [];
  private readonly idle: Client[] = [];
  private readonly waiting = new Map<UpstreamHandler, Dispatcher.DispatchOptions>();
  private closing: PromiseWithResolvers<void> | undefined;

  constructor(origin: string, limits: UpstreamLimits) {
    const { hostname } = new URL(origin);
    this.serverName = hostname;
    this.origin = origin;
    this.maxClients = limits.connectionsPerOrigin;
    this.options = {
      connect: createConnector(hostname, limits.connectTimeoutMs),
      headersTimeout: limits.headersTimeoutMs,
      bodyTimeout: limits.bodyIdleTimeoutMs,
    };
  }

  /** Sends a request on a free connection, or when one becomes free, in the order of asking. */
  dispatch(options: Dispatcher.DispatchOptions, handler: UpstreamHandler): void {
    if (this.closing !== undefined) {
      handler.onError(new UpstreamClosed(`the proxy no longer sends requests to ${this.origin}`));
      return;
    }
    let client = this.idle.pop();
    handler.isReusing = client !== undefined;
    if (client === undefined) {
      if (this.clients.length >= this.maxClients) {
        this.waiting.set(handler, options);
        return;
      }
      client = new Client(this.origin, this.options);
      this.clients.push(client);
    }
    handler.client = client;
    client.dispatch(options, handler);
  }

  /** Takes back a request that still waits for a connection; nothing happens to one that has it. */
  withdraw(handler: UpstreamHandler): void {
    if (this.waiting.delete(handler)) this.closeWhenIdle();
  }

  /** Says that undici is done with a request, and its connection may carry another. */
  release(client: Client): void {
    if (this.waiting.size > 0) {
      for (const [handler, options] of this.waiting) {
        this.waiting.delete(handler);
        handler.client = client;
        handler.isReusing = true;
        client.dispatch(options, handler);
        return;
      }
    }
    this.idle.push(client);
    this.closeWhenIdle();
  }

  /** Refuses new requests, and resolves when those under way and those waiting are answered and the connections closed. */
  close(): Promise<void> {
    this.closing ??= Promise.withResolvers<void>();
    this.closeWhenIdle();
    return this.closing.promise;
  }

  /** Fails every request and closes every connection now. */
  async destroy(): Promise<void> {
    this.closing ??= Promise.withResolvers<void>();
    const error = new UpstreamClosed(`the connections to ${this.origin} were cut`);
    for (const handler of this.waiting.keys()) {
      this.waiting.delete(handler);
      handler.onError(error);
    }
    await Promise.all(this.clients.map((client) => client.destroy(error)));
    this.closing.resolve();
  }

  private closeWhenIdle(): void {
    const { closing } = this;
    if (closing === undefined || this.waiting.size > 0 || this.idle.length < this.clients.length) return;
    const closed = this.clients.map((client) => (client.destroyed ? undefined : client.close()));
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
function createConnector(hostname: string, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false });
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
