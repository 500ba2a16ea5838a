// Divides what all requests share (connections, places in a line, tunnels), so that no key can take all of it.

/** What an organization holds. */
interface OrgHolding {
  readonly id: string;
  inUse: number;
}

/** What a key holds. Keep it with each unit taken: `give` needs it. */
export interface Holding {
  inUse: number;
  readonly org: OrgHolding;
}

/** The key that takes a unit, and its organization. */
export interface Holder {
  readonly keyId: string;
  readonly orgId: string;
}

/** How many holdings are remembered before the idle ones are forgotten: enough for the keys in use. */
const maxRemembered = 10_000;

/**
 * A key may take one more while it holds less than a third of what is free; an organization, while it holds less than
 * all of it.
 */
const keyDivisor = 3;

/**
 * Divides `capacity` units by how many are still free. A key alone gets a quarter of them, an organization alone half.
 * With more organizations each share shrinks, and one share always stays free: `n` busy organizations hold `n/(n+1)` of
 * all units. With fixed quotas, two organizations could shut out a third.
 */
export class Shares {
  readonly capacity: number;
  inUse = 0;
  readonly #keys = new Map<string, Holding>();
  readonly #orgs = new Map<string, OrgHolding>();

  /** `capacity` is a whole number. With 0, no unit can be taken. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Returns what this key holds. Valid until the next call, or for as long as the key holds a unit. */
  holdingOf({ keyId, orgId }: Holder): Holding {
    const holding = this.#keys.get(keyId);
    // A key that moved to another organization starts a new count.
    return holding !== undefined && holding.org.id === orgId ? holding : this.#remember(keyId, orgId);
  }

  mayTake(holding: Holding): boolean {
    const free = this.capacity - this.inUse;
    return holding.inUse * keyDivisor < free && holding.org.inUse < free;
  }

  /** Whether a key of this organization may take a unit. */
  mayOrgTake(orgId: string): boolean {
    return (this.#orgs.get(orgId)?.inUse ?? 0) < this.capacity - this.inUse;
  }

  take(holding: Holding): void {
    holding.inUse++;
    holding.org.inUse++;
    this.inUse++;
  }

  give(holding: Holding): void {
    holding.inUse--;
    holding.org.inUse--;
    this.inUse--;
  }

  #remember(keyId: string, orgId: string): Holding {
    if (this.#keys.size >= maxRemembered) {
      for (const [id, { inUse }] of this.#keys) if (inUse === 0) this.#keys.delete(id);
      for (const [id, { inUse }] of this.#orgs) if (inUse === 0) this.#orgs.delete(id);
    }
    let org = this.#orgs.get(orgId);
    if (org === undefined) {
      org = { id: orgId, inUse: 0 };
      this.#orgs.set(orgId, org);
    }
    const holding = { inUse: 0, org };
    this.#keys.set(keyId, holding);
    return holding;
  }
}
