// Upgraded connections: the client asks to switch protocols, the upstream agrees, and their two sockets are joined.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Exchange } from './exchange.ts';
import { finishReplyHead, type RawField } from './reply-headers.ts';
import { announcedBodyLength } from './request-body.ts';
import { closeFrame, FrameTracker } from './websocket-frames.ts';

const keepAliveProbeMs = 60_000;
/** RFC 6455 §7.4.1. */
const goingAway = 1001;
const policyViolation = 1008;

/**
 * True for a request to open a WebSocket (RFC 6455 §4.1), the only protocol that is tunnelled. Pass it to
 * `http.createServer` as `shouldUpgradeCallback`. A request for another protocol then stays an ordinary request (RFC
 * 9110 §7.8 allows that). Never open an `h2c` tunnel: requests inside it would reach the upstream without any check.
 */
export function isWebSocketUpgrade(req: IncomingMessage): boolean {
  return (
    req.method === 'GET' &&
    req.headers.upgrade?.toLowerCase() === 'websocket' &&
    announcedBodyLength(req.rawHeaders) === 0
  );
}

/** The same as the listener's own default for a client that accepts no data. */
const defaultStallTimeoutMs = 60_000;

/**
 * Creates a reply for a request that came as an `upgrade` event, for which Node gives only a socket. Denials and
 * failures are rendered to it like to any other reply. The connection closes after the reply, or if the client accepts
 * none of its last part for `stallTimeoutMs`.
 */
export function openUpgradeReply(
  req: IncomingMessage,
  socket: Duplex,
  stallTimeoutMs = defaultStallTimeoutMs,
): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  // This is the socket that the request came from. The type is Duplex because a CONNECT proxy may inject another.
  res.assignSocket(socket as Socket);
  // The server no longer handles this socket's errors and idle time, so we do.
  socket.on('error', () => socket.destroy());
  (socket as Socket).setTimeout(0);
  socket.on('timeout', () => socket.destroy());
  res.on('prefinish', () => (socket as Socket).setTimeout(stallTimeoutMs));
  res.on('finish', () => {
    res.detachSocket(socket as Socket);
    (socket as Socket).destroySoon();
  });
  return res;
}

/** Times in milliseconds, 0 turns a limit off. */
export interface TunnelLimits {
  /** Longest silence of both directions together. */
  readonly tunnelIdleTimeoutMs: number;
  /** Longest time from the end of one side until both are closed. */
  readonly tunnelCloseTimeoutMs: number;
}

/**
 * Two joined sockets: bytes flow both ways with backpressure, and a half-close is passed on. No peer can keep one side
 * open for more than `tunnelCloseTimeoutMs` after the other ends, so a tunnel never leaks a descriptor.
 */
export class Tunnel {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #limits: TunnelLimits;
  readonly #onEnd: () => void;
  readonly #frames = new FrameTracker();
  #deadline: NodeJS.Timeout | undefined;
  #isCut = false;
  #hasEnded = false;

  /** `onEnd` is called once, when both sockets are closed. */
  constructor(client: Socket, upstream: Socket, limits: TunnelLimits, onEnd: () => void) {
    this.#client = client;
    this.#upstream = upstream;
    this.#limits = limits;
    this.#onEnd = onEnd;
    upstream.allowHalfOpen = true;
    upstream.on('data', (chunk: Buffer) => this.#frames.take(chunk));
    this.#join(client, upstream);
    this.#join(upstream, client);
    // All bytes of both directions pass the client's socket, so its timeout shows that the tunnel is silent.
    client.removeAllListeners('timeout');
    client.setTimeout(limits.tunnelIdleTimeoutMs);
    client.on('timeout', () => this.#end(goingAway));
  }

  #join(socket: Socket, other: Socket): void {
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveProbeMs);
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.#startDeadline());
    // After a reset, a socket closes without an end, and `pipe` does not end the other one.
    socket.on('close', () => this.#onClose(other));
    socket.pipe(other);
    if (socket.destroyed) this.#onClose(other);
  }

  #onClose(other: Socket): void {
    if (other.closed) {
      clearTimeout(this.#deadline);
      if (!this.#hasEnded) this.#onEnd();
      this.#hasEnded = true;
    } else {
      this.#startDeadline();
      if (!this.#isCut) other.destroySoon();
    }
  }

  #startDeadline(): void {
    if (this.#limits.tunnelCloseTimeoutMs === 0) return;
    this.#deadline ??= setTimeout(() => this.destroy(), this.#limits.tunnelCloseTimeoutMs).unref();
  }

  /**
   * Ends the tunnel because its key is no longer allowed. No more data passes. The client gets a close frame (1008),
   * unless another frame is incomplete.
   */
  cut(): void {
    this.#end(policyViolation);
  }

  #end(code: number): void {
    if (this.#isCut) return;
    this.#isCut = true;
    const client = this.#client;
    const upstream = this.#upstream;
    client.unpipe(upstream);
    upstream.unpipe(client);
    upstream.destroy();
    if (!this.#frames.isBetweenFrames || !client.writable) {
      client.destroy();
      return;
    }
    this.#startDeadline();
    client.end(closeFrame(code));
    // Closing with unread bytes would reset the connection, and the client could lose the close frame.
    client.resume();
  }

  /** Closes both sockets now. */
  destroy(): void {
    this.#client.destroy();
    this.#upstream.destroy();
  }
}

/** Forwards an upgrade request. Without a 101 it is an ordinary exchange, and the client gets its reply. */
export class UpgradeExchange extends Exchange {
  /** The data that the client sent before it received the 101. */
  earlyBytes: Buffer = Buffer.alloc(0);
  openTunnel: ((client: Socket, upstream: Socket) => Tunnel) | undefined;
  #tunnel: Tunnel | undefined;

  onUpgrade(status: number, raw: RawField[] | string[] | null, upstreamSocket: Duplex): void {
    this.leaveConnection();
    this.headAtMs = performance.now();
    const { res } = this;
    const client = res.socket;
    const upstream = upstreamSocket as Socket;
    if (this.isSettled || client === null || client.destroyed) {
      upstream.destroy();
      void this.settle({ kind: 'client_aborted', status });
      return;
    }
    const { headers } = finishReplyHead(status, (raw ?? []) as RawField[], this.input);
    void this.settle({ kind: 'answered', status: 101 });
    res.sendDate = false;
    res.writeHead(101, [...headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket']);
    res.flushHeaders();
    res.detachSocket(client);
    if (this.earlyBytes.length > 0) upstream.write(this.earlyBytes);
    this.#tunnel = this.openTunnel?.(client, upstream);
  }

  override cut(): void {
    if (this.#tunnel === undefined) super.cut();
    else this.#tunnel.cut();
  }
}
