// Sends segments to a syslog server over TLS (RFC 5425).
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Clock } from '../domain/clock.ts';
import { type Deliver, DeliveryError, deliveryTimeoutMs, describeCause, type TlsFiles } from './delivery.ts';
import { formatEnd, formatRecord, frameMessage } from './syslog.ts';

export interface SyslogOptions {
  readonly host: string;
  readonly port: number;
  /** The name of this machine in the messages. */
  readonly hostname: string;
  readonly clock: Clock;
  /** Reads the files again for each connection, so that a renewed certificate needs no restart. */
  readonly readTls: () => TlsFiles;
}

/**
 * The pause between the last byte and the end of the connection: at least this, and twice the time that the connection
 * took. Within it, the end of a server that stops or dies reaches this side before this side's own end leaves.
 */
const minPauseMs = 100;

/**
 * Delivers to a syslog server. Syslog has no replies, so each segment has a connection of its own, and the server's
 * orderly end after ours is the confirmation. A server that ends first, or resets, has confirmed nothing. A kernel
 * resets a connection whose program is gone while bytes are unread, and ours has the end of TLS as its last bytes.
 */
export function createSyslogDelivery({ host, port, hostname, clock, readTls }: SyslogOptions): Deliver {
  const place = `${host}:${port}`;
  return async ({ records, bounds, end }, signal) => {
    const { serverName, ...files } = readTls();
    const name = serverName ?? host;
    const frames = [
      ...records.map((record) => formatRecord(record, hostname)),
      formatEnd(bounds, end, clock.nowMs(), hostname),
    ];
    const startedMs = performance.now();
    const options = {
      ...{ host, port, minVersion: 'TLSv1.2', allowHalfOpen: true, ...files },
      ...(isIP(name) === 0 && { servername: name }),
    };
    const socket = connect(options as ConnectionOptions);
    const abort = () => socket.destroy(new Error('this server stops'));
    signal.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no end after ${deliveryTimeoutMs / 1000} s`)),
      deliveryTimeoutMs,
    );
    try {
      await send(socket, Buffer.concat(frames.map(frameMessage)), startedMs);
    } catch (cause) {
      throw new DeliveryError(`the syslog server ${place} did not take the records (${describeCause(cause)})`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
    }
  };
}

function send(socket: TLSSocket, data: Buffer, startedMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isEnding = false;
  let pause: NodeJS.Timeout | undefined;
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('the connection closed early')));
  socket.once('end', () => {
    if (isEnding) resolve();
    else reject(new Error('the server closed the connection'));
  });
  // What the server sends has no meaning, but its end comes only after it was read.
  socket.resume();
  socket.once('secureConnect', () => {
    const tookMs = performance.now() - startedMs;
    socket.write(data, () => {
      pause = setTimeout(
        () => {
          isEnding = true;
          socket.end();
        },
        Math.max(minPauseMs, 2 * tookMs),
      );
    });
  });
  return promise.finally(() => clearTimeout(pause));
}
