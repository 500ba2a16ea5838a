// The thread that reads and adds up large segments of the journal, to keep the event loop free.
import { readFileSync } from 'node:fs';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { buffersOf } from './ports.ts';
import { sumSegment } from './sum-segment.ts';

const port = parentPort as MessagePort;

port.on('message', (source: string | Uint8Array) => {
  const summed = sumSegment(typeof source === 'string' ? readFileSync(source) : source);
  port.postMessage(summed, summed.batch === undefined ? [] : buffersOf(summed.batch));
});
