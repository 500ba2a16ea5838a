// Finds where WebSocket frames begin and end in a stream of bytes (RFC 6455 §5.2), and makes the close frame.

const closeOpcode = 0x8;
/** The longest head: two bytes, eight of length and four of mask. */
const maxHeadBytes = 14;

/** Tracks one direction of a WebSocket. The result has no meaning if the bytes are not frames. */
export class FrameTracker {
  readonly #head = Buffer.alloc(maxHeadBytes);
  #headBytes = 0;
  #payloadBytes = 0;
  #isClosed = false;

  /** Whether a control frame may be inserted now: no frame is incomplete, and no close frame has passed. */
  get isBetweenFrames(): boolean {
    return this.#headBytes === 0 && this.#payloadBytes === 0 && !this.#isClosed;
  }

  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadBytes > 0) {
        const taken = Math.min(this.#payloadBytes, chunk.length - at);
        this.#payloadBytes -= taken;
        at += taken;
        continue;
      }
      this.#head[this.#headBytes++] = chunk[at++] as number;
      if (this.#headBytes >= 2 && this.#headBytes === headLength(this.#head)) {
        if (((this.#head[0] as number) & 0x0f) === closeOpcode) this.#isClosed = true;
        this.#payloadBytes = payloadLength(this.#head);
        this.#headBytes = 0;
      }
    }
  }
}

function headLength(head: Buffer): number {
  const second = head[1] as number;
  const short = second & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  return 2 + lengthBytes + (second >= 0x80 ? 4 : 0);
}

function payloadLength(head: Buffer): number {
  const short = (head[1] as number) & 0x7f;
  if (short === 126) return head.readUInt16BE(2);
  // A number can't hold the largest lengths exactly, but no connection lives to the end of such a frame.
  return short === 127 ? Number(head.readBigUInt64BE(2)) : short;
}

/** Makes an unmasked close frame, as a server sends it (RFC 6455 §5.5.1). `code` is one of §7.4.1. */
export function closeFrame(code: number): Buffer {
  return Buffer.from([0x80 | closeOpcode, 2, code >> 8, code & 0xff]);
}
