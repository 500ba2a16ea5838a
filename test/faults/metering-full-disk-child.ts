// metering.test.ts runs this in a folder of 4 MB. It records until and after the folder is full, frees space, and
// prints the outcome.
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/domain/clock.ts';
import { findUse } from '../../src/domain/use.ts';
import type { FlushResult, UsageBatch } from '../../src/metering/ports.ts';
import { openUsageRecorder } from '../../src/metering/usage-recorder.ts';

const folder = process.argv[2] as string;
const faults: unknown[] = [];
const state = { isDown: true, counted: 0 };
const recorder = await openUsageRecorder({
  store: {
    beginRun: async () => undefined,
    endRun: async () => undefined,
    async flushUsage({ series }: UsageBatch): Promise<FlushResult> {
      if (state.isDown) throw new Error('down');
      for (const { counts } of series) for (const count of counts) state.counted += count;
      return 'added';
    },
  },
  clock: systemClock,
  folder: join(folder, 'journal'),
  apis: ['classic'],
  onFault: (error) => faults.push((error as { code?: string }).code ?? (error as Error).message),
});
const key = {
  id: 'key',
  seq: 1,
  orgSeq: 1,
  supersededDigest: undefined,
  apiId: 'classic',
  orgId: 'org',
  scopes: [],
  endpoints: [],
  metadata: {},
};
const use = () => recorder.recordUse({ ...key, environment: 'live' }, findUse('allowed', '2xx', true), '203.0.113.7');

// Leaves some space, so that the journal fills the disk in the middle of a write.
const filler = join(folder, 'filler');
const { bavail, bsize } = statfsSync(folder);
writeFileSync(filler, Buffer.alloc((bavail - 100) * bsize));
for (let at = 0; at < 30_000; at++) use();
const whileFull = { ...recorder.counts, isFailing: recorder.journal.failures > 0, faults: [...faults] };
const { failures } = recorder.journal;

rmSync(filler);
const end = performance.now() + 1100;
while (performance.now() < end);
for (let at = 0; at < 10_000; at++) use();
const files = readdirSync(join(folder, 'journal')).filter((name) => !name.endsWith('.run'));
// All three segments: the full one, the one kept in memory, and the current one.
const afterwards = { isInFiles: files.length >= 3, failures };
state.isDown = false;
await recorder.close();
const left = readdirSync(join(folder, 'journal')).filter((name) => !name.endsWith('.run'));
process.stdout.write(JSON.stringify({ whileFull, afterwards, counted: state.counted, left }));
