// What was let through and is still open: decided again while it lasts, and ended when its key may not go on.
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Reason } from '../domain/verdict.ts';
import { systemTimer, type Timer } from './flush-loop.ts';
import type { Recheck } from './recheck.ts';

/** A request whose reply is not whole, or whose tunnel is open. */
export interface OpenExchange {
  readonly facts: RequestFacts;
  /** The organization on whose behalf it was let through. */
  readonly orgId: string;
  /** Ends it at once. Called once at most; must not throw. */
  end(reason: Reason): void;
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
 * `add` and `delete` are the whole cost of a short request.
 */
export class OpenExchanges {
  /** With the digest of its secret, once it was looked at. */
  readonly #open = new Map<OpenExchange, string | undefined>();
  /** The tick at which memory first could not tell. */
  readonly #doubts = new Map<OpenExchange, number>();
  readonly #recheck: Recheck;
  readonly #onFault: (error: unknown) => void;
  readonly #timer: Timer;
  #questions: OpenExchange[] = [];
  readonly #asked = new Set<OpenExchange>();
  #round: OpenExchange[] = [];
  #at = 0;
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
    return this.#open.size;
  }

  add(exchange: OpenExchange): void {
    this.#open.set(exchange, undefined);
    if (this.#stopTimer === undefined) this.#wake();
  }

  /** Call it when the exchange has ended; a second call does no harm. */
  delete(exchange: OpenExchange): void {
    this.#open.delete(exchange);
    if (this.#doubts.size > 0) this.#doubts.delete(exchange);
  }

  /** Stops looking: nothing is ended from now on. */
  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
    this.#open.clear();
    this.#doubts.clear();
  }

  #wake(): void {
    if (this.#isClosed) return;
    this.#stopTimer = this.#timer.start(tickMs, () => {
      this.#stopTimer = undefined;
      this.#tick();
      if (this.#open.size > 0) this.#wake();
    });
  }

  #tick(): void {
    this.#ticks++;
    // A copy: among requests that come and go all the time, a walk over the map itself would never come to its end.
    if (this.#at >= this.#round.length) {
      this.#round = [...this.#open.keys()];
      this.#at = 0;
    }
    // A copy that outlives the tick would keep short requests from being collected young.
    const looks = Math.max(minLooks, Math.ceil(this.#round.length / ticksPerRound));
    const end = Math.min(this.#round.length, this.#at + looks);
    for (; this.#at < end; this.#at++) this.#look(this.#round[this.#at] as OpenExchange);
    // What has ended meanwhile is not kept for the rest of the round.
    if (this.#at >= this.#round.length) this.#round = [];
  }

  #look(exchange: OpenExchange): void {
    if (!this.#open.has(exchange)) return;
    const digest = this.#digestOf(exchange);
    const reason = digest === undefined ? 'key_unknown' : this.#recheck.byMemory(digest, exchange);
    if (reason !== 'unknown') {
      this.#conclude(exchange, reason);
      return;
    }
    const sinceTick = this.#doubts.get(exchange);
    if (sinceTick === undefined) this.#doubts.set(exchange, this.#ticks);
    else if (this.#ticks - sinceTick >= doubtTicks) {
      this.#conclude(exchange, 'unavailable');
      return;
    }
    if (this.#asked.has(exchange)) return;
    this.#asked.add(exchange);
    this.#questions.push(exchange);
    if (this.#asked.size - this.#questions.length < maxQuestions) void this.#ask();
  }

  #digestOf(exchange: OpenExchange): string | undefined {
    const known = this.#open.get(exchange);
    if (known !== undefined) return known;
    const digest = this.#recheck.digestOf(exchange.facts);
    this.#open.set(exchange, digest);
    return digest;
  }

  /** Asks the store about those that wait for it, one after the other. */
  async #ask(): Promise<void> {
    for (let exchange = this.#questions.shift(); exchange !== undefined; exchange = this.#questions.shift()) {
      const digest = this.#open.get(exchange);
      try {
        if (digest !== undefined) {
          // Another one's question may have brought the key.
          const known = this.#recheck.byMemory(digest, exchange);
          const reason = known === 'unknown' ? await this.#recheck.byStore(digest, exchange) : known;
          this.#conclude(exchange, reason);
        }
      } catch (error) {
        this.#tell(error);
      }
      this.#asked.delete(exchange);
    }
  }

  /** Reports one fault in 10 s, however many exchanges are in doubt. */
  #tell(error: unknown): void {
    if (this.#ticks < this.#quietUntilTick) return;
    this.#quietUntilTick = this.#ticks + doubtTicks;
    this.#onFault(error);
  }

  #conclude(exchange: OpenExchange, reason: Reason | undefined): void {
    this.#doubts.delete(exchange);
    if (reason === undefined || !this.#open.delete(exchange)) return;
    exchange.end(reason);
  }
}
