// Replies that come before the body of their request is whole: the upstream's is read, and the client gets the time to
// read ours.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * A request body of which up to this many bytes are left is read and dropped so that the connection can be used again.
 */
export const drainableBytes = 64 * 1024;

type WriteCallback = (error?: Error | null) => void;

const goneCodes: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET']);

/**
 * From now on a write that fails because the other side has closed does not end the socket. Node would destroy it, and
 * with it the reply that waits in the kernel's buffer. Nothing more is sent; the read side gives that reply, then tells
 * the end.
 */
export function readBeforeFailing(socket: Socket): void {
  const { _write: write, _writev: writev } = socket;
  // A stream has one write under way at a time.
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
 * Has the reply, whose head is not written yet, end its connection, and the client get it: closing over bytes that were
 * not read resets the connection, and a client that still sends may lose the reply (RFC 9112 §9.6). So our end is
 * closed first. What comes is read and dropped until the request is whole or the client closes.
 *
 * @param forMs longest time for that; 0: no limit, the caller has one
 */
export function closeGently(req: IncomingMessage, res: ServerResponse, forMs: number): void {
  res.shouldKeepAlive = false;
  const { socket } = req;
  // Node calls it after the last reply of a connection, and has no other hook there.
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
