// The simulated network between the nodes and their store: time, loss, delay and disorder.
import type { EventQueue } from './event-queue.ts';
import type { Node } from './node.ts';
import type { Random } from './random.ts';
import type { Report } from './report.ts';
import { faultsEndMs, type Schedule } from './schedule.ts';
import type { Store } from './store.ts';

export class Network {
  readonly #queue: EventQueue;
  readonly #random: Random;
  readonly #schedule: Schedule;
  readonly #store: Store;
  readonly #report: Report;

  constructor(queue: EventQueue, random: Random, schedule: Schedule, store: Store, report: Report) {
    this.#queue = queue;
    this.#random = random;
    this.#schedule = schedule;
    this.#store = store;
    this.#report = report;
  }

  /** Runs a message on the node, now or when the node resumes. Drops it if the process that it was for has ended. */
  deliver(node: Node, life: number, run: () => void): void {
    if (node.life !== life || !node.isUp || this.#report.isBroken) return;
    if (this.#queue.nowMs < node.pausedUntilMs) node.inbox.push(run);
    else run();
  }

  /** Runs `run` after `delayMs` by the node's clock. Timers are late, never early. */
  startTimer(node: Node, delayMs: number, run: () => void): void {
    const { life } = node;
    const atMs = this.#queue.nowMs + Math.max(0, delayMs) / node.rate + this.#random.next();
    this.#queue.add(atMs, () => this.deliver(node, life, run));
  }

  /**
   * Calls the store, which runs `steps` with time between them, at least `gapMs` after the first. The answer is the
   * result of the last step.
   */
  call<Answer>(
    node: Node,
    steps: readonly [...(() => void)[], () => Answer],
    onAnswer: (answer: Answer) => void,
    gapMs = 0,
  ): void {
    const queue = this.#queue;
    const store = this.#store;
    const { life } = node;
    if (this.#isCutOff(node) || this.#isUnlucky(this.#schedule.lossRate)) return;
    const arrive = () => {
      if (this.#isCutOff(node) || queue.nowMs < store.outUntilMs) return;
      const storeLife = store.life;
      const work = (at: number) => {
        if (store.life !== storeLife || queue.nowMs < store.outUntilMs) return;
        const result = steps[at]?.();
        const gap = at === 0 ? gapMs : 0;
        if (at + 1 < steps.length) queue.add(queue.nowMs + this.#workMs() + gap, () => work(at + 1));
        else queue.add(queue.nowMs + this.#workMs(), () => answer(result as Answer));
      };
      const answer = (result: Answer) => {
        const isLost = store.life !== storeLife || queue.nowMs < store.outUntilMs;
        if (isLost || this.#isUnlucky(this.#schedule.lossRate)) return;
        queue.add(queue.nowMs + this.#delayMs(), () => {
          if (this.#isCutOff(node) || queue.nowMs < node.halfPartitionedUntilMs) return;
          this.deliver(node, life, () => onAnswer(result));
        });
      };
      queue.add(queue.nowMs + this.#workMs() / 2, () => work(0));
    };
    queue.add(queue.nowMs + this.#delayMs(), arrive);
  }

  /** Sends a notification of the store to each node. A node may miss it. */
  notify(nodes: readonly Node[], run: (node: Node) => void): void {
    for (const node of nodes) {
      const { life } = node;
      if (!node.isUp || this.#random.chance(this.#schedule.notificationLossRate)) continue;
      this.#queue.add(this.#queue.nowMs + this.#delayMs(), () => {
        if (this.#isCutOff(node) || this.#queue.nowMs < node.deafUntilMs) return;
        this.deliver(node, life, () => run(node));
      });
    }
  }

  #isCutOff(node: Node): boolean {
    return this.#queue.nowMs < node.partitionedUntilMs;
  }

  #isUnlucky(rate: number): boolean {
    return this.#queue.nowMs < faultsEndMs && this.#random.chance(rate);
  }

  #delayMs(): number {
    return this.#random.next() * this.#random.next() * this.#schedule.delayMs + this.#hiccupMs();
  }

  #workMs(): number {
    const upToMs = this.#queue.nowMs < this.#store.slowUntilMs ? this.#store.slowByMs : 1;
    return this.#random.next() * upToMs + this.#hiccupMs();
  }

  /** Sometimes something stalls: a packet is repeated, a disk is busy, a garbage collector runs. */
  #hiccupMs(): number {
    return this.#isUnlucky(this.#schedule.hiccupRate) ? this.#random.between(0, 450) : 0;
  }
}
