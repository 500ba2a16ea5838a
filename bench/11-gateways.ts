// Benchmark 11: nginx that asks Miftah about each request, beside nginx that asks the least possible service, and
// beside nginx that asks no one.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nginxSnippet } from '../src/cli/gateways/nginx.ts';
import { type ProxiedApi, readGatewaySetting } from '../src/cli/gateways/setting.ts';
import { loadConfig } from '../src/config/load.ts';
import { freePort } from '../test/free-port.ts';
import { Bed, type Program } from './bed.ts';
import {
  expectAnswer,
  type Latency,
  measureLatency,
  measureLoad,
  ratioOfCpu,
  ratioOfRates,
  type Sample,
  type Target,
} from './load.ts';
import { secretAt } from './make-keys.ts';
import { median, ratioOf } from './measure.ts';
import { startMiftah } from './miftah-server.ts';
import { nginxAuthRequest, nginxMiftah, nginxPlain, nginxUpstream } from './peers/proxy-configs.ts';
import type { Benchmark, Row } from './report.ts';
import { apiHost, describeKeys, measuredPath, prepareMiftah } from './setting.ts';

export const gateways: Benchmark = {
  title: '11. Gateways',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const upstream = await startNginx('upstream', nginxUpstream);
    const keySet = describeKeys();
    const secret = secretAt(keySet, 0);
    const origin = `http://127.0.0.1:${upstream.port}`;
    const file = await prepareMiftah(bed, { name: 'gateways', keys: 1000, keySet, upstream: origin });
    const miftah = await startMiftah(bed, file);
    const check = await bed.startNode('peers/map-check-service.ts', ['--secret', secret]);
    const ports = (port: number) => ({ port, upstream: upstream.port, check: check.port });

    const config = loadConfig({ file, environment: {} });
    const address = { host: '127.0.0.1', port: miftah.internalPort };
    const setting = readGatewaySetting(config, config.apis[0] as ProxiedApi, { environment: 'live', address });
    const token = await readFile(join(config.dataDir, 'operator-token'), 'utf8');
    const tokenFile = await bed.write('token', `proxy_set_header X-Miftah-Token "${token.trim()}";\n`);
    const printed = nginxSnippet(setting);

    const asksMiftah = await startNginx('miftah', (port) => nginxMiftah(port, { printed, tokenFile }));
    const asksMap = await startNginx('auth-request', (port) => nginxAuthRequest(ports(port)));
    const asksNoOne = await startNginx('plain', (port) => nginxPlain(ports(port)));
    const targets = [
      target('nginx + Miftah', asksMiftah, [miftah.program]),
      target('nginx + a Map', asksMap, [check]),
      target('nginx', asksNoOne, []),
    ];
    for (const each of targets) {
      await expectAnswer(each, 200);
      const forged = { ...each.headers, Authorization: `Bearer ${secret.slice(0, -1)}~` };
      if (each.name !== 'nginx') await expectAnswer({ ...each, headers: forged }, 401);
    }
    const rounds = isQuick ? 1 : 15;
    const [own, least, plain] = (await measureLoad(targets, { rounds, seconds: 1, connections: 32 })) as [
      Sample[],
      Sample[],
      Sample[],
    ];
    // With few connections, a reply waits for little but its own work.
    const [ownTimes, leastTimes, plainTimes] = (await measureLatency(targets, {
      rounds,
      seconds: 1,
      connections: 2,
    })) as [Latency[], Latency[], Latency[]];
    const rateOf = (samples: readonly Sample[]) =>
      `${Math.round(median(samples.map(({ requestsPerSecond }) => requestsPerSecond)))} requests/s`;
    const timesOf = (share: keyof Latency): Row => {
      const added = (times: readonly Latency[]) =>
        median(times.map((each, round) => each[share] - (plainTimes[round] as Latency)[share])).toFixed(2);
      return {
        what: `${share === 'p50Ms' ? 'p50' : 'p99'} of nginx + Miftah over nginx`,
        ratio: ratioOf(
          ownTimes.map((each) => each[share]),
          plainTimes.map((each) => each[share]),
        ),
        note: `adds ${added(ownTimes)} ms; a Map adds ${added(leastTimes)} ms`,
      };
    };
    return [
      {
        what: 'nginx + Miftah over nginx + a Map in Node',
        ratio: ratioOfRates(own, least),
        cpu: ratioOfCpu(own, least),
        goal: { atLeast: 1 },
        note: `${rateOf(own)} over ${rateOf(least)}`,
      },
      {
        what: 'nginx + Miftah over nginx',
        ratio: ratioOfRates(own, plain),
        cpu: ratioOfCpu(own, plain),
        note: rateOf(plain),
      },
      timesOf('p50Ms'),
      timesOf('p99Ms'),
    ];

    async function startNginx(name: string, configure: (port: number) => string): Promise<Program> {
      const port = await freePort();
      const path = await bed.write(`${name}.conf`, configure(port));
      return bed.start({ command: 'nginx', args: ['-p', bed.folder, '-e', 'stderr', '-c', path], port });
    }

    function target(name: string, nginx: Program, asked: readonly Program[]) {
      const url = `http://127.0.0.1:${nginx.port}${measuredPath}`;
      const headers = { Host: apiHost, Authorization: `Bearer ${secret}` };
      return { name, url, headers, programs: [nginx, ...asked] } satisfies Target;
    }
  },
};
