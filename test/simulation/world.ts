// A simulated world: nodes around a store, and the events of a schedule.
import { createEventQueue } from './event-queue.ts';
import { Network } from './network.ts';
import { Node, type Surroundings } from './node.ts';
import { Promises } from './promises.ts';
import { createRandom } from './random.ts';
import { type Outcome, Report } from './report.ts';
import { faultsEndMs, type Schedule, type ScheduleStep } from './schedule.ts';
import { Store } from './store.ts';
import type { Variant } from './variant.ts';

/** Enough time for every wait to end and every lease to be renewed after all faults. */
const recoveryMs = 2_500;

/** Runs a schedule to its end, or to the first broken promise. The same schedule always gives the same outcome. */
export function runSchedule(schedule: Schedule, variant: Variant = 'correct', isTraced = false): Outcome {
  const random = createRandom(schedule.seed ^ 0x5eed);
  const queue = createEventQueue();
  const report = new Report(queue, isTraced);
  const store = new Store(schedule.keys, report);
  const network = new Network(queue, random, schedule, store, report);
  const promises = new Promises(schedule.keys);
  const terms = {
    leaseMs: 1_000,
    renewEveryMs: 250,
    requestTimeoutMs: 500,
    serveCachedMs: schedule.serveCachedMs,
    marginMs: 50,
    pollEveryMs: 20,
  };
  const nodes: Node[] = [];
  const world: Surroundings = { variant, terms, queue, random, store, network, promises, report, nodes };
  for (const [index, clock] of schedule.clocks.entries()) nodes.push(new Node(world, index, clock));

  for (const node of nodes) queue.add(random.between(0, 400), () => node.boot());
  for (const step of schedule.steps) {
    queue.add(step.atMs, () => {
      if (!report.isBroken) applyStep(step, world);
    });
  }
  queue.runUntil(faultsEndMs + recoveryMs);
  for (const node of nodes) if (!report.isBroken) node.expectRecovered();
  return report.outcome;
}

function applyStep(step: ScheduleStep, { queue, store, nodes }: Surroundings): void {
  switch (step.kind) {
    case 'store_out':
      store.outUntilMs = Math.max(store.outUntilMs, queue.nowMs + step.forMs);
      store.log(`is out for ${step.forMs.toFixed(0)} ms`);
      return;
    case 'store_slow':
      store.slowUntilMs = queue.nowMs + step.forMs;
      store.slowByMs = step.byMs;
      store.log(`is slower by up to ${step.byMs} ms for ${step.forMs.toFixed(0)} ms`);
      return;
    case 'failover':
      store.failOver();
      return;
    default: {
      const node = nodes[step.node];
      if (node?.isUp === true) applyToNode(node, step, queue.nowMs);
    }
  }
}

function applyToNode(node: Node, step: Extract<ScheduleStep, { readonly node: number }>, nowMs: number): void {
  if ('forMs' in step) node.log(`${step.kind} for ${step.forMs.toFixed(0)} ms`);
  switch (step.kind) {
    case 'request':
      node.request(step.key, step.isBound === true);
      break;
    case 'command':
      node.command(step.key, step.isOn);
      break;
    case 'clock_set':
      node.setWallClock(step.byMs);
      break;
    case 'pause':
      node.pause(step.forMs);
      break;
    case 'crash':
      node.crash(step.forMs);
      break;
    case 'leave':
      node.leave(step.forMs);
      break;
    case 'partition':
      node.partitionedUntilMs = nowMs + step.forMs;
      break;
    case 'half_partition':
      node.halfPartitionedUntilMs = nowMs + step.forMs;
      break;
    case 'deaf':
      node.deafUntilMs = nowMs + step.forMs;
  }
}
