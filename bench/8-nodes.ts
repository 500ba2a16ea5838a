// Benchmark 8: decisions of several nodes on one PostgreSQL, and the cost of a thousand times more keys there.
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'undici';
import { type PostgresServer, startPostgres } from '../test/postgres-server.ts';
import { startRedis } from '../test/redis-server.ts';
import { Bed, cpuSecondsOf } from './bed.ts';
import { type KeySet, secretAt } from './make-keys.ts';
import { makeKeysOnPostgres } from './make-keys-postgres.ts';
import { interleave, median, ratioOf } from './measure.ts';
import { type MiftahServer, startMiftah } from './miftah-server.ts';
import type { Benchmark, Row } from './report.ts';
import { apiHost, describeKeys, measuredPath } from './setting.ts';

const execute = promisify(execFile);
const token = 'mft_benchmark_of_several_nodes_0123456789abcdef';
const connections = 32;
/** Keys that a load uses in turn: more than fit into a cache that is to be missed. */
const keysInUse = 20_000;

/** The questions, the nodes, and the processes whose CPU time counts. */
interface Subject {
  readonly nodes: readonly MiftahServer[];
  /** The bodies to send, one a line. */
  readonly questions: string;
}

interface Sample {
  readonly rate: number;
  /** Microseconds of the nodes for each decision. */
  readonly nodeMicros: number;
  /** Microseconds of PostgreSQL for each decision. */
  readonly storeMicros: number;
  /** Share of the decisions that were not made within the time limit of a look-up. */
  readonly undecided: number;
}

export const severalNodes: Benchmark = {
  title: '8. Several nodes on PostgreSQL',
  async run({ isQuick }) {
    await using bed = await Bed.open();
    const redis = await startRedis();
    const postgres = await startPostgres();
    try {
      const sizes = { small: 1000, large: isQuick ? 20_000 : 1_000_000 };
      const load = { rounds: isQuick ? 1 : 7, seconds: isQuick ? 1 : 2 };
      const script = await bed.write('verify.lua', askInTurn);
      const measure = async (subjects: readonly Subject[]) => {
        for (const subject of subjects) await askAll(subject);
        return interleave(
          subjects.map((subject) => () => loadOnce(subject, { script, seconds: load.seconds, postgres })),
          load.rounds,
        );
      };
      const databases = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
      const [small, large] = databases.map((database) => postgres.urlOf(database)) as [string, string];
      const free = describeKeys();
      const limited = describeKeys([{ limit: 100_000_000, windowSeconds: 86_400 }]);
      await makeKeysOnPostgres(small, sizes.small, free);
      const start = (name: string, url: string, cacheKeys: number) =>
        startNode(bed, { name, url, cacheKeys, redisPort: redis.port });

      const few = await writeQuestions(bed, 'few', free, sizes.small);
      const four: MiftahServer[] = [];
      for (let at = 1; at <= 4; at++) four.push(await start(`node-${at}`, small, 500_000));
      const counts = [1, 2, 4] as const;
      const ofCounts = await measure(counts.map((count) => ({ nodes: four.slice(0, count), questions: few })));
      const rows: Row[] = counts.slice(1).map((count, at) => ({
        what: `/v1/verify of ${count} nodes over one, all in the caches`,
        ...compare(ofCounts[at + 1], ofCounts[0]),
      }));
      for (const { program } of four) await bed.stop(program);

      const counted = postgres.urlOf(await postgres.createDatabase());
      await makeKeysOnPostgres(counted, sizes.small, limited);
      const [plain, limiting] = [await start('plain', small, 500_000), await start('limiting', counted, 500_000)];
      const [without = [], within = []] = await measure([
        { nodes: [plain], questions: few },
        { nodes: [limiting], questions: await writeQuestions(bed, 'limited', limited, sizes.small) },
      ]);
      rows.push({
        what: 'one node, with a limit counted in Redis in blocks over without',
        ...compare(within, without),
      });
      for (const { program } of [plain, limiting]) await bed.stop(program);

      await makeKeysOnPostgres(large, sizes.large, free);
      const many = await writeQuestions(bed, 'many', free, sizes.large);
      // In turn, no key is found again in a cache that holds fewer keys.
      const [smallCached, largeCached, smallMissing, largeMissing] = [
        { nodes: [await start('small-cached', small, 2_000_000)], questions: few },
        { nodes: [await start('large-cached', large, 2_000_000)], questions: many },
        { nodes: [await start('small-missing', small, sizes.small / 50)], questions: few },
        { nodes: [await start('large-missing', large, keysInUse / 50)], questions: many },
      ];
      const [a = [], b = [], c = [], d = []] = await measure([smallCached, largeCached, smallMissing, largeMissing]);
      const stored = sizes.large.toLocaleString('en');
      rows.push(
        { what: `one node, ${stored} stored keys over 1,000: in the cache`, ...compare(b, a) },
        { what: `one node, ${stored} stored keys over 1,000: each read from PostgreSQL`, ...compare(d, c) },
        { what: 'one node, 1,000 keys: each read from PostgreSQL over in the cache', ...compare(c, a) },
      );
      return rows;
    } finally {
      await Promise.all([postgres.dispose(), redis.stop()]);
    }
  },
};

/** Starts a node, as its users do. */
async function startNode(
  bed: Bed,
  node: { readonly name: string; readonly url: string; readonly cacheKeys: number; readonly redisPort: number },
): Promise<MiftahServer> {
  const folder = join(bed.folder, node.name);
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, 'operator-token'), `${token}\n`, { mode: 0o600 });
  const config = await bed.write(
    `${node.name}.yaml`,
    `dataDir: ${folder}
database: "${node.url}"
coordination: redis://127.0.0.1:${node.redisPort}
nodes: 8
drainSeconds: 0
cache: { keys: ${node.cacheKeys} }
apis:
  - id: classic
    profile: classic
    hosts: [${apiHost}]
    upstream: http://127.0.0.1:9
`,
  );
  return startMiftah(bed, config);
}

/** Writes questions about keys drawn evenly from all of them, each once. */
function writeQuestions(bed: Bed, name: string, keySet: KeySet, keys: number): Promise<string> {
  const count = Math.min(keys, keysInUse);
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({
      api: 'classic',
      secret: secretAt(keySet, Math.floor((at * keys) / count)),
      method: 'GET',
      path: measuredPath,
      clientIp: '127.0.0.1',
    }),
  );
  return bed.write(`${name}.questions`, lines.join('\n'));
}

const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };

/** Loads all nodes at once, with a generator for each. */
async function loadOnce(
  { nodes, questions }: Subject,
  {
    script,
    seconds,
    postgres,
  }: { readonly script: string; readonly seconds: number; readonly postgres: PostgresServer },
): Promise<Sample> {
  const programs = nodes.map(({ program }) => program);
  const urls = nodes.map(({ internalPort }) => `http://127.0.0.1:${internalPort}/v1/verify`);
  const undecided = await countUndecided(nodes);
  const before = { nodes: cpuSecondsOf(programs), store: cpuSecondsOfPostgres(postgres) };
  const args = ['-t1', `-c${connections / nodes.length}`, `-d${seconds}s`, '--timeout', '10s', '-s', script];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}: ${value}`);
  const outputs = await Promise.all(urls.map((url) => execute('wrk', [...args, url, '--', questions])));
  let requests = 0;
  let rate = 0;
  for (const { stdout } of outputs) {
    if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`a node failed under load:\n${stdout}`);
    requests += Number(/(\d+) requests in/.exec(stdout)?.[1]);
    rate += Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  }
  const perRequest = (seconds: number) => (seconds * 1e6) / requests;
  const sample = {
    nodeMicros: perRequest(cpuSecondsOf(programs) - before.nodes),
    storeMicros: perRequest(cpuSecondsOfPostgres(postgres) - before.store),
  };
  return { rate, ...sample, undecided: ((await countUndecided(nodes)) - undecided) / requests };
}

/** Asks every node every question until each answer is `allowed`, so that the caches are full. */
async function askAll({ nodes, questions }: Subject): Promise<void> {
  const bodies = (await readFile(questions, 'utf8')).split('\n');
  for (const { internalPort } of nodes) {
    const pool = new Pool(`http://127.0.0.1:${internalPort}`, { connections });
    let next = 0;
    const askRest = async (): Promise<void> => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        // A new node on a busy machine may exceed the 250 ms of a look-up.
        for (let left = 20; !(await isAllowed(pool, body)); left--) {
          if (left === 0) throw new Error(`a node does not allow what it should: ${body}`);
        }
      }
    };
    await Promise.all(Array.from({ length: connections }, askRest));
    await pool.close();
  }
}

async function isAllowed(pool: Pool, body: string): Promise<boolean> {
  const reply = await pool.request({ method: 'POST', path: '/v1/verify', headers, body });
  return (await reply.body.text()).includes('"allowed"');
}

/** Number of decisions that were not made. */
async function countUndecided(nodes: readonly MiftahServer[]): Promise<number> {
  let count = 0;
  for (const { internalPort } of nodes) {
    const text = await (await fetch(`http://127.0.0.1:${internalPort}/metrics`)).text();
    for (const [, value] of text.matchAll(/^miftah_verifications_total\{.*outcome="unavailable".*\} (\d+)$/gm))
      count += Number(value);
  }
  return count;
}

function compare(samples: readonly Sample[] = [], over: readonly Sample[] = []): Pick<Row, 'ratio' | 'cpu' | 'note'> {
  const series = (of: readonly Sample[], pick: (sample: Sample) => number) => of.map(pick);
  const cpu = (sample: Sample) => sample.nodeMicros + sample.storeMicros;
  const micros = (of: readonly Sample[]) => {
    const [node, store] = [
      median(series(of, (each) => each.nodeMicros)),
      median(series(of, (each) => each.storeMicros)),
    ];
    return `${node.toFixed(0)} + ${store.toFixed(0)} µs`;
  };
  const rate = ({ rate: each }: Sample) => each;
  const undecided = Math.max(...[...samples, ...over].map((sample) => sample.undecided));
  const failed = undecided === 0 ? '' : `; up to ${(100 * undecided).toFixed(2)} % undecided`;
  return {
    ratio: ratioOf(series(samples, rate), series(over, rate)),
    cpu: ratioOf(series(samples, cpu), series(over, cpu)),
    note:
      `CPU of node + PostgreSQL ${micros(samples)} over ${micros(over)}; ` +
      `${Math.round(median(series(over, rate)))} decisions/s${failed}`,
  };
}

/**
 * CPU seconds, user and system, of all processes of the server, also of ended ones. `NaN` on a system without /proc.
 */
function cpuSecondsOfPostgres({ dataDir }: PostgresServer): number {
  try {
    const pid = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0] as string;
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', pid], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    const all = [Number(pid), ...children.map(Number)].map((each) => cpuSecondsOf([{ pid: each, port: 0 }]));
    // proc_pid_stat(5): the times of ended children.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ended = (Number(fields[13]) + Number(fields[14])) / 100;
    return all.filter(Number.isFinite).reduce((sum, each) => sum + each, ended);
  } catch {
    return Number.NaN;
  }
}

const askInTurn = `
local requests = {}
local at = 0
function init(args)
  wrk.method = 'POST'
  for line in io.lines(args[1]) do
    wrk.body = line
    requests[#requests + 1] = wrk.format()
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
`;
