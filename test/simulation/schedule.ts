// Schedules: the events of simulated nodes and their store, made from a seed, and reduced when one fails.
import { createRandom, type Random } from './random.ts';

/** An event at an instant of real time. Durations in milliseconds. */
export type ScheduleStep =
  /** A command that turns a key on or off, even if it is so already. */
  | {
      readonly kind: 'command';
      readonly atMs: number;
      readonly node: number;
      readonly key: number;
      readonly isOn: boolean;
    }
  /** `isBound`: the caller knows the revision of the key's newest change, and requires it or a newer one. */
  | {
      readonly kind: 'request';
      readonly atMs: number;
      readonly node: number;
      readonly key: number;
      readonly isBound?: boolean;
    }
  /** SIGSTOP, and SIGCONT after `forMs`. */
  | { readonly kind: 'pause'; readonly atMs: number; readonly node: number; readonly forMs: number }
  /** `kill -9`, and a new process starts after `forMs`. */
  | { readonly kind: 'crash'; readonly atMs: number; readonly node: number; readonly forMs: number }
  /** The node signs off and ends, and a new process starts after `forMs`. */
  | { readonly kind: 'leave'; readonly atMs: number; readonly node: number; readonly forMs: number }
  /** No message passes between the node and the store. */
  | { readonly kind: 'partition'; readonly atMs: number; readonly node: number; readonly forMs: number }
  /** The node's calls arrive, but the answers do not. */
  | { readonly kind: 'half_partition'; readonly atMs: number; readonly node: number; readonly forMs: number }
  /** The node's LISTEN connection is cut. */
  | { readonly kind: 'deaf'; readonly atMs: number; readonly node: number; readonly forMs: number }
  | { readonly kind: 'store_out'; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'store_slow'; readonly atMs: number; readonly forMs: number; readonly byMs: number }
  /**
   * The primary is lost and its synchronous standby promoted. Committed changes survive; calls in progress are lost.
   */
  | { readonly kind: 'failover'; readonly atMs: number }
  /** The node's wall clock is set. */
  | { readonly kind: 'clock_set'; readonly atMs: number; readonly node: number; readonly byMs: number };

export interface NodeClock {
  /** Speed of the monotonic clock, relative to real time. */
  readonly rate: number;
  readonly originMs: number;
  readonly wallOffsetMs: number;
}

export interface Schedule {
  readonly seed: number;
  readonly clocks: readonly NodeClock[];
  readonly keys: number;
  /** Share of the messages that are lost. */
  readonly lossRate: number;
  readonly notificationLossRate: number;
  /** Messages take up to this long, and may overtake each other. */
  readonly delayMs: number;
  /** Share of the messages, and of the store's steps, that take up to 450 ms longer. */
  readonly hiccupRate: number;
  /** 0: nodes refuse while the store is down. */
  readonly serveCachedMs: number;
  readonly steps: readonly ScheduleStep[];
}

/** All faults end before this time. After it everything works again. */
export const faultsEndMs = 4_000;

const faults = [
  'pause',
  'pause',
  'crash',
  'leave',
  'partition',
  'partition',
  'half_partition',
  'deaf',
  'store_out',
  'store_slow',
  'failover',
  'clock_set',
] as const;
const lengthsMs = [40, 200, 700, 1_300, 2_200] as const;

/**
 * The schedule of a seed. Commands cluster around the starts and ends of faults, and requests around commands, because
 * the races are there.
 */
export function makeSchedule(seed: number): Schedule {
  const random = createRandom(seed);
  if (random.chance(0.1)) return makeReturningNode(seed, random);
  const nodes = 2 + random.below(3);
  const keys = 1 + random.below(2);
  const atMs = () => random.between(0, faultsEndMs);
  const node = () => random.below(nodes);
  const key = () => random.below(keys);
  const steps: ScheduleStep[] = [];
  // Interesting instants, each with its node.
  const scenes: { readonly atMs: number; readonly node: number }[] = [];

  function addFault(kind: (typeof faults)[number], at: number, on: number): void {
    const forMs = Math.min(random.pick(lengthsMs) * random.between(0.7, 1.3), faultsEndMs - at);
    scenes.push({ atMs: at, node: on });
    if (kind === 'failover') steps.push({ kind, atMs: at });
    else if (kind === 'store_slow') steps.push({ kind, atMs: at, forMs, byMs: random.pick([30, 150, 600]) });
    else if (kind === 'store_out') steps.push({ kind, atMs: at, forMs });
    else if (kind === 'clock_set') {
      steps.push({ kind, atMs: at, node: on, byMs: random.pick([-3_600_000, -2_000, 2_000, 3_600_000]) });
    } else steps.push({ kind, atMs: at, node: on, forMs });
    if (kind !== 'failover' && kind !== 'clock_set') scenes.push({ atMs: at + forMs, node: on });
  }

  for (let count = random.below(6); count > 0; count--) {
    const at = atMs();
    const on = node();
    addFault(random.pick(faults), at, on);
    // Faults come in pairs: a second one on the same node during the first or just after it.
    if (random.chance(0.4)) addFault(random.pick(faults), Math.min(at + random.between(0, 500), faultsEndMs), on);
  }

  for (let count = 3 + random.below(6); count > 0; count--) {
    const scene = scenes.length > 0 && random.chance(0.7) ? random.pick(scenes) : { atMs: atMs(), node: node() };
    const at = Math.max(0, scene.atMs + random.between(-150, 250));
    const command = { kind: 'command', atMs: at, node: node(), key: key(), isOn: random.chance(0.5) } as const;
    steps.push(command);
    // The same command on another node, as from a caller that got no answer.
    if (random.chance(0.3)) steps.push({ ...command, atMs: at + random.between(1, 300), node: node() });
    for (let near = 8 + random.below(8); near > 0; near--) {
      const apartMs = random.chance(0.5) ? random.between(-30, 60) : random.between(-200, 1_600);
      const on = random.chance(0.5) ? scene.node : node();
      const isBound = random.chance(0.2);
      steps.push({ kind: 'request', atMs: Math.max(0, at + apartMs), node: on, key: command.key, isBound });
    }
  }
  for (let count = 10; count > 0; count--) steps.push({ kind: 'request', atMs: atMs(), node: node(), key: key() });

  return { ...makeSetting(seed, random, nodes, keys), steps: inOrder(steps) };
}

/** A node that a writer has given up returns with its old state, gets few messages, and is soon gone again. */
function makeReturningNode(seed: number, random: Random): Schedule {
  const goneMs = random.between(1_000, 1_200);
  const backMs = goneMs + random.between(1_100, 1_600);
  const command = (atMs: number, isOn: boolean) => ({ kind: 'command', atMs, node: 1, key: 0, isOn }) as const;
  const steps: ScheduleStep[] = [
    command(random.between(600, 800), true),
    { kind: 'request', atMs: goneMs - 30, node: 0, key: 0 },
    { kind: random.pick(['pause', 'partition']), atMs: goneMs, node: 0, forMs: backMs - goneMs },
    command(goneMs + 20, true),
    command(backMs + random.between(0, 600), false),
    { kind: 'partition', atMs: backMs + random.between(100, 700), node: 0, forMs: 900 },
  ];
  for (let atMs = backMs; atMs < backMs + 1_200; atMs += 20) steps.push({ kind: 'request', atMs, node: 0, key: 0 });
  return { ...makeSetting(seed, random, 2, 1), notificationLossRate: 1, steps: inOrder(steps) };
}

function makeSetting(seed: number, random: Random, nodes: number, keys: number): Omit<Schedule, 'steps'> {
  return {
    seed,
    clocks: Array.from({ length: nodes }, () => ({
      rate: random.pick([0.99, 1, 1.01]),
      originMs: random.between(0, 1_000_000),
      wallOffsetMs: random.chance(0.5) ? 0 : random.between(-5_000, 5_000),
    })),
    keys,
    lossRate: random.pick([0, 0, 0.02, 0.2]),
    notificationLossRate: random.pick([0, 0.1, 1]),
    delayMs: random.pick([2, 20, 120]),
    hiccupRate: random.pick([0, 0.03, 0.15]),
    serveCachedMs: random.pick([0, 0, 0, 1_500]),
  };
}

function inOrder(steps: readonly ScheduleStep[]): readonly ScheduleStep[] {
  return steps.toSorted((a, b) => a.atMs - b.atMs);
}

/** The smallest schedule that still fails: without any one of its steps it passes. */
export function shrinkSchedule(schedule: Schedule, fails: (schedule: Schedule) => boolean): Schedule {
  let smallest = schedule;
  // A step that is removed later may have kept an earlier one from being removed.
  for (let before = Number.POSITIVE_INFINITY; smallest.steps.length < before; ) {
    before = smallest.steps.length;
    for (let size = Math.ceil(schedule.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = smallest.steps.length - size; from > -size; from -= size) {
        const start = Math.max(0, from);
        const tried = { ...smallest, steps: smallest.steps.toSpliced(start, from + size - start) };
        if (fails(tried)) smallest = tried;
      }
    }
  }
  return smallest;
}
