// Open exchanges of allowed requests: each is decided again while it is open, and ended when its key loses permission.
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import { systemTimer, type Timer } from './flush-loop.ts';
import type { Recheck } from './recheck.ts';

/** A place in the ring of open exchanges, linked to itself outside the ring. Only `OpenExchanges` changes the links. */
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

  /** Resets its own links too: through them, an old exchange would keep a new one from garbage collection. */
  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }
}

/** An allowed request whose reply is incomplete, or whose tunnel is open. */
export abstract class OpenExchange extends Place {
  readonly facts: RequestFacts;
  /** The id of the organization for which it was allowed. Set it before `add`. Empty: it needs no key. */
  orgId = '';
  /** The digest of the secret with which it was allowed. Set it before `add`. Empty: it needs no key. */
  digest = '';
  /** The tick at which memory first had no answer; 0 when it has one. Only `OpenExchanges` changes it. */
  doubtTick = 0;
  /** Whether a question to the store waits or runs. Only `OpenExchanges` changes it. */
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
  /** Called when the store fails, for the log, at most once in 10 s. Must not throw. */
  readonly onFault: (error: unknown) => void;
  readonly timer?: Timer;
}

/** The time between two ticks. Each tick rechecks a share of the exchanges; six ticks make a round over all. */
const tickMs = 125;
const ticksPerRound = 6;
/** The smallest share of a tick: up to this many exchanges, one tick rechecks all. */
const minRechecks = 256;
/** How long an exchange continues without a decision: 10 s. */
const doubtTicks = 80;
/** The most concurrent questions to the store. They share its queue with the look-ups of new requests. */
const maxQuestions = 4;

/**
 * The open exchanges of one API. Each is decided again once a round. It ends when it would be refused: at most two
 * rounds (1.5 s) after new requests are. An exchange whose key the store can't decide continues for 10 s, then it ends
 * as `unavailable`. A short request pays only for `add` and `delete`, which set links and look nothing up.
 */
export class OpenExchanges {
  /** The first and last place of the ring. Its `next` is the exchange that has waited longest for its recheck. */
  readonly #ends = new Place();
  #recheck: Recheck;
  readonly #onFault: (error: unknown) => void;
  readonly #timer: Timer;
  readonly #questions: OpenExchange[] = [];
  #size = 0;
  #running = 0;
  #rechecksPerTick = 0;
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

  /** Decides by another recheck from now on: the API's own under a new configuration. */
  follow(recheck: Recheck): void {
    this.#recheck = recheck;
  }

  /** Adds an exchange. A second call has no effect. */
  add(exchange: OpenExchange): void {
    if (this.#isClosed || exchange.isLinked) return;
    exchange.linkBefore(this.#ends);
    this.#size++;
    if (this.#stopTimer === undefined) this.#wake();
  }

  /** Call it when the exchange has ended. A second call has no effect. */
  delete(exchange: OpenExchange): void {
    if (!exchange.isLinked) return;
    exchange.unlink();
    this.#size--;
  }

  /** Stops all rechecks. From now on it ends no exchange. */
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
    // The share is computed at the beginning of a round. A share of the rest would shrink as exchanges end.
    if (this.#ticks % ticksPerRound === 0) {
      this.#rechecksPerTick = Math.max(minRechecks, Math.ceil(this.#size / ticksPerRound));
    }
    this.#ticks++;
    // The order holds when exchanges begin or end meanwhile: those that have waited longest are in front.
    for (let left = Math.min(this.#rechecksPerTick, this.#size); left > 0 && this.#ends.isLinked; left--) {
      const exchange = this.#ends.next as OpenExchange;
      exchange.unlink();
      exchange.linkBefore(this.#ends);
      this.#recheckByMemory(exchange);
    }
  }

  #recheckByMemory(exchange: OpenExchange): void {
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

  /** Asks the store about the waiting exchanges, one after the other. */
  async #ask(): Promise<void> {
    this.#running++;
    for (let exchange = this.#questions.shift(); exchange !== undefined; exchange = this.#questions.shift()) {
      try {
        if (exchange.isLinked) {
          // The answer for another exchange may have brought the key into memory.
          const known = this.#recheck.byMemory(exchange);
          const reason = known === 'unknown' ? await this.#recheck.byStore(exchange) : known;
          this.#conclude(exchange, reason);
        }
      } catch (error) {
        this.#reportFault(error);
      }
      exchange.isAsked = false;
    }
    this.#running--;
  }

  /** Reports one fault in 10 s, however many exchanges have no decision. */
  #reportFault(error: unknown): void {
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
