// Where WebSocket frames begin and end in a stream of bytes (RFC 6455 §5.2), and the frame that closes one.

const closeOpcode = 0x8;
/** The longest head: two bytes, eight of length, four of mask. */
const maxHeadBytes = 14;

/** Follows one direction of a WebSocket. For bytes that are not frames its answer means nothing. */
export class FrameTracker {
  readonly #head = Buffer.alloc(maxHeadBytes);
  #headBytes = 0;
  #payloadBytes = 0;
  #isClosed = false;

  /** Whether a control frame may be put in now: no frame is under way, and no close frame has passed. */
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
  // No connection lives to the end of a frame whose length a number can't hold exactly.
  return short === 127 ? Number(head.readBigUInt64BE(2)) : short;
}

/** An unmasked close frame, as a server sends it (RFC 6455 §5.5.1). `code` as in §7.4.1. */
export function closeFrame(code: number): Buffer {
  return Buffer.from([0x80 | closeOpcode, 2, code >> 8, code & 0xff]);
}
