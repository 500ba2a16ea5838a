// Adds up segments of the journal: small ones here, large ones in a thread.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../domain/worker-url.ts';
import { type SummedSegment, sumSegment } from './sum-segment.ts';

/** A segment up to this size is summed here, in well under a millisecond. Most installations never need the thread. */
const maxBytesHere = 65_536;

/** Sums segments, and owns the thread for it. */
export interface SegmentSummer {
  /**
   * Sums a segment. `source`: the path of its file, or its bytes. `bytes`: its size. One call at a time. Rejects when
   * the file can't be read.
   */
  sum(source: string | Uint8Array, bytes: number): Promise<SummedSegment>;
  /** Ends the thread. */
  close(): Promise<void>;
}

/** Starts the thread when the first large segment needs it. */
export function createSegmentSummer(): SegmentSummer {
  let worker: Worker | undefined;

  function start(): Worker {
    const started = new Worker(workerUrl('sum-worker', import.meta.url));
    // The waiting call has a listener of its own. Without this one, an error between calls would end the process.
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
      const onExit = (): void => reject(new Error('the thread that sums usage ended'));
      worker.ref();
      worker.once('message', resolve).once('error', reject).once('exit', onExit);
      worker.postMessage(source);
      try {
        return await promise;
      } finally {
        worker?.off('message', resolve).off('error', reject).off('exit', onExit).unref();
      }
    },
    async close() {
      await worker?.terminate();
    },
  };
}
