// A request's body on its way to the upstream: counted, cut at the limit, and drained when the upstream stopped listening.
import type { IncomingMessage } from 'node:http';
import { Stream } from 'node:stream';
import type { BodyPace, PacedBody } from './body-pace.ts';

/** The body length that the request's headers announce: 0 for none, -1 for chunked, otherwise bytes. Node has validated both fields. */
export function announcedBodyLength(rawHeaders: readonly string[]): number {
  let length = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    // Two lengths out of a dozen headers: most names are told apart without being folded.
    if (name.length === 14 && name.toLowerCase() === 'content-length') length = Number(rawHeaders[i + 1]);
    else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return -1;
  }
  return length;
}

const uploading = new WeakSet<object>();

/** Whether a body comes over the connection that a `RequestBody` looks after: one that moves may take any time. */
export function isUploading(socket: object): boolean {
  return uploading.has(socket);
}

/**
 * The stream that undici reads. Not `req` itself: undici destroys the stream it was given when the upstream answers early or fails,
 * and nulls the request's socket on the way, while the client's connection must live on to carry the reply.
 * Emits `data`, `end`; calls `onFault` once when more than `limitBytes` arrived, and then reads no further, or when they come too slowly.
 */
export class RequestBody extends Stream implements PacedBody {
  readonly readable = true;
  destroyed = false;
  isPaused = false;
  receivedBytes = 0;
  bytesAtLastTick = 0;
  ticks = 0;
  silentTicks = 0;
  #isStarted = false;
  #isCut = false;
  readonly #req: IncomingMessage;
  readonly #limitBytes: number;
  readonly #pace: BodyPace;
  readonly #onFault: (fault: 'body_too_large' | 'body_too_slow') => void;

  constructor(
    req: IncomingMessage,
    limitBytes: number,
    pace: BodyPace,
    onFault: (fault: 'body_too_large' | 'body_too_slow') => void,
  ) {
    super();
    this.#req = req;
    this.#limitBytes = limitBytes;
    this.#pace = pace;
    this.#onFault = onFault;
  }

  /** Whether nothing more can come. */
  get hasEnded(): boolean {
    return this.#req.complete || this.#req.destroyed;
  }

  resume(): this {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#pace.add(this);
      const { socket } = this.#req;
      uploading.add(socket);
      this.#req.on('data', (chunk: Buffer) => this.#take(chunk));
      this.#req.on('end', () => {
        this.#pace.delete(this);
        uploading.delete(socket);
        if (!this.destroyed) this.emit('end');
      });
    }
    this.isPaused = false;
    this.#req.resume();
    return this;
  }

  pause(): this {
    if (!this.destroyed) {
      this.isPaused = true;
      this.#req.pause();
    }
    return this;
  }

  /** Nothing goes to the upstream any more. What the client still sends is read and dropped, so that its connection can be used again. */
  destroy(): this {
    if (!this.destroyed) {
      this.destroyed = true;
      if (!this.#req.destroyed) this.resume();
    }
    return this;
  }

  /** A body that goes nowhere any more has a reply already, so nothing but cutting the client would end it. */
  refuseSlow(): void {
    if (this.destroyed) this.#req.destroy();
    else this.#onFault('body_too_slow');
  }

  #take(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    if (this.receivedBytes <= this.#limitBytes) {
      if (!this.destroyed) this.emit('data', chunk);
      return;
    }
    // Over the limit the caller refuses and the connection closes with that reply; until then the rest is dropped. A body that
    // the upstream did not wait for has a reply already, so nothing but cutting the client would end it.
    if (this.#isCut) return;
    if (this.destroyed) {
      this.#req.destroy();
    } else {
      this.#isCut = true;
      this.#onFault('body_too_large');
    }
  }
}
