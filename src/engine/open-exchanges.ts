// What was let through and is still open: decided again while it lasts, and ended when its key may not go on.
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import { systemTimer, type Timer } from './flush-loop.ts';
import type { Recheck } from './recheck.ts';

/** A place in the ring of what is open. Out of the ring it is linked to itself. `OpenExchanges` alone changes the links. */
class Place {
  previous: Place = this;
  next: Place = this;

  get isLinked(): boolean {
    return this.next !== this;
  }

  linkBefore(place: Place): void {
    this.previous = place.previous;
    this.next = place;
    place.previous.next = this;
    place.previous = this;
  }

  /** Its own links go too: an old exchange that pointed to a new one would keep it from being collected. */
  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }
}

/** A request whose reply is not whole, or whose tunnel is open. */
export abstract class OpenExchange extends Place {
  readonly facts: RequestFacts;
  /** The organization on whose behalf it was let through. Set before it is added. */
  orgId = '';
  /** Of the secret with which it was let through. Set before it is added. */
  digest = '';
  /** The tick at which memory first could not tell; 0 when it can. `OpenExchanges` alone changes it. */
  doubtTick = 0;
  /** A question to the store waits or runs. `OpenExchanges` alone changes it. */
  isAsked = false;

  constructor(facts: RequestFacts) {
    super();
    this.facts = facts;
  }

  /** Ends it at once. Called once at most; must not throw. */
  abstract end(reason: Reason): void;
}

export interface OpenExchangesOptions {
  readonly recheck: Recheck;
  /** Called when the store can't tell, for the log, once in 10 s. Must not throw. */
  readonly onFault: (error: unknown) => void;
  readonly timer?: Timer;
}

/** Between two looks; a round takes six of them, each for its part of what is open. */
const tickMs = 125;
const ticksPerRound = 6;
/** Up to so many, all are looked at in one tick. */
const minLooks = 256;
/** How long an exchange goes on while nothing can tell whether it may: 10 s. */
const doubtTicks = 80;
/** Questions to the store at a time: keys of new requests wait in the same line. */
const maxQuestions = 4;

/**
 * Holds the open exchanges of one API. Each is decided again once a round, and ended when it would be refused: within two rounds, 1.5 s,
 * of the instant from which new requests are. One whose key the store can't tell goes on for 10 s, then it ends as `unavailable`.
 * `add` and `delete` are the whole cost of a short request: they set links, and look nothing up.
 */
export class OpenExchanges {
  /** In the ring before and after all: `next` is the exchange that waits longest for its next look. */
  readonly #ends = new Place();
  readonly #recheck: Recheck;
  readonly #onFault: (error: unknown) => void;
  readonly #timer: Timer;
  readonly #questions: OpenExchange[] = [];
  #size = 0;
  #running = 0;
  #looksPerTick = 0;
  #ticks = 0;
  #quietUntilTick = 0;
  #stopTimer: (() => void) | undefined;
  #isClosed = false;

  constructor({ recheck, onFault, timer = systemTimer }: OpenExchangesOptions) {
    this.#recheck = recheck;
    this.#onFault = onFault;
    this.#timer = timer;
  }

  get size(): number {
    return this.#size;
  }

  /** A second call does no harm. */
  add(exchange: OpenExchange): void {
    if (this.#isClosed || exchange.isLinked) return;
    exchange.linkBefore(this.#ends);
    this.#size++;
    if (this.#stopTimer === undefined) this.#wake();
  }

  /** Call it when the exchange has ended; a second call does no harm. */
  delete(exchange: OpenExchange): void {
    if (!exchange.isLinked) return;
    exchange.unlink();
    this.#size--;
  }

  /** Stops looking: nothing is ended from now on. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
    while (this.#ends.isLinked) this.delete(this.#ends.next as OpenExchange);
  }

  #wake(): void {
    this.#stopTimer = this.#timer.start(tickMs, () => {
      this.#stopTimer = undefined;
      this.#tick();
      if (this.#size > 0) this.#wake();
    });
  }

  #tick(): void {
    // A round's share is set when it begins. Were it a part of what is left, a round in which many end would take ever longer.
    if (this.#ticks % ticksPerRound === 0) {
      this.#looksPerTick = Math.max(minLooks, Math.ceil(this.#size / ticksPerRound));
    }
    this.#ticks++;
    // What ends meanwhile, or begins, moves no one out of turn: those that wait longest are in front.
    for (let looks = Math.min(this.#looksPerTick, this.#size); looks > 0 && this.#ends.isLinked; looks--) {
      const exchange = this.#ends.next as OpenExchange;
      exchange.unlink();
      exchange.linkBefore(this.#ends);
      this.#look(exchange);
    }
  }

  #look(exchange: OpenExchange): void {
    const reason = this.#recheck.byMemory(exchange);
    if (reason !== 'unknown') {
      this.#conclude(exchange, reason);
      return;
    }
    if (exchange.doubtTick === 0) exchange.doubtTick = this.#ticks;
    else if (this.#ticks - exchange.doubtTick >= doubtTicks) {
      this.#conclude(exchange, 'unavailable');
      return;
    }
    if (exchange.isAsked) return;
    exchange.isAsked = true;
    this.#questions.push(exchange);
    if (this.#running < maxQuestions) void this.#ask();
  }

  /** Asks the store about those that wait for it, one after the other. */
  async #ask(): Promise<void> {
    this.#running++;
    for (let exchange = this.#questions.shift(); exchange !== undefined; exchange = this.#questions.shift()) {
      try {
        if (exchange.isLinked) {
          // Another one's question may have brought the key.
          const known = this.#recheck.byMemory(exchange);
          const reason = known === 'unknown' ? await this.#recheck.byStore(exchange) : known;
          this.#conclude(exchange, reason);
        }
      } catch (error) {
        this.#tell(error);
      }
      exchange.isAsked = false;
    }
    this.#running--;
  }

  /** Reports one fault in 10 s, however many exchanges are in doubt. */
  #tell(error: unknown): void {
    if (this.#ticks < this.#quietUntilTick) return;
    this.#quietUntilTick = this.#ticks + doubtTicks;
    this.#onFault(error);
  }

  #conclude(exchange: OpenExchange, reason: Reason | undefined): void {
    exchange.doubtTick = 0;
    if (reason === undefined || !exchange.isLinked) return;
    this.delete(exchange);
    exchange.end(reason);
  }
}
