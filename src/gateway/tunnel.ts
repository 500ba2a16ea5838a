// Upgraded connections: a client asks to switch protocols, the upstream agrees, and from then on two sockets are one.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Exchange } from './exchange.ts';
import { finishReplyHead, type RawField } from './reply-headers.ts';
import { announcedBodyLength } from './request-body.ts';

const KEEP_ALIVE_PROBE_MS = 60_000;

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

/**
 * A reply for a request that came as `upgrade` event, where Node gives a bare socket: refusals and failures are rendered through it as
 * on any other request. The connection closes after the reply.
 */
export function openUpgradeReply(req: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  // Node hands the same socket it parsed the request from; the types say Duplex because CONNECT proxies may inject another.
  res.assignSocket(socket as Socket);
  // The server no longer looks after this socket: its errors and idleness are ours to handle.
  socket.on('error', () => socket.destroy());
  (socket as Socket).setTimeout(0);
  socket.on('timeout', () => socket.destroy());
  res.on('finish', () => {
    res.detachSocket(socket as Socket);
    (socket as Socket).destroySoon();
  });
  return res;
}

/** Joins two sockets: bytes both ways with backpressure, half-close passed on, and neither outlives the other. */
export function joinSockets(client: Socket, upstream: Socket): void {
  upstream.allowHalfOpen = true;
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    socket.on('error', () => socket.destroy());
    // A socket that closed without an end (a reset) ends no pipe.
    socket.on('close', () => other.destroySoon());
    socket.pipe(other);
    if (socket.destroyed) other.destroySoon();
  }
}

/** Carries an upgrade request. Without a 101 it is an ordinary exchange, whose reply is passed to the client. */
export class UpgradeExchange extends Exchange {
  /** What the client sent after its request without waiting for the 101. */
  earlyBytes: Buffer = Buffer.alloc(0);
  onTunnel: (client: Socket, upstream: Socket) => void = joinSockets;

  onUpgrade(status: number, raw: RawField[] | string[] | null, upstreamSocket: Duplex): void {
    this.leaveConnection();
    const { res } = this;
    const client = res.socket;
    const upstream = upstreamSocket as Socket;
    if (client === null || client.destroyed) {
      upstream.destroy();
      this.settle({ kind: 'client_aborted' });
      return;
    }
    const { headers } = finishReplyHead(status, (raw ?? []) as RawField[], this.input);
    this.settle({ kind: 'answered', status: 101 });
    res.sendDate = false;
    res.writeHead(101, [...headers, 'Connection', 'Upgrade', 'Upgrade', 'websocket']);
    res.flushHeaders();
    res.detachSocket(client);
    if (this.earlyBytes.length > 0) upstream.write(this.earlyBytes);
    this.onTunnel(client, upstream);
  }
}
