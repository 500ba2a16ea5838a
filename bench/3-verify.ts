// Benchmark 3: `POST /v1/verify` over a bare node:http server that reads the same body and answers the same bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bed } from './bed.ts';
import { expectAnswer, measureLoad, ratioOfCpu, ratioOfRates, type Sample, type Target } from './load.ts';
import { secretAt } from './make-keys.ts';
import { median } from './measure.ts';
import { startMiftah } from './miftah-server.ts';
import type { Benchmark } from './report.ts';
import { describeKeys, measuredPath, prepareMiftah } from './setting.ts';

export const verify: Benchmark = {
  title: '3. Verify call',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const keySet = describeKeys();
    const config = await prepareMiftah(bed, { name: 'verify', keys: 1000, keySet });
    const { program, internalPort } = await startMiftah(bed, config);
    const token = readFileSync(join(bed.folder, 'verify-data', 'operator-token'), 'utf8').trim();
    const question = JSON.stringify({
      api: 'classic',
      secret: secretAt(keySet, 0),
      method: 'GET',
      path: measuredPath,
      clientIp: '127.0.0.1',
    });
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const script = { file: await bed.write('verify.lua', verifyScript), args: [await bed.write('question', question)] };
    const miftah: Target = {
      name: '/v1/verify',
      url: `http://127.0.0.1:${internalPort}/v1/verify`,
      headers,
      script,
      programs: [program],
    };
    const answer = await expectAnswer(miftah, 200, question);
    if (JSON.parse(answer).verdict !== 'allowed') throw new Error(`/v1/verify refused the key: ${answer}`);
    const echo = await bed.startNode('programs/echo-verdict.ts', ['--body', await bed.write('answer', answer)]);
    const bare: Target = { ...miftah, name: 'bare', url: `http://127.0.0.1:${echo.port}/v1/verify`, programs: [echo] };

    const load = { rounds: isQuick ? 1 : 21, seconds: 1, connections: 32 };
    const [floor = [], own = []] = await measureLoad([bare, miftah], load);
    const rates = floor.map(({ requestsPerSecond }: Sample) => requestsPerSecond);
    return [
      {
        what: '/v1/verify over a bare server that answers the same bytes',
        ratio: ratioOfRates(own, floor),
        cpu: ratioOfCpu(own, floor),
        goal: { atLeast: 0.85 },
        note: `bare server ${Math.round(median(rates))} requests/s`,
      },
    ];
  },
};

const verifyScript = `
function init(args)
  local file = io.open(args[1], 'r')
  wrk.body = file:read('*a')
  wrk.method = 'POST'
  file:close()
end
`;
