// Benchmark 11: nginx that asks Miftah about each request, beside nginx that asks the least possible service, which
// replies with nothing or with the same headers, and beside nginx that asks no one.
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { nginxSnippet } from '../src/cli/gateways/nginx.ts';
import { type DecisionsPlace, type ProxiedApi, readGatewaySetting } from '../src/cli/gateways/setting.ts';
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

type Six<T> = [T, T, T, T, T, T];

export const gateways: Benchmark = {
  title: '11. Gateways',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const upstream = await startNginx('upstream', nginxUpstream);
    const keySet = describeKeys();
    const secret = secretAt(keySet, 0);
    const origin = `http://127.0.0.1:${upstream.port}`;
    const file = await prepareMiftah(bed, { name: 'gateways', keys: 1000, keySet, upstream: origin });
    const socketOf = (name: string) => join(bed.folder, `${name}.sock`);
    await appendFile(file, `decisions: { listen: 'unix:${socketOf('miftah')}' }\n`);
    const miftah = await startMiftah(bed, file);
    const config = loadConfig({ file, environment: {} });
    const token = (await readFile(join(config.dataDir, 'operator-token'), 'utf8')).trim();
    const tokenFile = await bed.write('token', `proxy_set_header X-Miftah-Token "${token}";\n`);
    const map = await bed.startNode('peers/map-check-service.ts', ['--secret', secret, '--socket', socketOf('map')]);
    const headers = JSON.stringify(await headersOfMiftah());
    const sameHeaders = await bed.startNode('peers/map-check-service.ts', ['--secret', secret, '--headers', headers]);

    const printedFor = (address: DecisionsPlace) =>
      nginxSnippet(readGatewaySetting(config, config.apis[0] as ProxiedApi, { environment: 'live', address }));
    const withSnippet = (name: string, address: DecisionsPlace) =>
      startNginx(name, (port) => nginxMiftah(port, { printed: printedFor(address), tokenFile }));
    const withMap = (name: string, check: number | string) =>
      startNginx(name, (port) => nginxAuthRequest({ port, upstream: upstream.port, check }));
    const at = (port: number) => ({ host: '127.0.0.1', port });
    const asksNoOne = await startNginx('plain', (port) => nginxPlain({ port, upstream: upstream.port, check: 0 }));
    const targets = {
      own: target('nginx + Miftah', await withSnippet('miftah', at(miftah.internalPort)), [miftah.program]),
      least: target('nginx + a Map', await withMap('map', map.port), [map]),
      same: target('nginx + a Map, same headers', await withSnippet('same', at(sameHeaders.port)), [sameHeaders]),
      ownFile: target('nginx + Miftah, socket', await withSnippet('miftah-file', { file: socketOf('miftah') }), [
        miftah.program,
      ]),
      leastFile: target('nginx + a Map, socket', await withMap('map-file', socketOf('map')), [map]),
      plain: target('nginx', asksNoOne, []),
    };
    for (const each of Object.values(targets)) {
      await expectAnswer(each, 200);
      const forged = { ...each.headers, Authorization: `Bearer ${secret.slice(0, -1)}~` };
      if (each !== targets.plain) await expectAnswer({ ...each, headers: forged }, 401);
    }
    const rounds = isQuick ? 1 : 15;
    const [own, least, same, ownFile, leastFile, plain] = (await measureLoad(Object.values(targets), {
      rounds,
      seconds: 1,
      connections: 32,
    })) as Six<Sample[]>;
    // With few connections, a reply waits for little but its own work.
    const timed = [targets.own, targets.least, targets.ownFile, targets.plain];
    const [ownTimes, leastTimes, ownFileTimes, plainTimes] = (await measureLatency(timed, {
      rounds,
      seconds: 1,
      connections: 2,
    })) as Six<Latency[]>;
    const rateOf = (samples: readonly Sample[]) =>
      `${Math.round(median(samples.map(({ requestsPerSecond }) => requestsPerSecond)))} requests/s`;
    const rowOf = (what: string, samples: Sample[], over: Sample[], goal?: Row['goal']): Row => ({
      what,
      ratio: ratioOfRates(samples, over),
      cpu: ratioOfCpu(samples, over),
      note: `${rateOf(samples)} over ${rateOf(over)}`,
      ...(goal && { goal }),
    });
    const timesOf = (share: keyof Latency): Row => {
      const added = (times: readonly Latency[]) =>
        median(times.map((each, round) => each[share] - (plainTimes[round] as Latency)[share])).toFixed(2);
      return {
        what: `${share === 'p50Ms' ? 'p50' : 'p99'} of nginx + Miftah over nginx`,
        ratio: ratioOf(
          ownTimes.map((each) => each[share]),
          plainTimes.map((each) => each[share]),
        ),
        note: `adds ${added(ownTimes)} ms, by a unix socket ${added(ownFileTimes)}; a Map adds ${added(leastTimes)}`,
      };
    };
    return [
      rowOf('nginx + Miftah over nginx + a Map in Node', own, least, { atLeast: 1 }),
      // The limit: a service that decides nothing, and whose reply has what Miftah promises to the upstream.
      rowOf('nginx + a Map that sends the same headers over nginx + a Map', same, least),
      rowOf('nginx + Miftah over nginx + a Map that sends the same headers', own, same),
      rowOf('nginx + Miftah over nginx + a Map, both by a unix socket', ownFile, leastFile),
      rowOf('nginx + Miftah by a unix socket over nginx + a Map by TCP', ownFile, least),
      rowOf('nginx + Miftah over nginx', own, plain),
      timesOf('p50Ms'),
      timesOf('p99Ms'),
    ];

    /** The headers of an allowed reply, without those that Node adds to each reply. */
    async function headersOfMiftah(): Promise<string[]> {
      const asked = request({
        host: '127.0.0.1',
        port: miftah.internalPort,
        path: `/auth/nginx/${keySet.apiId}`,
        headers: {
          Authorization: `Bearer ${secret}`,
          'X-Miftah-Token': token,
          'X-Original-Method': 'GET',
          'X-Original-URI': measuredPath,
          'X-Original-Host': apiHost,
          'X-Forwarded-For': '127.0.0.1',
        },
        agent: false,
      }).end();
      const [reply] = (await once(asked, 'response')) as [IncomingMessage];
      await text(reply);
      if (reply.statusCode !== 200) throw new Error(`Miftah answered ${reply.statusCode}`);
      const added = new Set(['date', 'connection', 'keep-alive']);
      return reply.rawHeaders.filter((_, index, all) => !added.has((all[index - (index % 2)] as string).toLowerCase()));
    }

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
