// Benchmark 6: the cost of a thousand times more keys: rate, memory, start-up.
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

    const script = await bed.write('random-key.lua', randomKey);
    // Long enough for several flushes, which are up to ten seconds apart: a rate between two of them would be too high.
    const load = {
      rounds: isQuick ? 1 : 5,
      seconds: isQuick ? 1 : 12,
      connections: 32,
      isSettled: !isQuick,
    };
    const coldConfig = await writeConfig(bed, {
      name: 'cold',
      folder: join(bed.folder, 'large-data'),
      cacheKeys: sizes.large / coldShare,
    });
    const variants = [
      { what: 'all in the cache', config: configs.large, isWarm: true, flags: [], goal: { atLeast: 0.8 } },
      { what: 'the same without recording use', config: configs.large, isWarm: true, flags: ['--unmetered'] },
      { what: `one in ${coldShare} in the cache`, config: coldConfig, isWarm: false, flags: [] },
    ];
    // Only one process can use a data folder, so the variants run in turn.
    for (const { what, config, isWarm, flags, goal } of variants) {
      const small = await startGuarded('small', configs.small, sizes.small, sizes.small, flags);
      const own = await startGuarded('large', config, sizes.large, isWarm ? sizes.large : 0, flags);
      const [fewer = [], more = []] = await measureLoad([small, own], load);
      const bytesPerKey = Number(await (await fetch(new URL('/bytes-per-key', own.url))).text());
      const resident = Math.round(residentBytesOf(own.programs[0] as Program) / 1e6);
      const perKey = isWarm ? `, ${Math.round(bytesPerKey)} bytes a cached key` : '';
      rows.push({
        what: `rate with ${large} keys in random order over 1,000: ${what}`,
        ratio: ratioOfRates(more, fewer),
        cpu: ratioOfCpu(more, fewer),
        ...(goal !== undefined && { goal }),
        note: `with 1,000 ${rateOf(fewer)} requests/s${perKey}, ${resident} MB resident`,
      });
      for (const target of [small, own]) await bed.stop(target.programs[0] as Program);
    }
    return rows;

    async function startGuarded(
      name: string,
      config: string,
      keys: number,
      warm: number,
      more: readonly string[],
    ): Promise<Target> {
      const flags = ['--expose-gc', '--max-old-space-size=6000'];
      const args = ['--config', config, '--warm', String(warm), ...more];
      const program = await bed.startNode('programs/guarded-server.ts', args, flags);
      const secrets = await bed.write(
        `${name}.secrets`,
        Array.from({ length: keys }, (_, index) => secretAt(keySet, index)).join('\n'),
      );
      const url = `http://127.0.0.1:${program.port}${measuredPath}`;
      const finish = () => fetch(new URL('/flush', url));
      return { name, url, script: { file: script, args: [secrets] }, programs: [program], finish };
    }
  },
};

function rateOf(samples: readonly Sample[] = []): number {
  return Math.round(median(samples.map(({ requestsPerSecond }) => requestsPerSecond)));
}

// The requests are built before the load begins: 100,000 with keys drawn from all. Building each on sending would make
// wrk slower than the server. wrk runs `init` once and `request` for each request.
const randomKey = `
local requests = {}
local at = 0
function init(args)
  local secrets = {}
  for line in io.lines(args[1]) do secrets[#secrets + 1] = line end
  math.randomseed(os.time())
  for turn = 1, 100000 do
    wrk.headers['Authorization'] = 'Bearer ' .. secrets[math.random(#secrets)]
    requests[turn] = wrk.format()
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`;
