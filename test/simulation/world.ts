// A simulated world: nodes around a store, and what a schedule does to them.
import { createEventQueue } from './event-queue.ts';
import { Network } from './network.ts';
import { Node, type Surroundings } from './node.ts';
import { Promises } from './promises.ts';
import { createRandom } from './random.ts';
import { type Outcome, Report } from './report.ts';
import { type Schedule, type ScheduleStep, troubleMs } from './schedule.ts';
import { Store } from './store.ts';
import type { Variant } from './variant.ts';

/** Enough for every wait to end and every lease to be renewed once all works again. */
const calmMs = 2_500;

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
      if (!report.isBroken) happen(step, world);
    });
  }
  queue.runUntil(troubleMs + calmMs);
  for (const node of nodes) if (!report.isBroken) node.expectCalm();
  return report.outcome;
}

function happen(step: ScheduleStep, { queue, store, nodes }: Surroundings): void {
  switch (step.kind) {
    case 'store_out':
      store.outUntilMs = Math.max(store.outUntilMs, queue.nowMs + step.forMs);
      store.tell(`is out for ${step.forMs.toFixed(0)} ms`);
      return;
    case 'store_slow':
      store.slowUntilMs = queue.nowMs + step.forMs;
      store.slowByMs = step.byMs;
      store.tell(`is slower by up to ${step.byMs} ms for ${step.forMs.toFixed(0)} ms`);
      return;
    case 'failover':
      store.failOver();
      return;
    default: {
      const node = nodes[step.node];
      if (node?.isUp === true) happenTo(node, step, queue.nowMs);
    }
  }
}

function happenTo(node: Node, step: Extract<ScheduleStep, { readonly node: number }>, nowMs: number): void {
  if ('forMs' in step) node.tell(`${step.kind} for ${step.forMs.toFixed(0)} ms`);
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
