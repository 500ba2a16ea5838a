// An HTTP server that bears slow and broken clients and stops without cutting a request short.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { OperationalError } from '../domain/operational-error.ts';

export interface ListenerOptions {
  /** What the listener is called in messages and configuration: `public`, `internal`. */
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly request: (req: IncomingMessage, res: ServerResponse) => void;
  /** Requests with `Expect: 100-continue`; default: continue at once. */
  readonly checkContinue?: (req: IncomingMessage, res: ServerResponse) => void;
  readonly upgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Which requests go to `upgrade`; the others stay ordinary ones. */
  readonly isUpgrade?: (req: IncomingMessage) => boolean;
  /** Longest time for the head of a request, and again for an idle slow start. Default 5 s. */
  readonly headersTimeoutMs?: number;
  /** Longest time for a whole request to arrive. Default 5 minutes. */
  readonly requestTimeoutMs?: number;
  /** How often the two are looked at. Default 1 s. */
  readonly timeoutCheckMs?: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  /** From now on each reply ends its connection, so that clients come back elsewhere. New connections are still taken. Idempotent. */
  dismiss(): void;
  /** Dismisses, takes no more connections, lets requests finish for `graceMs`, then cuts what is left. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Bytes of a request's head, request line included (Node answers 431 beyond). */
const maxHeaderBytes = 16 * 1024;
/** Longer than the idle time of common load balancers (60 s), so that they and not we close first. */
const keepAliveTimeoutMs = 65_000;
const drainCheckMs = 50;

/** Starts listening. Rejects with an `OperationalError` (`port_in_use`, `cannot_listen`) that names the way out. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { name, host, port } = options;
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: options.headersTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 300_000,
    connectionsCheckingInterval: options.timeoutCheckMs ?? 1_000,
    keepAliveTimeout: keepAliveTimeoutMs,
    noDelay: true,
    ...(options.isUpgrade === undefined ? {} : { shouldUpgradeCallback: options.isUpgrade }),
  });
  // Node would drop headers beyond its own count without a word; ours refuses them, and their bytes are bounded above.
  server.maxHeadersCount = 0;
  let isDismissing = false;
  server.on('request', (req, res) => {
    // Closing a connection that is idle races with the client's next request: so it is told in a reply (RFC 9112 section 9.6).
    if (isDismissing) res.shouldKeepAlive = false;
    options.request(req, res);
  });
  if (options.checkContinue !== undefined) server.on('checkContinue', options.checkContinue);
  // Sockets that a handler took over: Node does not count them among the connections that it closes, and yet waits for them.
  const taken = new Set<Duplex>();
  const { upgrade } = options;
  if (upgrade !== undefined) {
    server.on('upgrade', (req, socket, head) => {
      taken.add(socket);
      socket.once('close', () => taken.delete(socket));
      upgrade(req, socket, head);
    });
  }
  server.on('clientError', answerClientError);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, options)));
    server.listen({ host, port }, resolve);
  });
  const { port: actualPort } = server.address() as AddressInfo;

  let closing: Promise<void> | undefined;
  return {
    host,
    port: actualPort,
    server,
    dismiss() {
      isDismissing = true;
    },
    close(graceMs) {
      isDismissing = true;
      closing ??= drain(server, taken, graceMs);
      return closing;
    },
  };

  function explainListenError(error: NodeJS.ErrnoException, { host: wanted }: ListenerOptions): OperationalError {
    if (error.code === 'EADDRINUSE') {
      return new OperationalError(
        'port_in_use',
        `Port ${port} on ${wanted} is in use: stop the other process or choose another with --${name} HOST:PORT`,
        { cause: error },
      );
    }
    return new OperationalError(
      'cannot_listen',
      `Cannot listen on ${wanted}:${port} (${error.code}): choose another address with --${name} HOST:PORT`,
      { cause: error },
    );
  }
}

async function drain(server: Server, taken: ReadonlySet<Duplex>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that was busy when `close` was called would be kept alive after its reply; it is closed once it is idle.
  const sweep = setInterval(() => server.closeIdleConnections(), drainCheckMs);
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of taken) socket.destroy();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** A message that is not HTTP, or too slow to be: answered and cut, since nothing can be told about what follows it. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = clientErrors[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
