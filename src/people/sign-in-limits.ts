// Limits of attempts to guess a secret, by client and by account. They never lock out the owner of an account.
import { clientGroupOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { RecentMap } from '../engine/recent-map.ts';

interface Window {
  readonly endsAtMs: number;
  used: number;
}

/** An allowed attempt. */
export interface Attempt {
  /**
   * Call it when the attempt was right. The attempt then does not count, and other clients' attempts no longer limit
   * this client at this account.
   */
  succeeded(): void;
}

const perClient = { limit: 30, windowMs: 10 * 60_000 };
const perAccount = { limit: 10, windowMs: 15 * 60_000 };
const challengesPerClient = { limit: 120, windowMs: 10 * 60_000 };
const capacity = 200_000;

/**
 * At most 30 wrong attempts in 10 minutes from one client (an IPv4 address or an IPv6 /64), at any account. At most 10
 * in 15 minutes at one account, from all clients that never signed in to it. Other clients' attempts do not limit a
 * client that signed in to the account before, or has just reset its password. Otherwise anyone could lock its owner
 * out with endless guesses. Counts are in memory, bounded, and begin anew with the process.
 */
export class SignInLimits {
  readonly #clock: Clock;
  readonly #windows = new RecentMap<Window>(capacity);
  readonly #known = new RecentMap<true>(capacity);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts an attempt before it runs, so that concurrent attempts can't exceed the limit. A number: the seconds for
   * which it is refused. `account`: the account of the attempt, if it is known. An account that does not exist counts
   * like any other.
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

  /** Call it when the client has proved in another way that it owns the account. */
  trust(address: string | undefined, account: string): void {
    if (address !== undefined) this.#known.set(`${clientGroupOf(address)} ${account}`, true);
  }

  /**
   * Counts a challenge, which anyone may request and which costs a write: at most 120 in 10 minutes from one client. A
   * number: the seconds for which it is refused.
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
