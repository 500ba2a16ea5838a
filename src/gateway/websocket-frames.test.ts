import { describe, expect, test } from 'vitest';
import { closeFrame, FrameTracker } from './websocket-frames.ts';

/** A frame of RFC 6455 §5.2, its length in the shortest form. */
function frame(data: Buffer, opcode: number, isMasked: boolean): Buffer {
  const maskBit = isMasked ? 0x80 : 0;
  const head = Buffer.alloc(data.length < 126 ? 2 : data.length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = maskBit | (head.length === 2 ? data.length : head.length === 4 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(data.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(data.length), 2);
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), data]);
}

describe('a frame tracker', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])(
    'sees the end of a frame of %i bytes, and nowhere before',
    (size) => {
      for (const isMasked of [false, true]) {
        const tracker = new FrameTracker();
        const bytes = frame(Buffer.alloc(size, 1), 2, isMasked);
        expect(tracker.isBetweenFrames).toBe(true);
        // Byte by byte at both ends, where heads are; in one piece between.
        const pieces: Buffer[] = [...bytes.subarray(0, 16)].map((byte) => Buffer.from([byte]));
        if (bytes.length > 17) pieces.push(bytes.subarray(16, -1));
        if (bytes.length > 16) pieces.push(bytes.subarray(-1));
        const states = pieces.map((piece) => {
          tracker.take(piece);
          return tracker.isBetweenFrames;
        });
        expect(states).toEqual([...pieces.slice(1).map(() => false), true]);
      }
    },
  );

  test('follows many frames in one piece', () => {
    const tracker = new FrameTracker();
    const bytes = Buffer.concat([1, 2, 9, 10].map((opcode) => frame(Buffer.alloc(opcode * 10), opcode, false)));
    tracker.take(bytes);
    expect(tracker.isBetweenFrames).toBe(true);
    tracker.take(bytes.subarray(0, 1));
    expect(tracker.isBetweenFrames).toBe(false);
  });

  test('lets nothing follow a close frame', () => {
    const tracker = new FrameTracker();
    tracker.take(closeFrame(1000));
    expect(tracker.isBetweenFrames).toBe(false);
  });
});

test.each([
  [1008, '880203f0'],
  [1001, '880203e9'],
])('the frame that closes with %i', (code, bytes) => {
  expect(closeFrame(code).toString('hex')).toBe(bytes);
});
