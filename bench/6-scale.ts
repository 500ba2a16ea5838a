// Benchmark 6: what a thousand times more keys cost: rate, memory, start-up.
import { join } from 'node:path';
import { Bed, type Program, residentBytesOf } from './bed.ts';
import { measureLoad, ratioOfCpu, ratioOfRates, type Sample, type Target } from './load.ts';
import { secretAt } from './make-keys.ts';
import { median, ratioOf } from './measure.ts';
import { startMiftah } from './miftah-server.ts';
import type { Benchmark, Row } from './report.ts';
import { describeKeys, measuredPath, prepareMiftah, writeConfig } from './setting.ts';

/** A cache that holds one key in fifty, so that almost every request is a look-up in SQLite. */
const coldShare = 50;

export const scale: Benchmark = {
  title: '6. Scale',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const keySet = describeKeys();
    const sizes = { small: 1000, large: isQuick ? 20_000 : 1_000_000 };
    const large = sizes.large.toLocaleString('en');
    const configs = {
      small: await prepareMiftah(bed, { name: 'small', keys: sizes.small, keySet, cacheKeys: 2 * sizes.small }),
      large: await prepareMiftah(bed, { name: 'large', keys: sizes.large, keySet, cacheKeys: 2 * sizes.large }),
    };
    const rows: Row[] = [];

    const starts = { small: [] as number[], large: [] as number[] };
    for (let round = 0; round < (isQuick ? 1 : 7); round++) {
      for (const size of ['small', 'large'] as const) {
        const startedMs = performance.now();
        const { program, internalPort } = await startMiftah(bed, configs[size]);
        const ready = await fetch(`http://127.0.0.1:${internalPort}/readyz`);
        if (!ready.ok) throw new Error(`/readyz answered ${ready.status}`);
        starts[size].push(performance.now() - startedMs);
        await bed.stop(program);
      }
    }
    const startUp = median(starts.large);
    rows.push({
      what: `start-up with ${large} stored keys over 1,000, from spawn to ready`,
      ratio: ratioOf(starts.large, starts.small),
      note: `${Math.round(startUp)} ms (goal < 2,000 ms, ${startUp < 2000 ? 'met' : 'missed'})`,
    });

    // Different files of one database: a data folder serves one process at a time, so the cold server gets its turn afterwards.
    const script = await bed.write('random-key.lua', randomKey);
    const smallHot = await startGuarded('small', configs.small, sizes.small, sizes.small);
    const largeHot = await startGuarded('large', configs.large, sizes.large, sizes.large);
    const load = { rounds: isQuick ? 1 : 15, seconds: 1, connections: 32 };
    const hot = await measureLoad([smallHot, largeHot], load);
    const bytesPerKey = Number(await (await fetch(new URL('/bytes-per-key', largeHot.url))).text());
    const resident = residentBytesOf(largeHot.programs[0] as Program);
    rows.push({
      what: `rate with ${large} keys over 1,000, all in the cache, random order`,
      ratio: ratioOfRates(hot[1] as Sample[], hot[0] as Sample[]),
      cpu: ratioOfCpu(hot[1] as Sample[], hot[0] as Sample[]),
      goal: { atLeast: 0.8 },
      note: `${Math.round(bytesPerKey)} bytes a cached key, ${Math.round(resident / 1e6)} MB resident`,
    });
    await bed.stop(largeHot.programs[0] as Program);

    const coldConfig = await writeConfig(bed, {
      name: 'cold',
      folder: join(bed.folder, 'large-data'),
      cacheKeys: sizes.large / coldShare,
    });
    const largeCold = await startGuarded('cold', coldConfig, sizes.large, 0);
    const cold = await measureLoad([smallHot, largeCold], load);
    rows.push({
      what: `rate with ${large} keys over 1,000, one in ${coldShare} in the cache, the others read from SQLite`,
      ratio: ratioOfRates(cold[1] as Sample[], cold[0] as Sample[]),
      cpu: ratioOfCpu(cold[1] as Sample[], cold[0] as Sample[]),
      note: `${Math.round(residentBytesOf(largeCold.programs[0] as Program) / 1e6)} MB resident`,
    });
    return rows;

    async function startGuarded(name: string, config: string, keys: number, warm: number): Promise<Target> {
      const flags = ['--expose-gc', '--max-old-space-size=6000'];
      const args = ['--config', config, '--warm', String(warm)];
      const program = await bed.startNode('programs/guarded-server.ts', args, flags);
      const secrets = await bed.write(
        `${name}.secrets`,
        Array.from({ length: keys }, (_, index) => secretAt(keySet, index)).join('\n'),
      );
      const url = `http://127.0.0.1:${program.port}${measuredPath}`;
      return { name, url, script: { file: script, args: [secrets] }, programs: [program] };
    }
  },
};

// wrk runs `init` once and `request` for each request.
const randomKey = `
local secrets = {}
function init(args)
  for line in io.lines(args[1]) do secrets[#secrets + 1] = line end
  math.randomseed(os.time())
end
function request()
  wrk.headers['Authorization'] = 'Bearer ' .. secrets[math.random(#secrets)]
  return wrk.format()
end
`;
