// Upgraded connections: a client asks to switch protocols, the upstream agrees, and from then on two sockets are one.
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
 * True for a request to open a WebSocket (RFC 6455 §4.1), the one protocol that is tunnelled. Give it to `http.createServer` as
 * `shouldUpgradeCallback`: a request that asks for anything else then stays an ordinary one (RFC 9110 §7.8 allows ignoring it).
 * An `h2c` tunnel above all must never be opened: requests inside it would reach the upstream without any check.
 */
export function isWebSocketUpgrade(req: IncomingMessage): boolean {
  return (
    req.method === 'GET' &&
    req.headers.upgrade?.toLowerCase() === 'websocket' &&
    announcedBodyLength(req.rawHeaders) === 0
  );
}

/** As long as the listener's own limit for such a client. */
const defaultStallTimeoutMs = 60_000;

/**
 * A reply for a request that came as `upgrade` event, where Node gives a bare socket: refusals and failures are rendered through it as
 * on any other request. The connection closes after the reply, or when the client takes nothing of its end for `stallTimeoutMs`.
 */
export function openUpgradeReply(
  req: IncomingMessage,
  socket: Duplex,
  stallTimeoutMs = defaultStallTimeoutMs,
): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  // Node hands the same socket it parsed the request from; the types say Duplex because CONNECT proxies may inject another.
  res.assignSocket(socket as Socket);
  // The server no longer looks after this socket: its errors and idleness are ours to handle.
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
  /** Longest silence, in both directions at once. */
  readonly tunnelIdleTimeoutMs: number;
  /** Longest time from the end of one side to the end of both. */
  readonly tunnelCloseTimeoutMs: number;
}

/**
 * Two sockets that are one: bytes both ways with backpressure, half-close passed on. Neither outlives the other by more than
 * `tunnelCloseTimeoutMs`, whatever the peer does, so that a tunnel never leaks a descriptor.
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
    // All bytes of both directions pass the client's socket, so it alone tells whether the tunnel is silent.
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
    // A socket that closed without an end (a reset) ends no pipe.
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

  /** Ends it because its key may not go on: nothing passes from now on. The client gets a close frame (1008) unless a frame is under way. */
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
    // Closing over unread bytes would reset the connection, and the client might lose the close frame.
    client.resume();
  }

  /** Closes both sockets now. */
  destroy(): void {
    this.#client.destroy();
    this.#upstream.destroy();
  }
}

/** Carries an upgrade request. Without a 101 it is an ordinary exchange, whose reply is passed to the client. */
export class UpgradeExchange extends Exchange {
  /** What the client sent after its request without waiting for the 101. */
  earlyBytes: Buffer = Buffer.alloc(0);
  openTunnel: ((client: Socket, upstream: Socket) => Tunnel) | undefined;
  #tunnel: Tunnel | undefined;

  onUpgrade(status: number, raw: RawField[] | string[] | null, upstreamSocket: Duplex): void {
    this.leaveConnection();
    const { res } = this;
    const client = res.socket;
    const upstream = upstreamSocket as Socket;
    if (this.isSettled || client === null || client.destroyed) {
      upstream.destroy();
      void this.settle({ kind: 'client_aborted' });
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
