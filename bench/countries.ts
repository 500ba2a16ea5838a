// Measures a database of countries: the time to open it, its memory, and a look-up.
// `node --expose-gc bench/countries.ts FILE`
import { openCountries } from '../src/metering/countries.ts';
import { median } from './measure.ts';

const file = process.argv[2];
if (file === undefined) throw new TypeError('name a file in the MMDB format');
const lookUps = 200_000;

async function timeOf(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function medianOf(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) times.push(await timeOf(work));
  return median(times);
}

globalThis.gc?.();
const before = process.memoryUsage().arrayBuffers;
const { countryOf, kind } = await openCountries(file);
globalThis.gc?.();
const mebibytes = (process.memoryUsage().arrayBuffers - before) / 2 ** 20;
const openMs = await medianOf(() => openCountries(file));
// A step that is prime to 2^32, so that the addresses are spread over all.
const addresses = Array.from({ length: lookUps }, (_, at) => {
  const number = (at * 2_654_435_761) % 2 ** 32;
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
});
const lookUpMs = await medianOf(() => addresses.forEach(countryOf));
const known = addresses.filter((address) => countryOf(address) !== undefined).length;
console.log(`${kind}: ${openMs.toFixed(1)} ms to open, ${mebibytes.toFixed(1)} MiB`);
console.log(
  `${((lookUpMs / lookUps) * 1e6).toFixed(0)} ns for a look-up; ${((100 * known) / lookUps).toFixed(0)} % of IPv4 has a country`,
);
