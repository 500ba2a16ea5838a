// Where segments are read and added up: small ones here, large ones in a thread.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type SummedSegment, sumSegment } from './sum-segment.ts';

/** Up to this size a segment is summed here, in well under a millisecond: most installations never need the thread. */
const maxBytesHere = 65_536;

export interface SegmentSummer {
  /** Sums a segment, a file's path or its bytes. One call at a time. Rejects when it can't be read. */
  sum(source: string | Uint8Array, bytes: number): Promise<SummedSegment>;
  close(): Promise<void>;
}

export function createSegmentSummer(): SegmentSummer {
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(
      new URL(`./sum-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
    );
    // What fails while a call waits is told to that call.
    started.on('error', () => undefined);
    started.once('exit', () => {
      if (worker === started) worker = undefined;
    });
    return started;
  }

  return {
    async sum(source, bytes) {
      if (bytes <= maxBytesHere) return sumSegment(typeof source === 'string' ? readFileSync(source) : source);
      worker ??= start();
      const { promise, resolve, reject } = Promise.withResolvers<SummedSegment>();
      const gone = (): void => reject(new Error('the thread that sums usage ended'));
      worker.ref();
      worker.once('message', resolve).once('error', reject).once('exit', gone);
      worker.postMessage(source);
      try {
        return await promise;
      } finally {
        worker?.off('message', resolve).off('error', reject).off('exit', gone).unref();
      }
    },
    async close() {
      await worker?.terminate();
    },
  };
}
