// Measures what a use costs in the journal: to append its record, and to sum it at the flush. Beside another version.
// `node bench/usage-records.ts FOLDER`: FOLDER is a checkout of the version to compare with. Microseconds of CPU time a
// use, medians of interleaved rounds, and the ratios of this version over the other.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as JournalFormat from '../src/metering/journal-format.ts';
import type * as SumSegment from '../src/metering/sum-segment.ts';
import { interleave, median, ratioOf } from './measure.ts';

const uses = 200_000;
const other = process.argv[2];
if (other === undefined) throw new Error('name the folder of a checkout to compare with');

const load = async (folder: string) => ({
  format: (await import(pathToFileURL(resolve(folder, 'src/metering/journal-format.ts')).href)) as typeof JournalFormat,
  summing: (await import(pathToFileURL(resolve(folder, 'src/metering/sum-segment.ts')).href)) as typeof SumSegment,
});
type Version = Awaited<ReturnType<typeof load>>;

const route = { apiId: 'classic', orgSeq: 0, pattern: 'POST /v1/payments', units: 5 };
/** Keys of the traffic, and the addresses of each. */
const traffics = {
  '1,000 keys of 100 organizations, one address each': { keys: 1000, addresses: 1 },
  '1,000 keys of 100 organizations, 8 addresses each': { keys: 1000, addresses: 8 },
  '200,000 keys of 20,000 organizations, one use each': { keys: 200_000, addresses: 1 },
} as const;
const startMs = Date.UTC(2027, 0, 1);

function appendAll({ format }: Version, { keys, addresses }: (typeof traffics)[keyof typeof traffics]): Uint8Array {
  const writer = new format.FrameWriter();
  const frames = [format.headerFrame(format.describeSegment('0123456789abcdef', 1, ['classic'], [route]))];
  for (let at = 0; at < uses; at++) {
    // A multiplication by a prime spreads keys, as traffic does.
    const key = (at * 7919) % keys;
    const address = `203.0.113.${(key + (at % addresses)) % 250}`;
    const bucket = 1 + (at % 8);
    writer.append(
      5,
      0,
      key + 1,
      1 + Math.floor(key / 10),
      startMs + at,
      address,
      undefined,
      at % 4 === 0 ? 1 : 0,
      bucket,
    );
    if (at % 16 === 15) frames.push(writer.finish().slice());
  }
  return Buffer.concat(frames);
}

function measured(work: () => unknown): () => number {
  return () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / uses;
  };
}

const versions = [await load('.'), await load(other)] as const;
for (const [name, traffic] of Object.entries(traffics)) {
  const segments = versions.map((version) => appendAll(version, traffic));
  const works = [
    ...versions.map((version) => measured(() => appendAll(version, traffic))),
    ...versions.map((version, at) => measured(() => version.summing.sumSegment(segments[at] as Uint8Array))),
  ];
  const [append = [], formerAppend = [], sum = [], formerSum = []] = await interleave(works, 15);
  const both = (a: readonly number[], b: readonly number[]) => a.map((each, at) => each + (b[at] as number));
  console.log(name);
  for (const [step, ours, theirs] of [
    ['append', append, formerAppend],
    ['sum', sum, formerSum],
    ['both', both(append, sum), both(formerAppend, formerSum)],
  ] as const) {
    const { median: ratio, low, high } = ratioOf(ours, theirs);
    const [µs, former] = [median(ours).toFixed(3), median(theirs).toFixed(3)];
    console.log(
      `  ${step.padEnd(7)} ${µs} µs over ${former}: ${ratio.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`,
    );
  }
}
