// An HTTP server that tolerates slow and broken clients, and lets requests finish when it stops.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OperationalError } from '../domain/operational-error.ts';
import type { Reply } from '../profiles/reply.ts';
import { settleTarget } from './request-target.ts';
import { listenOnFile } from './unix-socket.ts';

export interface ListenerOptions {
  /** The listener's name in messages and configuration: `public`, `internal` or `decisions`. */
  readonly name: string;
  /** `undefined`: the listener is on `file`. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  /** The unix socket to listen on instead, see `listenOnFile`. */
  readonly file?: string;
  readonly request: Handler;
  /** Handles requests with `Expect: 100-continue`. Default: the listener sends 100 at once. */
  readonly checkContinue?: Handler;
  readonly upgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void | Promise<void>;
  /** Whether a request goes to `upgrade`. If not, `request` handles it. */
  readonly isUpgrade?: (req: IncomingMessage) => boolean;
  /** Longest time for the head of a request to arrive, and for a new connection's first byte. Default 5 s. */
  readonly headersTimeoutMs?: number;
  /** Longest time for a whole request to arrive, unless `isUpload` says otherwise. Default 5 minutes. */
  readonly requestTimeoutMs?: number;
  /** Whether the handler limits the body of the connection's request by itself. Default: it never does. */
  readonly isUpload?: (socket: Duplex) => boolean;
  /** How often the server checks `headersTimeoutMs` and `requestTimeoutMs`. Default 1 s. */
  readonly timeoutCheckMs?: number;
  /** Longest time that a client may leave its reply unread. Then its connection is cut. Default 60 s. */
  readonly stallTimeoutMs?: number;
  /** Longest time that a connection stays open without a request. Default 65 s. */
  readonly keepAliveTimeoutMs?: number;
  /** Most bytes in the head of a request, with its request line. A longer head gets 431. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /**
   * Most connections at one time, 1 or more. Default 20,000. The listener closes any further connection without an
   * answer. It also closes idle connections to make room, at most once a second.
   */
  readonly maxConnections?: number;
  /**
   * Makes the reply to a message that failed to parse, if its Host is known. `undefined`: the reply is empty. Must
   * not throw or reject. Default: every such reply is empty.
   */
  readonly answerClientError?: ((error: ClientError) => Promise<Reply | undefined>) | undefined;
  /**
   * Called when a handler throws or rejects, with its error, for the log. The client gets 500, or is cut off if its
   * reply has begun. Must not throw.
   */
  readonly onFault: (error: unknown) => void;
}

/** A message that is not HTTP, has too large a head, or arrives too slowly. */
export interface ClientError {
  readonly fault: 'bad_request' | 'headers_too_large' | 'request_timeout';
  /** The value of its Host header. */
  readonly host: string;
  readonly socket: Socket;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export interface Listener {
  readonly host: string;
  /** 0 on a file. */
  readonly port: number;
  readonly server: Server;
  /**
   * Makes each later reply end its connection, so that clients reconnect to another node. Still accepts connections.
   * Idempotent.
   */
  dismiss(): void;
  /** Dismisses, accepts no more connections, lets requests finish for `graceMs`, then cuts the rest. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Longer than the idle time of common load balancers (60 s), so that the balancer closes first. */
const defaultKeepAliveTimeoutMs = 65_000;
const drainCheckMs = 50;
/**
 * Requests that may wait on one connection for the replies before them (RFC 9112 §9.3.2). The reply to the last of them
 * ends the connection.
 */
const maxPipelined = 64;
const makeRoomMs = 1_000;

/** Starts listening. Rejects with an `OperationalError` (`port_in_use`, `cannot_listen`) that names the fix. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { name, host = '127.0.0.1', port = 0, file, isUpgrade, onFault } = options;
  const server = createServer({
    maxHeaderSize: options.maxHeaderBytes ?? 16 * 1024,
    headersTimeout: options.headersTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 300_000,
    connectionsCheckingInterval: options.timeoutCheckMs ?? 1_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? defaultKeepAliveTimeoutMs,
    noDelay: true,
    // Node would reply before any handler runs. `handle` replies instead, so that such requests also take turns.
    requireHostHeader: false,
    // An upgrade can't take over the socket while earlier replies wait. `request` handles it instead.
    ...(isUpgrade !== undefined && {
      shouldUpgradeCallback: (req: IncomingMessage) => !isReplying(req.socket) && isUpgrade(req),
    }),
  });
  // By default Node silently drops headers beyond its limit. `readRequestHead` denies such a request instead, and
  // `maxHeaderSize` limits the bytes.
  server.maxHeadersCount = 0;
  server.maxConnections = options.maxConnections ?? 20_000;
  server.timeout = options.stallTimeoutMs ?? 60_000;
  // Called when a socket has neither sent nor received for so long. It closes if it is idle or its client does not read
  // the reply. Otherwise the client waits for our reply, and the socket stays open.
  server.on('timeout', (socket) => {
    if (socket.writableLength > 0 || !isReplying(socket)) socket.destroy();
  });
  let madeRoomAtMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    const nowMs = performance.now();
    if (nowMs - madeRoomAtMs < makeRoomMs) return;
    madeRoomAtMs = nowMs;
    server.closeIdleConnections();
  });
  let isDismissing = false;
  const run = (handler: Handler, req: IncomingMessage, res: ServerResponse): void => {
    // Closing an idle connection races with the client's next request, so a reply announces it (RFC 9112 §9.6).
    if (isDismissing) res.shouldKeepAlive = false;
    try {
      handler(req, res)?.catch((error: unknown) => answerFault(res, error, onFault));
    } catch (error) {
      answerFault(res, error, onFault);
    }
  };
  const takeTurn = createTurns();
  const handle = (handler: Handler, req: IncomingMessage, res: ServerResponse): void => {
    let answer = handler;
    if (lacksHost(req)) answer = refuseWithoutHost;
    else settleTarget(req);
    if (res.socket === null) takeTurn(req, res, () => run(answer, req, res));
    else run(answer, req, res);
  };
  server.on('request', (req, res) => handle(options.request, req, res));
  const { checkContinue } = options;
  server.on('checkExpectation', (req, res) => handle(refuseExpectation, req, res));
  if (checkContinue !== undefined) server.on('checkContinue', (req, res) => handle(checkContinue, req, res));
  // Sockets that a handler took over. Node waits for them in `close` but does not close them itself.
  const taken = new Set<Duplex>();
  const { upgrade } = options;
  if (upgrade !== undefined) {
    server.on('upgrade', (req, socket, head) => {
      settleTarget(req);
      taken.add(socket);
      socket.once('close', () => taken.delete(socket));
      // Node no longer handles this socket's errors, and an error without a listener would end the process.
      socket.on('error', () => socket.destroy());
      const { bytesWritten } = socket as Socket;
      const fail = (error: unknown): void => {
        onFault(error);
        if ((socket as Socket).bytesWritten === bytesWritten)
          socket.end(emptyReply('500 Internal Server Error'), () => socket.destroy());
        else socket.destroy();
      };
      try {
        upgrade(req, socket, head)?.catch(fail);
      } catch (error) {
        fail(error);
      }
    });
  }
  const { answerClientError, isUpload } = options;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Node reports each request that exceeds its limit once.
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isUpload?.(socket) === true) return;
    endClientError(error, socket as Socket, answerClientError);
  });

  if (file !== undefined) await listenOnFile(server, file);
  else {
    await new Promise<void>((resolve, reject) => {
      const setting = name === 'decisions' ? 'in decisions.listen' : `with --${name} HOST:PORT`;
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(describeListenError(error, { host, port }, setting)),
      );
      server.listen({ host, port }, resolve);
    });
  }
  const actualPort = file === undefined ? (server.address() as AddressInfo).port : 0;

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
}

/** The error of a server that can't listen there. `setting` says where the address is set. */
export function describeListenError(
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
): OperationalError {
  if (error.code === 'EADDRINUSE') {
    return new OperationalError(
      'port_in_use',
      `Port ${port} on ${host} is in use: stop the other process or choose another ${setting}`,
      { cause: error },
    );
  }
  const fix =
    error.code === 'EACCES' && port < 1024
      ? `choose a port from 1024 ${setting}, or give the process the capability CAP_NET_BIND_SERVICE`
      : `choose another address ${setting}`;
  return new OperationalError('cannot_listen', `Cannot listen on ${host}:${port} (${error.code}): ${fix}`, {
    cause: error,
  });
}

/** The reply that the socket carries now. Node has no public way to read it. */
function replyOn(socket: Duplex): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

function isReplying(socket: Duplex): boolean {
  return replyOn(socket) !== undefined;
}

/**
 * Queues pipelined requests. A request starts after all earlier replies of its connection, and after other connections
 * have had a turn of the event loop. Until then the connection is not read, so a client that reads no replies costs
 * little time and memory. Beyond `maxPipelined` requests, the connection ends after the replies to the earlier ones.
 */
function createTurns(): (req: IncomingMessage, res: ServerResponse, start: () => void) => void {
  const waiting = new WeakMap<Socket, number>();
  return (req, res, start) => {
    const { socket } = req;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > maxPipelined) {
      stopParsing(socket);
      return;
    }
    if (count === maxPipelined) res.shouldKeepAlive = false;
    waiting.set(socket, count);
    socket.pause();
    res.once('socket', () => {
      setImmediate(() => {
        const left = (waiting.get(socket) as number) - 1;
        waiting.set(socket, left);
        if (left === 0) socket.resume();
        if (!socket.destroyed) start();
      });
    });
  };
}

/**
 * Makes the parser drop the rest of the current chunk. A chunk of 64 KiB can hold thousands of requests, and parsing
 * each one costs time. Node documents no way to pause within a chunk. Its parser drops the chunk if `onIncoming` fails.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: () => number } | null };
  if (parser?.onIncoming !== undefined) parser.onIncoming = () => -1;
}

/** The error code that only `stopParsing` causes. */
const stoppedParsing = 'HPE_CB_HEADERS_COMPLETE';

/** HTTP/1.1 requires a Host header (RFC 9112 §3.2). */
function lacksHost(req: IncomingMessage): boolean {
  return req.headers.host === undefined && req.httpVersionMinor === 1;
}

function refuseWithoutHost(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(400, ['Connection', 'close']).end();
}

/** Answers an `Expect` other than `100-continue` (RFC 9110 §10.1.1). */
function refuseExpectation(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(417).end();
}

function answerFault(res: ServerResponse, error: unknown, onFault: ListenerOptions['onFault']): void {
  onFault(error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  // The handler set these headers for a reply that it did not finish.
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.shouldKeepAlive = false;
  res.writeHead(500, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(internalError),
    'Cache-Control': 'no-store',
  });
  res.end(internalError);
}

const internalError = JSON.stringify({
  type: 'about:blank',
  title: 'Internal Server Error',
  status: 500,
  detail: 'This is a defect. The server log has the details.',
});

async function drain(server: Server, taken: ReadonlySet<Duplex>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Node would keep a connection alive that was busy when `close` was called. The sweep closes it once it is idle.
  const sweep = setInterval(() => server.closeIdleConnections(), drainCheckMs);
  const cut = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of taken) socket.destroy();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

const clientErrors: Readonly<Record<string, { readonly fault: ClientError['fault']; readonly status: string }>> = {
  HPE_HEADER_OVERFLOW: { fault: 'headers_too_large', status: '431 Request Header Fields Too Large' },
  ERR_HTTP_REQUEST_TIMEOUT: { fault: 'request_timeout', status: '408 Request Timeout' },
};
const malformed = { fault: 'bad_request', status: '400 Bad Request' } as const;
/** Sockets that wait for their error reply. The parser may report further errors for them. */
const answering = new WeakSet<Socket>();

/**
 * Answers a message that failed to parse, then closes the connection, because the parser can't find the next
 * message. If a reply has begun, the connection is cut without an answer: the client would read it as part of that
 * reply.
 */
function endClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  answer: ListenerOptions['answerClientError'],
): void {
  // Earlier replies must still be sent, and the last one ends the connection.
  if (error.code === stoppedParsing) return;
  if (!socket.writable || replyOn(socket)?.headersSent === true || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (answering.has(socket)) return;
  const { fault, status } = clientErrors[error.code ?? ''] ?? malformed;
  const host = answer === undefined ? undefined : hostOfMessage(error, socket);
  const end = (reply: Reply | undefined): void => {
    // By now the client may have left, or a handler may have begun its reply.
    if (!socket.writable || replyOn(socket)?.headersSent === true) socket.destroy();
    else socket.end(reply === undefined ? emptyReply(status) : renderReply(reply), () => socket.destroy());
  };
  if (answer === undefined || host === undefined) {
    end(undefined);
    return;
  }
  answering.add(socket);
  void answer({ fault, host, socket }).then(end);
}

/**
 * The Host of a message that failed to parse. It comes from the request whose body failed, or else from the packet.
 * `undefined`: the packet has several different Host lines, or none because an earlier packet held it.
 */
function hostOfMessage(error: Error, socket: Duplex): string | undefined {
  const { rawHeaders } = replyOn(socket)?.req ?? {};
  if (rawHeaders !== undefined)
    return rawHeaders.find((_, at) => /^host$/i.test(rawHeaders[at - 1] ?? '') && at % 2 === 1);
  const { rawPacket } = error as { readonly rawPacket?: Buffer };
  const hosts = new Set<string>();
  for (const [, host = ''] of (rawPacket?.toString('latin1') ?? '').matchAll(/^host:[ \t]*([^\s]*)[ \t]*\r?$/gim))
    hosts.add(host);
  return hosts.size === 1 ? hosts.values().next().value : undefined;
}

function renderReply({ status, headers, body }: Reply): string {
  const lines = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}\r\n`] : []));
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n${lines.join('')}\r\n${body}`;
}

function emptyReply(status: string): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
