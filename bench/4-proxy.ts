// Benchmark 4: the data plane beside plain proxies, and beside other ways to check keys at the edge.
import { join } from 'node:path';
import { freePort } from '../test/free-port.ts';
import { Bed, type Program } from './bed.ts';
import { expectAnswer, measureLoad, ratioOfCpu, ratioOfRates, type Sample, type Target } from './load.ts';
import { secretAt } from './make-keys.ts';
import { median } from './measure.ts';
import { startMiftah } from './miftah-server.ts';
import { startExpressGateway } from './peers/express-gateway.ts';
import {
  caddyForwardAuth,
  haproxyPlain,
  nginxAuthRequest,
  nginxPlain,
  nginxUpstream,
  type Ports,
} from './peers/proxy-configs.ts';
import type { Benchmark, Row } from './report.ts';
import { apiHost, describeKeys, measuredPath, prepareMiftah } from './setting.ts';

/** A way to forward a request, with or without a check of its key. */
interface Contestant extends Target {
  readonly checksKeys: boolean;
  readonly headers: { readonly Host: string; readonly Authorization: string };
}

export const proxy: Benchmark = {
  title: '4. Proxy',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const upstream = await startNginx('upstream', nginxUpstream);
    const origin = `http://127.0.0.1:${upstream.port}`;
    const keySet = describeKeys();
    const secret = secretAt(keySet, 0);

    const config = await prepareMiftah(bed, { name: 'proxy', keys: 1000, keySet, upstream: origin });
    const miftah = await startMiftah(bed, config);
    const check = await bed.startNode('peers/key-check-service.ts', ['--secret', secret]);
    const contestants: Contestant[] = [
      contestant('Miftah', miftah.publicPort, [miftah.program], true),
      await startPlain('undici', 'peers/plain-proxy-undici.ts'),
      await startPlain('node:http', 'peers/plain-proxy-node-http.ts'),
      await startNginxPlain(),
      await startHaproxy(),
      await startNginxAuthRequest(),
      await startCaddy(),
      await startGateway(),
    ];
    for (const target of contestants) {
      await expectAnswer(target, 200);
      const forged = { ...target.headers, Authorization: `${target.headers.Authorization.slice(0, -1)}~` };
      if (target.checksKeys) await expectAnswer({ ...target, headers: forged }, 401);
    }
    const load = { rounds: isQuick ? 1 : 15, seconds: 1, connections: 32 };
    const samples = await measureLoad(contestants, load);
    const own = samples[0] as Sample[];
    return contestants.slice(1).map((target, at): Row => {
      const theirs = samples[at + 1] as Sample[];
      const rates = theirs.map(({ requestsPerSecond }) => requestsPerSecond);
      const goal = target.name === 'undici' ? { atLeast: 0.9 } : target.checksKeys ? { atLeast: 1 } : undefined;
      return {
        what: `Miftah over ${target.checksKeys ? '' : 'plain proxy '}${target.name}`,
        ratio: ratioOfRates(own, theirs),
        cpu: ratioOfCpu(own, theirs),
        ...(goal === undefined ? {} : { goal }),
        note: `${Math.round(median(rates))} requests/s`,
      };
    });

    function contestant(name: string, port: number, programs: readonly Program[], checksKeys: boolean): Contestant {
      const url = `http://127.0.0.1:${port}${measuredPath}`;
      return { name, url, headers: { Host: apiHost, Authorization: `Bearer ${secret}` }, programs, checksKeys };
    }

    async function startPlain(name: string, path: string): Promise<Contestant> {
      const program = await bed.startNode(path, ['--upstream', origin]);
      return contestant(name, program.port, [program], false);
    }

    async function startNginx(name: string, configure: (port: number) => string): Promise<Program> {
      const port = await freePort();
      const file = await bed.write(`${name}.conf`, configure(port));
      return bed.start({ command: 'nginx', args: ['-p', bed.folder, '-e', 'stderr', '-c', file], port });
    }

    async function startNginxPlain(): Promise<Contestant> {
      const program = await startNginx('plain', (port) => nginxPlain(portsWith(port)));
      return contestant('nginx', program.port, [program], false);
    }

    async function startNginxAuthRequest(): Promise<Contestant> {
      const program = await startNginx('auth-request', (port) => nginxAuthRequest(portsWith(port)));
      return contestant('nginx auth_request + a Node service', program.port, [program, check], true);
    }

    async function startGateway(): Promise<Contestant> {
      const { program, authorization } = await startExpressGateway(bed, upstream.port);
      const target = contestant('express-gateway key-auth', program.port, [program], true);
      return { ...target, headers: { Host: apiHost, Authorization: authorization } };
    }

    function portsWith(port: number): Ports {
      return { port, upstream: upstream.port, check: check.port };
    }

    async function startHaproxy(): Promise<Contestant> {
      const port = await freePort();
      const file = await bed.write('haproxy.cfg', haproxyPlain(portsWith(port)));
      const program = await bed.start({ command: 'haproxy', args: ['-db', '-f', file], port });
      return contestant('HAProxy', port, [program], false);
    }

    async function startCaddy(): Promise<Contestant> {
      const port = await freePort();
      const file = await bed.write('Caddyfile', caddyForwardAuth(portsWith(port)));
      const program = await bed.start({
        command: 'caddy',
        args: ['run', '--config', file, '--adapter', 'caddyfile'],
        port,
        env: { GOMAXPROCS: '1', XDG_DATA_HOME: join(bed.folder, 'caddy'), XDG_CONFIG_HOME: join(bed.folder, 'caddy') },
      });
      return contestant('Caddy forward_auth + a Node service', port, [program, check], true);
    }
  },
};
