// Benchmark 2: a node:http server with Miftah inside, over the same server without it.
import { Bed } from './bed.ts';
import { expectAnswer, measureLoad, ratioOfCpu, ratioOfRates, type Sample, type Target } from './load.ts';
import { secretAt } from './make-keys.ts';
import { median } from './measure.ts';
import type { Benchmark, Row } from './report.ts';
import { describeKeys, measuredPath, prepareMiftah } from './setting.ts';

export const middleware: Benchmark = {
  title: '2. Middleware',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const plainKeys = describeKeys();
    const limitedKeys = describeKeys([{ limit: 1_000_000_000, windowSeconds: 60 }]);
    const headers = { Authorization: `Bearer ${secretAt(plainKeys, 0)}` };
    const startTarget = async (name: string, args: readonly string[]): Promise<Target> => {
      const program = await bed.startNode('programs/guarded-server.ts', args);
      return { name, url: `http://127.0.0.1:${program.port}${measuredPath}`, headers, programs: [program] };
    };
    const bare = await startTarget('bare', []);
    const withoutLimit = await startTarget('without a rate limit', [
      '--config',
      await prepareMiftah(bed, { name: 'plain', keys: 1000, keySet: plainKeys }),
    ]);
    const withLimit = await startTarget('with a rate limit and its headers', [
      '--config',
      await prepareMiftah(bed, { name: 'limited', keys: 1000, keySet: limitedKeys }),
    ]);
    const bareWithHeaders = await startTarget('bare, sending the same headers', ['--rate-headers']);
    for (const target of [withoutLimit, withLimit]) {
      await expectAnswer(target, 200);
      await expectAnswer({ ...target, headers: { Authorization: `Bearer ${secretAt(plainKeys, 1000)}` } }, 401);
    }
    const targets = [bare, bareWithHeaders, withoutLimit, withLimit];
    const load = { rounds: isQuick ? 1 : 21, seconds: 1, connections: 32 };
    const [floor = [], headersOnly = [], unlimited = [], limited = []] = await measureLoad(targets, load);
    const goal = { atLeast: 0.85 };
    return [
      { ...compare('without a rate limit, over the bare server', unlimited, floor), goal },
      { ...compare('with a rate limit and its five headers, over the bare server', limited, floor), goal },
      compare('with a rate limit, over a bare server that sends the same headers', limited, headersOnly),
    ];
  },
};

function compare(what: string, own: readonly Sample[], over: readonly Sample[]): Row {
  const rate = median(over.map(({ requestsPerSecond }) => requestsPerSecond));
  return {
    what: `Miftah inside ${what}`,
    ratio: ratioOfRates(own, over),
    cpu: ratioOfCpu(own, over),
    note: `baseline ${Math.round(rate)} requests/s`,
  };
}
