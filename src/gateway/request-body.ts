// A request body on its way to the upstream: counted, cut at the limit, and drained once the upstream stops reading.
import type { IncomingMessage } from 'node:http';
import { Stream } from 'node:stream';
import type { BodyPace, PacedBody } from './body-pace.ts';

/**
 * The body length that the request's headers announce, in bytes: 0 for no body, -1 for chunked. Node has validated both
 * fields.
 */
export function announcedBodyLength(rawHeaders: readonly string[]): number {
  let length = 0;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    // Both names have a rare length, so most other names are skipped without a comparison.
    if (name.length === 14 && name.toLowerCase() === 'content-length') length = Number(rawHeaders[i + 1]);
    else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return -1;
  }
  return length;
}

const uploading = new WeakSet<object>();

/**
 * Whether a `RequestBody` reads from this connection. The body has its own limits and may take any time within them.
 */
export function isUploading(socket: object): boolean {
  return uploading.has(socket);
}

/**
 * The stream that undici reads instead of `req`. When the upstream fails or answers early, undici destroys its stream
 * and sets the request's socket to null. The client's connection must survive that to carry the reply. Emits `data` and
 * `end`. Calls `onFault` at most once: if more than `limitBytes` arrive, or if they arrive too slowly. After
 * `body_too_large` it emits no more data.
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

  /** Whether no more data can arrive. */
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

  /**
   * Stops sending to the upstream. The rest that the client sends is read and dropped, to keep its connection usable.
   */
  destroy(): this {
    if (!this.destroyed) {
      this.destroyed = true;
      if (!this.#req.destroyed) this.resume();
    }
    return this;
  }

  /** Denies a body that is too slow. A destroyed body already has a reply, so only cutting the client ends it. */
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
    // Over the limit, the caller denies the request and the connection closes after the reply. Until then the rest is
    // dropped. A destroyed body already has a reply, so only cutting the client ends it.
    if (this.#isCut) return;
    if (this.destroyed) {
      this.#req.destroy();
    } else {
      this.#isCut = true;
      this.#onFault('body_too_large');
    }
  }
}
