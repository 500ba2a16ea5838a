// What lies between the simulated nodes and their store: time, loss, delay and disorder.
import type { EventQueue } from './event-queue.ts';
import type { Node } from './node.ts';
import type { Random } from './random.ts';
import type { Report } from './report.ts';
import { type Schedule, troubleMs } from './schedule.ts';
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

  /** Runs on the node what came to it in that life: now, or when it wakes. */
  deliver(node: Node, life: number, run: () => void): void {
    if (node.life !== life || !node.isUp || this.#report.isBroken) return;
    if (this.#queue.nowMs < node.pausedUntilMs) node.inbox.push(run);
    else run();
  }

  /** By the node's clock. Timers are late, never early. */
  startTimer(node: Node, delayMs: number, run: () => void): void {
    const { life } = node;
    const atMs = this.#queue.nowMs + Math.max(0, delayMs) / node.rate + this.#random.next();
    this.#queue.add(atMs, () => this.deliver(node, life, run));
  }

  /**
   * Asks the store, which works in `steps` with time between them, after the first one at least `gapMs`; the last one's result
   * is the answer.
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

  /** A notification of the store to each of the nodes; any may miss it. */
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
    return this.#queue.nowMs < troubleMs && this.#random.chance(rate);
  }

  #delayMs(): number {
    return this.#random.next() * this.#random.next() * this.#schedule.delayMs + this.#hiccupMs();
  }

  #workMs(): number {
    const upToMs = this.#queue.nowMs < this.#store.slowUntilMs ? this.#store.slowByMs : 1;
    return this.#random.next() * upToMs + this.#hiccupMs();
  }

  /** Now and then something hangs: a packet is sent again, a disk is busy, a collector runs. */
  #hiccupMs(): number {
    return this.#isUnlucky(this.#schedule.hiccupRate) ? this.#random.between(0, 450) : 0;
  }
}
