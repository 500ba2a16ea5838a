// An HTTP server that bears slow and broken clients and stops without cutting a request short.
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OperationalError } from '../domain/operational-error.ts';
import type { Reply } from '../profiles/reply.ts';
import { settleTarget } from './request-target.ts';

export interface ListenerOptions {
  /** What the listener is called in messages and configuration: `public`, `internal`. */
  readonly name: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly request: Handler;
  /** Requests with `Expect: 100-continue`; default: continue at once. */
  readonly checkContinue?: Handler;
  readonly upgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void | Promise<void>;
  /** Which requests go to `upgrade`; the others stay ordinary ones. */
  readonly isUpgrade?: (req: IncomingMessage) => boolean;
  /** Longest time for the head of a request, and again for an idle slow start. Default 5 s. */
  readonly headersTimeoutMs?: number;
  /** Longest time for a whole request to arrive, unless `isUpload` says otherwise. Default 5 minutes. */
  readonly requestTimeoutMs?: number;
  /** Whether the request that a connection carries has limits of its own for its body. Default: none has. */
  readonly isUpload?: (socket: Duplex) => boolean;
  /** How often the two are looked at. Default 1 s. */
  readonly timeoutCheckMs?: number;
  /** Longest time that a client may take nothing of a reply which waits for it; then it is cut off. Default 60 s. */
  readonly stallTimeoutMs?: number;
  /** Longest time that a connection stays open without a request. Default 65 s. */
  readonly keepAliveTimeoutMs?: number;
  /** Bytes of a request's head, request line included; Node answers 431 beyond. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /**
   * Connections at one time, 1 or more; default 20,000. One more is closed without an answer, and idle ones are closed to make
   * room, at most once a second.
   */
  readonly maxConnections?: number;
  /**
   * The reply to a message that the parser gave up, where its Host can be told. `undefined`: an empty one. Must not
   * throw or reject. Default: always an empty one.
   */
  readonly answerClientError?: ((error: ClientError) => Promise<Reply | undefined>) | undefined;
  /**
   * Called with what a handler threw or rejected with, for the log: no header, body or query is handed over. The request is
   * answered with 500, or cut off where its reply has begun. Must not throw.
   */
  readonly onFault: (error: unknown) => void;
}

/** A message that is not HTTP, too large, or too slow to come. */
export interface ClientError {
  readonly fault: 'bad_request' | 'headers_too_large' | 'request_timeout';
  /** The value of its Host header. */
  readonly host: string;
  readonly socket: Socket;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  /** From now on each reply ends its connection, so that clients come back elsewhere. New connections are still taken. Idempotent. */
  dismiss(): void;
  /** Dismisses, takes no more connections, lets requests finish for `graceMs`, then cuts what is left. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** Longer than the idle time of common load balancers (60 s), so that they and not we close first. */
const defaultKeepAliveTimeoutMs = 65_000;
const drainCheckMs = 50;
/** Requests that one connection may send ahead of their replies; then its replies end with the connection (RFC 9112 §9.3.2). */
const maxPipelined = 64;
const makeRoomMs = 1_000;

/** Starts listening. Rejects with an `OperationalError` (`port_in_use`, `cannot_listen`) that names the way out. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { name, host, port, isUpgrade, onFault } = options;
  const server = createServer({
    maxHeaderSize: options.maxHeaderBytes ?? 16 * 1024,
    headersTimeout: options.headersTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 300_000,
    connectionsCheckingInterval: options.timeoutCheckMs ?? 1_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? defaultKeepAliveTimeoutMs,
    noDelay: true,
    // What Node answers by itself it does not count: `handle` does both.
    requireHostHeader: false,
    // Behind replies that wait, an upgrade can't have the socket: such a request stays an ordinary one.
    ...(isUpgrade !== undefined && {
      shouldUpgradeCallback: (req: IncomingMessage) => !isReplying(req.socket) && isUpgrade(req),
    }),
  });
  // Node would drop headers beyond its own count without a word; ours refuses them, and their bytes are bounded above.
  server.maxHeadersCount = 0;
  server.maxConnections = options.maxConnections ?? 20_000;
  server.timeout = options.stallTimeoutMs ?? 60_000;
  // Called for a socket that neither sends nor takes anything. It is closed when it is idle or its client does not read its reply;
  // otherwise it waits for us.
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
    // Closing a connection that is idle races with the client's next request: so it is told in a reply (RFC 9112 section 9.6).
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
  // Sockets that a handler took over: Node does not count them among the connections that it closes, and yet waits for them.
  const taken = new Set<Duplex>();
  const { upgrade } = options;
  if (upgrade !== undefined) {
    server.on('upgrade', (req, socket, head) => {
      settleTarget(req);
      taken.add(socket);
      socket.once('close', () => taken.delete(socket));
      // Node looks after it no longer: an error that nothing listens for would end the process.
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

/** The reply that the socket carries now. Node keeps it there and offers no other way to tell. */
function replyOn(socket: Duplex): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

function isReplying(socket: Duplex): boolean {
  return replyOn(socket) !== undefined;
}

/**
 * Makes the queue of pipelined requests: one of a connection is handled when all replies before it have left, and others have
 * had their turn of the loop. Meanwhile nothing is read from the connection, so that a client which takes no replies keeps
 * neither the process busy nor its memory. Beyond `maxPipelined` the connection ends after the replies of those before.
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
 * Ends the parsing of what else has come with the request that is parsed now: a chunk of 64 KiB holds thousands, and each costs
 * the loop, whether it is handled or not. Node documents no way, and can't pause within a chunk; its parser gives up the chunk
 * when it can't hand a request over.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: () => number } | null };
  if (parser?.onIncoming !== undefined) parser.onIncoming = () => -1;
}

/** The code of the error that `stopParsing` makes, and nothing else. */
const stoppedParsing = 'HPE_CB_HEADERS_COMPLETE';

/** RFC 9112 §3.2. */
function lacksHost(req: IncomingMessage): boolean {
  return req.headers.host === undefined && req.httpVersionMinor === 1;
}

function refuseWithoutHost(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(400, ['Connection', 'close']).end();
}

/** RFC 9110 §10.1.1: an `Expect` other than `100-continue`. */
function refuseExpectation(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(417).end();
}

function answerFault(res: ServerResponse, error: unknown, onFault: ListenerOptions['onFault']): void {
  onFault(error);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  // Headers that the handler set belong to another reply.
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

const clientErrors: Readonly<Record<string, { readonly fault: ClientError['fault']; readonly status: string }>> = {
  HPE_HEADER_OVERFLOW: { fault: 'headers_too_large', status: '431 Request Header Fields Too Large' },
  ERR_HTTP_REQUEST_TIMEOUT: { fault: 'request_timeout', status: '408 Request Timeout' },
};
const malformed = { fault: 'bad_request', status: '400 Bad Request' } as const;
/** Sockets whose reply is being made: the parser complains again of what else has come. */
const answering = new WeakSet<Socket>();

/**
 * A message that is not HTTP, or too slow to be: answered and cut, since nothing can be told about what follows it. Where a reply
 * has begun, it is cut without an answer, which would be taken for a part of that reply.
 */
function endClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  answer: ListenerOptions['answerClientError'],
): void {
  // The replies before are still to be sent, and the last one ends the connection.
  if (error.code === stoppedParsing) return;
  if (!socket.writable || replyOn(socket)?.headersSent === true || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (answering.has(socket)) return;
  const { fault, status } = clientErrors[error.code ?? ''] ?? malformed;
  const host = answer === undefined ? undefined : hostOfMessage(error, socket);
  const end = (reply: Reply | undefined): void => {
    // Meanwhile the client may have left, or a handler may have begun its reply.
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
 * The Host of a message that the parser gave up: of the request whose body it belongs to, or the one that stands in the
 * packet. Of two, or where its line came in an earlier packet, it can't be told.
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
