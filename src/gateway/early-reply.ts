// Replies that start before the request body is complete: makes sure that we read the upstream's, and that the client
// can read ours.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** If at most this many bytes of a request body are left, they are read and dropped to keep the connection usable. */
export const drainableBytes = 64 * 1024;

type WriteCallback = (error?: Error | null) => void;

const goneCodes: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

/**
 * Keeps the socket open when a write fails because the other side closed. Node would destroy the socket, and with it
 * the reply that waits in the kernel's buffer. After such a failure nothing more is sent. The read side delivers the
 * reply, then the end.
 */
export function readBeforeFailing(socket: Socket): void {
  const { _write: write, _writev: writev } = socket;
  // A stream has only one write in progress at a time.
  let pending: WriteCallback;
  const settle: WriteCallback = (error) => {
    if (!goneCodes.has((error as NodeJS.ErrnoException | null | undefined)?.code)) pending(error);
  };
  socket._write = (chunk, encoding, callback) => {
    pending = callback;
    write.call(socket, chunk, encoding, settle);
  };
  if (writev === undefined) return;
  socket._writev = (chunks, callback) => {
    pending = callback;
    writev.call(socket, chunks, settle);
  };
}

/**
 * Closes the connection after the reply, in a way that lets the client read the reply. Call it before the head is
 * written. Closing a socket with unread bytes resets the connection, so a client that still sends may lose the reply
 * (RFC 9112 §9.6). Therefore only our side is closed first. Incoming data is read and dropped until the request is
 * complete or the client closes.
 *
 * @param forMs the longest time to wait for that; 0: no limit, because the caller has one
 */
export function closeGently(req: IncomingMessage, res: ServerResponse, forMs: number): void {
  res.shouldKeepAlive = false;
  const { socket } = req;
  // Node calls `destroySoon` after the last reply of a connection, and offers no other hook there.
  socket.destroySoon = () => linger(req, socket, forMs);
}

function linger(req: IncomingMessage, socket: Socket, forMs: number): void {
  const destroy = (): void => void socket.destroy();
  socket.end();
  if (req.complete || socket.readableEnded) {
    if (socket.writableFinished) destroy();
    else socket.once('finish', destroy);
    return;
  }
  req.once('end', destroy).once('close', destroy).resume();
  socket.once('end', destroy);
  if (forMs === 0) return;
  const timer = setTimeout(destroy, forMs).unref();
  socket.once('close', () => clearTimeout(timer));
}
