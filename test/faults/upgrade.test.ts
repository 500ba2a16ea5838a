// An upgrade of nodes one by one: versions run beside each other on one database, answer alike, and no request fails.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../free-port.ts';
import { startBalancer } from '../nodes/balancer.ts';
import { createKey, createKeys, type Fleet, type FleetNode, startFleet } from '../nodes/fleet.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { type RedisServer, startRedis } from '../redis-server.ts';
import { startRollingLoad } from './rolling-load.ts';
import { layOutEarlier, layOutLater, newestMigration, type Version } from './versions.ts';

/** `MIFTAH_RATE=300 npx vitest run test/faults/upgrade.test.ts` is the long run, with four nodes. */
const nodeCount = process.env.MIFTAH_RATE === undefined ? 3 : 4;
const perSecond = Number(process.env.MIFTAH_RATE ?? 60);

let folder: string;
let postgres: PostgresServer;
let redis: RedisServer;
let upstream: Server;

beforeAll(async () => {
  upstream = createServer((_req, res) => res.end('{}')).listen(0, '127.0.0.1');
  [folder, postgres, redis] = await Promise.all([
    mkdtemp(join(tmpdir(), 'miftah-versions-')),
    startPostgres(),
    startRedis(),
    once(upstream, 'listening'),
  ]);
});
afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await Promise.all([postgres.dispose(), redis.stop(), rm(folder, { recursive: true, force: true })]);
});

interface Question {
  readonly secret: string;
  readonly method?: string;
  readonly path?: string;
  readonly clientIp?: string;
}

interface Answer {
  readonly verdict: string;
  readonly reason?: string;
}

/**
 * A node's answer, without counters and without what only newer versions return: the headers for an allowed request.
 */
async function answerOf(node: FleetNode, question: Question): Promise<Answer> {
  const ask = () => node.admin('POST', '/v1/verify', { api: 'classic', ...question });
  let answer = await ask();
  // A look-up may take 250 ms on a busy machine, and is then not answered.
  for (let again = 0; again < 20 && answer.body.reason === 'unavailable'; again++) answer = await ask();
  const { status, body } = answer;
  const { rate: _, forward: __, reply, ...verdict } = body;
  const refusal = verdict.verdict === 'refused' ? { reply } : {};
  return JSON.parse(
    JSON.stringify({ status, ...verdict, ...refusal }, (name, value) => (name === 'X-Request-Id' ? '' : value)),
  );
}

interface Upgraded {
  readonly fleet: Fleet;
  readonly org: string;
  readonly url: string;
}

/** Keys in every state, with what is asked about each, and what all nodes must answer. */
async function createStock(node: FleetNode, org: string): Promise<{ questions: Question[]; expected: string[] }> {
  const suspended = (await node.admin('POST', '/v1/orgs', { name: 'Late' })).body.id as string;
  const make = (fields: object, owner = org) => createKey(node, owner, fields);
  const good = await make({});
  const here = await make({ addresses: ['203.0.113.7'] });
  const narrow = await make({ endpoints: ['GET /v1/users/*'] });
  const revoked = await make({});
  const idle = await make({}, suspended);
  await node.admin('DELETE', `/v1/keys/${revoked.id}`);
  await node.admin('POST', `/v1/orgs/${suspended}/suspend`);
  const rows: readonly [Question, string][] = [
    [{ secret: good.secret }, 'allowed'],
    [{ secret: here.secret, clientIp: '203.0.113.7' }, 'allowed'],
    [{ secret: here.secret, clientIp: '203.0.113.8' }, 'address_not_allowed'],
    [{ secret: narrow.secret, method: 'GET', path: '/v1/users/1' }, 'allowed'],
    [{ secret: narrow.secret, method: 'POST', path: '/v1/users/1' }, 'endpoint_not_allowed'],
    [{ secret: revoked.secret }, 'key_revoked'],
    [{ secret: idle.secret }, 'org_suspended'],
    [{ secret: `${good.secret.slice(0, -6)}000000` }, 'credential_malformed'],
  ];
  return { questions: rows.map(([question]) => question), expected: rows.map(([, answer]) => answer) };
}

/** Asks all nodes all questions. Returns how many answers were compared. */
async function expectAlike(fleet: Fleet, questions: readonly Question[], expected: readonly string[]): Promise<number> {
  for (const [at, question] of questions.entries()) {
    const answers = await Promise.all(fleet.nodes.map((node) => answerOf(node, question)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const { verdict, reason } = answers[0] as Answer;
    expect([question, reason ?? verdict]).toEqual([question, expected[at]]);
  }
  return questions.length * fleet.nodes.length;
}

/** A change by one node holds on all when the call returns, whatever their versions. */
async function expectChangesHold(fleet: Fleet, org: string): Promise<number> {
  let probes = 0;
  const expectAll = async (secret: string, wanted: string) => {
    const answers = await Promise.all(fleet.nodes.map((node) => answerOf(node, { secret, method: 'GET', path: '/' })));
    for (const { reason, verdict } of answers) expect(reason ?? verdict).toBe(wanted);
    probes += nodeCount;
  };
  for (const node of fleet.nodes) {
    const { id, secret } = await createKey(node, org);
    await expectAll(secret, 'allowed');
    const other = fleet.node(node.at + 1);
    expect((await other.admin('PATCH', `/v1/keys/${id}`, { endpoints: ['GET /v1/none'] })).status).toBe(200);
    await expectAll(secret, 'endpoint_not_allowed');
    expect((await node.admin('DELETE', `/v1/keys/${id}`)).status).toBe(200);
    await expectAll(secret, 'key_revoked');
  }
  return probes;
}

async function upgrade(
  from: Version | undefined,
  to: Version | undefined,
  check: (upgraded: Upgraded) => Promise<void>,
) {
  const url = postgres.urlOf(await postgres.createDatabase());
  await using fleet = await startFleet({
    databases: Array.from({ length: nodeCount }, () => url),
    redisPort: redis.port,
    upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    extra: 'drainSeconds: 3',
    ...(from !== undefined && { program: from.program }),
  });
  const org = await fleet.createOrg();
  const { questions, expected } = await createStock(fleet.node(0), org);
  const secrets = (await createKeys(fleet, org, 10)).map(({ secret }) => secret);
  const [publicPort, internalPort] = [await freePort(), await freePort()];
  const internal = fleet.nodes.map((node) => ({ publicPort: node.internalPort, internalPort: node.internalPort }));
  const balancers = [await startBalancer(publicPort, fleet.nodes), await startBalancer(internalPort, internal)];
  try {
    const options = { publicPort, internalPort, token: fleet.token, org, secrets, perSecond, changesPerSecond: 2 };
    const load = await startRollingLoad(options);
    let compared = await expectAlike(fleet, questions, expected);
    for (const node of fleet.nodes) {
      expect(await node.stop()).toBe(0);
      await node.start(to?.program);
      compared += await expectAlike(fleet, questions, expected);
      compared += await expectChangesHold(fleet, org);
    }
    const { sent, changes, failures, undecided } = await load.stop();
    process.stdout.write(
      `schema ${from?.schema ?? newestMigration} to ${to?.schema ?? newestMigration}: ${sent} requests at ${perSecond}/s, ${changes} keys created and revoked, ${failures.length} failed, ${undecided.length} undecided; ${compared} answers compared\n`,
    );
    expect(failures.slice(0, 10)).toEqual([]);
    expect(undecided.length).toBeLessThan(sent / 100);
    await check({ fleet, org, url });
  } finally {
    await Promise.all(balancers.map((balancer) => balancer.close()));
  }
}

/** Number of the newest migration of the database. */
async function schemaOf(url: string): Promise<unknown> {
  const [row] = await postgres.query(databaseOf(url), 'SELECT max(number)::int AS number FROM schema_migrations');
  return row?.number;
}

const databaseOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

describe(`${nodeCount} nodes are upgraded one by one under load`, () => {
  test('from the version before the newest migration to this one', { timeout: 360_000 }, async () => {
    const earlier = layOutEarlier(join(folder, 'earlier'));
    expect(earlier.schema).toBeLessThan(newestMigration);
    await upgrade(earlier, undefined, async ({ url }) => {
      expect(await schemaOf(url)).toBe(newestMigration);
    });
  });

  test('from this version to one with a new migration; only keys that need the new version are refused', {
    timeout: 360_000,
  }, async () => {
    await upgrade(undefined, layOutLater(join(folder, 'later')), async ({ fleet, org, url }) => {
      expect(await schemaOf(url)).toBe(newestMigration + 1);
      const run = (sql: string, values: readonly unknown[]) => postgres.query(databaseOf(url), sql, values);
      // Neither key was used before, so no node has it in its cache.
      const [restricted, archived, plain] = [
        await createKey(fleet.node(0), org),
        await createKey(fleet.node(0), await fleet.createOrg()),
        await createKey(fleet.node(0), org),
      ];
      await run(
        "UPDATE api_keys SET restrictions = jsonb_set(restrictions::jsonb, '{countries}', '[]') WHERE id = $1",
        [restricted.id],
      );
      await run("UPDATE organizations SET status = 'archived' WHERE id = (SELECT org_id FROM api_keys WHERE id = $1)", [
        archived.id,
      ]);
      // This version again beside the one to come, as when an upgrade is taken back half-way.
      const last = fleet.node(nodeCount - 1);
      expect(await last.stop()).toBe(0);
      await expect(last.start()).rejects.toThrow(`this Miftah supports schema ${newestMigration}`);
      for (const node of fleet.nodes.slice(0, -1)) {
        expect(await node.decide(restricted.secret)).toBe('unavailable');
        expect(await node.decide(archived.secret)).toBe('unavailable');
        expect((await answerOf(node, { secret: plain.secret })).verdict).toBe('allowed');
      }
    });
  });
});
