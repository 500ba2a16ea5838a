// A reload over several nodes on one store in memory: which of them change, and who is named.
import { expect, test } from 'vitest';
import type { ConfigFault, ReloadAuthor, ReloadResult, ReloadWish } from '../management/installation-ports.ts';
import type { ReloadStore, ReportingNode } from './ports.ts';
import { ReloadMember, type ReloadRequest } from './reload-member.ts';
import { createReloads } from './reloads.ts';

interface TestNode {
  readonly id: string;
  /** The digest of its file; faults: the file is invalid. */
  file: string | readonly ConfigFault[];
  /** The digest that it uses. */
  used: string;
  /** Who told it to change, in order. */
  readonly authors: ReloadAuthor[];
  /** Whether it renews, and so takes part. */
  isAlive: boolean;
  /** Called before it uses a configuration; the faults that it returns stop it. */
  beforeUse: () => readonly ConfigFault[];
  readonly member: ReloadMember;
}

const fault = { place: 'miftah.yaml:6', setting: 'apis[0].profile', detail: 'is not known' };
const author = { kind: 'operator', address: '127.0.0.1', requestId: 'req_1' } as const;
const wish: ReloadWish = { author, isDryRun: false, mayDiffer: false };

/** Nodes that renew whenever a stage looks for their answers. Time passes only while it waits. */
function createCluster(...ids: string[]) {
  const open: { id: string | undefined; request: string | undefined } = { id: undefined, request: undefined };
  let nowMs = 0;
  const nodes = ids.map((id): TestNode => {
    const node: TestNode = {
      id,
      file: 'new',
      used: 'old',
      authors: [],
      isAlive: true,
      beforeUse: () => [],
      member: new ReloadMember(() => undefined),
    };
    node.member.follow(async () => {
      const { file, used: before } = node;
      if (typeof file !== 'string') return { kind: 'refused', faults: file };
      return {
        kind: 'ready',
        ...{ before, after: file, changed: file === before ? [] : ['log.level'], needRestart: [] },
        async use(by) {
          const faults = node.beforeUse();
          if (faults.length > 0) return faults;
          node.authors.push(by);
          node.used = file;
          return [];
        },
      };
    });
    return node;
  });
  const gone = new Set<string>();
  const store: ReloadStore = {
    async open(id, request) {
      if (open.id !== undefined) return false;
      Object.assign(open, { id, request });
      return true;
    },
    async replace(id, request) {
      if (open.id !== id) return false;
      open.request = request;
      return true;
    },
    async close(id) {
      if (open.id === id) Object.assign(open, { id: undefined, request: undefined });
      renew();
    },
    async listReports() {
      renew();
      const present = nodes.filter(({ id }) => !gone.has(id));
      return present.map(({ id, member, isAlive }): ReportingNode => {
        const reload = isAlive && member.answer !== undefined ? JSON.stringify(member.answer) : undefined;
        return { nodeId: id, nodeName: 'host', reload };
      });
    },
  };
  function renew(): void {
    const request = open.request === undefined ? undefined : (JSON.parse(open.request) as ReloadRequest);
    for (const { isAlive, member } of nodes) if (isAlive) member.observe(request);
  }
  const runOn = (at: number) =>
    createReloads({
      member: (nodes[at] as TestNode).member,
      nodeId: () => ids[at] as string,
      nodeName: 'host',
      nodes: {
        store,
        notifications: { onAcknowledged: () => () => undefined },
        clock: { nowMs: () => nowMs },
        timer: {
          start(delayMs, run) {
            nowMs += delayMs;
            setImmediate(run);
            return () => undefined;
          },
        },
      },
    });
  return { nodes: nodes as [TestNode, TestNode, TestNode], gone, store, open, runOn, elapsedMs: () => nowMs };
}

const outcomes = ({ nodes }: ReloadResult) => nodes.map(({ id, outcome }) => `${id} ${outcome}`);

test('all nodes change together, by the word of the operator', async () => {
  const { nodes, runOn, open } = createCluster('a', 'b', 'c');
  const result = await runOn(1).run(wish);
  expect(result).toMatchObject({
    kind: 'done',
    nodes: [
      { id: 'a', isThis: false, outcome: 'changed', before: 'old', after: 'new', changed: ['log.level'] },
      { id: 'b', isThis: true, outcome: 'changed' },
      { id: 'c', isThis: false, outcome: 'changed' },
    ],
  });
  for (const { used, authors } of nodes) expect([used, authors]).toEqual(['new', [author]]);
  expect(open.id).toBeUndefined();
  expect(outcomes(await runOn(0).run(wish))).toEqual(['a unchanged', 'b unchanged', 'c unchanged']);
});

test('one faulty file stops all nodes, and a dry run changes none', async () => {
  const { nodes, runOn } = createCluster('a', 'b', 'c');
  nodes[2].file = [fault];
  const refused = await runOn(0).run(wish);
  expect(refused.kind).toBe('refused');
  expect(outcomes(refused)).toEqual(['a ready', 'b ready', 'c refused']);
  expect(refused.nodes[2]?.faults).toEqual([fault]);
  nodes[2].file = 'new';
  const checked = await runOn(0).run({ ...wish, isDryRun: true });
  expect([checked.kind, ...outcomes(checked)]).toEqual(['checked', 'a ready', 'b ready', 'c ready']);
  expect(nodes.map(({ used }) => used)).toEqual(['old', 'old', 'old']);
});

test('nodes with different files stay as they are, unless differences are allowed', async () => {
  const { nodes, runOn } = createCluster('a', 'b', 'c');
  nodes[1].file = 'other';
  expect(await runOn(0).run(wish)).toMatchObject({ kind: 'differs', nodes: [{}, { id: 'b', after: 'other' }, {}] });
  expect(nodes.map(({ used }) => used)).toEqual(['old', 'old', 'old']);
  expect((await runOn(0).run({ ...wish, mayDiffer: true })).kind).toBe('done');
  expect(nodes.map(({ used }) => used)).toEqual(['new', 'other', 'new']);
});

test('a node that does not answer is named and stops the others; one that leaves does not', async () => {
  const { nodes, runOn, gone, elapsedMs } = createCluster('a', 'b', 'c');
  nodes[1].isAlive = false;
  const silent = await runOn(0).run(wish);
  expect([silent.kind, ...outcomes(silent)]).toEqual(['silent', 'a ready', 'b silent', 'c ready']);
  expect(elapsedMs()).toBeGreaterThanOrEqual(10_000);
  expect(nodes.map(({ used }) => used)).toEqual(['old', 'old', 'old']);

  const run = runOn(0).run(wish);
  setImmediate(() => setImmediate(() => gone.add('b')));
  const done = await run;
  expect([done.kind, ...outcomes(done)]).toEqual(['done', 'a changed', 'c changed', 'b gone']);
});

test('a node that can not change after its check is named, and so is one that is cut off', async () => {
  const { nodes, runOn } = createCluster('a', 'b', 'c');
  nodes[0].beforeUse = () => [fault];
  nodes[1].beforeUse = () => {
    nodes[2].isAlive = false;
    return [];
  };
  const result = await runOn(0).run(wish);
  expect([result.kind, ...outcomes(result)]).toEqual(['incomplete', 'a failed', 'b changed', 'c silent']);
});

test('nodes change although the node that runs the reload dies after its decision', async () => {
  const { nodes, store, open } = createCluster('a', 'b', 'c');
  const requestOf = (stage: string) => JSON.stringify({ id: 'r1', stage, author });
  await store.open('r1', requestOf('check'));
  await store.listReports();
  await expect.poll(async () => (await store.listReports()).every(({ reload }) => reload !== undefined)).toBe(true);
  await store.replace('r1', requestOf('use'));
  await store.listReports();
  await expect.poll(() => nodes.map(({ used }) => used)).toEqual(['new', 'new', 'new']);
  // A node that joins now has started with its file, so it has nothing to do.
  const late = new ReloadMember(() => undefined);
  late.observe(JSON.parse(open.request as string) as ReloadRequest);
  expect(late.answer).toBeUndefined();
});

test('two reloads never run at a time, and a node without a file takes part in none', async () => {
  const { runOn, store } = createCluster('a', 'b');
  const [first, second] = [runOn(0).run(wish), runOn(1).run(wish)];
  expect([(await first).kind, (await second).kind].toSorted()).toEqual(['busy', 'done']);
  await store.open('r1', '{"id":"r1","stage":"use"}');
  expect(await runOn(0).run(wish)).toEqual({ kind: 'busy', nodes: [] });
  const member = new ReloadMember(() => undefined);
  const alone = createReloads({ member, nodeId: () => 'a', nodeName: 'a', nodes: undefined });
  expect((await alone.run(wish)).kind).toBe('unsupported');
});
