// How often a secret may be guessed at: counted by client and by account, and never so that an account's owner is shut out.
import { clientGroupOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { RecentMap } from '../engine/recent-map.ts';

interface Window {
  readonly endsAtMs: number;
  used: number;
}

/** An attempt that may be made. */
export interface Attempt {
  /** It was right: it is not counted, and the client may go on trying this account whatever others do. */
  succeeded(): void;
}

const perClient = { limit: 30, windowMs: 10 * 60_000 };
const perAccount = { limit: 10, windowMs: 15 * 60_000 };
const challengesPerClient = { limit: 120, windowMs: 10 * 60_000 };
const capacity = 200_000;

/**
 * At most 30 wrong attempts in 10 minutes from one client (an IPv4 address or an IPv6 /64), whatever they are at; at most 10
 * in 15 minutes at one account from all clients that never got into it. Who signed in to the account before, or has just
 * reset its password, is not held up by what others try: otherwise anyone could lock its owner out by guessing on and on.
 * Counts are in memory, bounded, and begin anew with the process.
 */
export class SignInLimits {
  readonly #clock: Clock;
  readonly #windows = new RecentMap<Window>(capacity);
  readonly #known = new RecentMap<true>(capacity);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts an attempt before it is made, so that many at once are not more than many in a row. A number: it may not be made
   * for so many seconds. `account`: what it is at, if that is told; an account that does not exist counts as any other.
   */
  begin(address: string | undefined, account?: string): Attempt | number {
    const client = address === undefined ? 'unknown' : clientGroupOf(address);
    const counted = [this.#windowOf(`client ${client}`, perClient.windowMs)];
    const limits = [perClient.limit];
    if (account !== undefined && this.#known.get(`${client} ${account}`) === undefined) {
      counted.push(this.#windowOf(`account ${account}`, perAccount.windowMs));
      limits.push(perAccount.limit);
    }
    const full = counted.filter((window, at) => window.used >= (limits[at] as number));
    if (full.length > 0) return this.#secondsUntil(Math.max(...full.map((window) => window.endsAtMs)));
    for (const window of counted) window.used += 1;
    return {
      succeeded: () => {
        for (const window of counted) window.used -= 1;
        if (account !== undefined) this.#known.set(`${client} ${account}`, true);
      },
    };
  }

  /** The client has proven in another way that the account is its own. */
  trust(address: string | undefined, account: string): void {
    if (address !== undefined) this.#known.set(`${clientGroupOf(address)} ${account}`, true);
  }

  /**
   * Counts what anyone may ask for and what costs a write: at most 120 in 10 minutes from one client. A number: it may not
   * be asked for so many seconds.
   */
  countChallenge(address: string | undefined): number | undefined {
    const client = address === undefined ? 'unknown' : clientGroupOf(address);
    const window = this.#windowOf(`challenge ${client}`, challengesPerClient.windowMs);
    if (window.used >= challengesPerClient.limit) return this.#secondsUntil(window.endsAtMs);
    window.used += 1;
    return undefined;
  }

  #secondsUntil(ms: number): number {
    return Math.max(1, Math.ceil((ms - this.#clock.nowMs()) / 1000));
  }

  #windowOf(key: string, windowMs: number): Window {
    const nowMs = this.#clock.nowMs();
    const current = this.#windows.get(key);
    if (current !== undefined && current.endsAtMs > nowMs) return current;
    const fresh = { endsAtMs: nowMs + windowMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }
}
