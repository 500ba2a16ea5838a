// Reloads the configuration of all nodes: every node checks its own, and only then all of them change.
import { randomBytes } from 'node:crypto';
import type { ReloadedNode, ReloadResult, Reloads, ReloadWish } from '../management/installation-ports.ts';
import { foregroundTimer, waiterClock } from './monotonic-clock.ts';
import type { MonotonicClock, Notifications, ReloadStore, ReportingNode, Timer } from './ports.ts';
import type { ReloadAnswer, ReloadMember, ReloadRequest, ReloadStage } from './reload-member.ts';

/** How the node reaches the others. */
export interface ReloadNodes {
  readonly store: ReloadStore;
  readonly notifications: Pick<Notifications, 'onAcknowledged'>;
  readonly clock?: MonotonicClock;
  readonly timer?: Timer;
}

export interface ReloadsOptions {
  readonly member: ReloadMember;
  /** This node's id now. */
  readonly nodeId: () => string;
  readonly nodeName: string;
  /** `undefined`: this process is the only node. */
  readonly nodes: ReloadNodes | undefined;
}

/** How long a stage waits for the answers of all nodes. By then, the record of a node that died is gone. */
const stageMs = 10_000;
/** How often a stage looks for answers, also without a notification. */
const lookEveryMs = 250;

/** Creates the reloads that this node runs. */
export function createReloads({ member, nodeId, nodeName, nodes }: ReloadsOptions): Reloads {
  const nameSelf = (answer: ReloadAnswer | undefined): ReloadedNode => ({
    id: nodeId(),
    name: nodeName,
    isThis: true,
    ...(answer?.node ?? { outcome: 'silent' }),
  });
  let isRunning = false;

  async function runAlone({ author, ...wish }: ReloadWish): Promise<ReloadResult> {
    try {
      const checked = [nameSelf(await member.check(newId()))];
      const obstacle = findObstacle(checked, wish);
      if (obstacle !== undefined) return { kind: obstacle, nodes: checked };
      const used = [nameSelf(await member.use(author))];
      return { kind: isDone(used) ? 'done' : 'incomplete', nodes: used };
    } finally {
      member.observe(undefined);
    }
  }

  async function runOnAll(others: ReloadNodes, { author, ...wish }: ReloadWish): Promise<ReloadResult> {
    const { store } = others;
    const id = newId();
    const requestOf = (stage: ReloadStage): string => JSON.stringify({ id, stage, author } satisfies ReloadRequest);
    if (!(await store.open(id, requestOf('check')))) return { kind: 'busy', nodes: [] };
    try {
      const checked = await gather(others, { id, stage: 'check' });
      const obstacle = findObstacle(checked, wish);
      if (obstacle !== undefined) return { kind: obstacle, nodes: checked };
      // From here on the store has the decision, so nodes change even if this one dies.
      if (!(await store.replace(id, requestOf('use')))) return { kind: 'busy', nodes: [] };
      const ready = new Set(checked.filter(({ outcome }) => outcome === 'ready').map((node) => node.id));
      const used = await gather(others, { id, stage: 'use', among: ready });
      const gone = checked.filter(({ outcome }) => outcome === 'gone');
      return { kind: isDone(used) ? 'done' : 'incomplete', nodes: [...used, ...gone] };
    } finally {
      // A reload that stays open ends by itself after 30 s.
      await store.close(id).catch(() => undefined);
    }
  }

  /** Waits until all nodes on record have answered the stage, or until its time is over. */
  async function gather(
    { store, notifications, clock = waiterClock, timer = foregroundTimer }: ReloadNodes,
    { id, stage, among }: Pick<ReloadRequest, 'id' | 'stage'> & { readonly among?: ReadonlySet<string> },
  ): Promise<ReloadedNode[]> {
    const endsAtMs = clock.nowMs() + stageMs;
    const seen = new Map<string, ReloadedNode>();
    let wake: (() => void) | undefined;
    const stopListening = notifications.onAcknowledged(() => wake?.());
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        // While the store does not answer, nodes may still have changed: look again until the time is over.
        const reports = await store.listReports().catch(() => undefined);
        if (reports !== undefined) note(seen, reports, { id, stage, among }, nodeId());
        const isOver = clock.nowMs() >= endsAtMs;
        const waits = [...seen.values()].some(({ outcome }) => outcome === 'silent') || seen.size === 0;
        if (isOver || !waits) return [...seen.values()];
        const stopTimer = timer.start(lookEveryMs, () => wake?.());
        await woken;
        stopTimer();
      }
    } finally {
      stopListening();
    }
  }

  return {
    follow: (prepare) => member.follow(prepare),
    async run(wish) {
      if (!member.canReload) return { kind: 'unsupported', nodes: [] };
      if (isRunning) return { kind: 'busy', nodes: [] };
      isRunning = true;
      try {
        return await (nodes === undefined ? runAlone(wish) : runOnAll(nodes, wish));
      } finally {
        isRunning = false;
      }
    },
  };
}

/** Updates what is known of each node. */
function note(
  seen: Map<string, ReloadedNode>,
  reports: readonly ReportingNode[],
  { id, stage, among }: Pick<ReloadRequest, 'id' | 'stage'> & { readonly among?: ReadonlySet<string> | undefined },
  ownId: string,
): void {
  const present = new Set(reports.map(({ nodeId }) => nodeId));
  for (const [nodeId, node] of seen) {
    if (!present.has(nodeId) && node.outcome === 'silent') seen.set(nodeId, { ...node, outcome: 'gone' });
  }
  for (const { nodeId, nodeName: name, reload } of reports) {
    if (among?.has(nodeId) === false) continue;
    const answer = readAnswer(reload);
    const isAnswered = answer !== undefined && answer.id === id && answer.stage === stage;
    const said = isAnswered ? answer.node : ({ outcome: 'silent' } as const);
    seen.set(nodeId, { id: nodeId, name, isThis: nodeId === ownId, ...said });
  }
}

function readAnswer(text: string | undefined): ReloadAnswer | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as ReloadAnswer);
}

/** Why no node may change. `undefined`: all may. */
function findObstacle(
  checked: readonly ReloadedNode[],
  { isDryRun, mayDiffer }: Omit<ReloadWish, 'author'>,
): ReloadResult['kind'] | undefined {
  const has = (wanted: ReloadedNode['outcome']) => checked.some(({ outcome }) => outcome === wanted);
  if (has('refused')) return 'refused';
  if (has('silent') || !has('ready')) return 'silent';
  const digests = new Set(checked.flatMap(({ after }) => after ?? []));
  if (digests.size > 1 && !mayDiffer) return 'differs';
  return isDryRun ? 'checked' : undefined;
}

/** Whether every node has changed or has left. A node that left starts with its own file as it is then. */
function isDone(used: readonly ReloadedNode[]): boolean {
  return used.every(({ outcome }) => outcome === 'changed' || outcome === 'unchanged' || outcome === 'gone');
}

function newId(): string {
  return randomBytes(8).toString('hex');
}
