// Who holds how much of what all requests share: connections, places in a line, tunnels. No key can take it all.

/** What an organization holds. */
interface OrgHolding {
  readonly id: string;
  inUse: number;
}

/** What a key holds. Keep it with what was taken, to give that back. */
export interface Holding {
  inUse: number;
  readonly org: OrgHolding;
}

/** The key that takes something, and its organization. */
export interface Holder {
  readonly keyId: string;
  readonly orgId: string;
}

/** Holdings remembered before idle ones are forgotten: enough for the keys in use, and a bound for the rest. */
const maxRemembered = 10_000;

/** A key may hold less than a third of what is free, an organization less than all that is free. */
const keyDivisor = 3;

/**
 * Divides `capacity` units by what is still free. Alone, a key gets a quarter and an organization half of them. With more
 * organizations each share shrinks, and one share is always left: `n` busy organizations hold `n/(n+1)` of all. A fixed quota would
 * let two organizations shut out the third.
 */
export class Shares {
  readonly capacity: number;
  inUse = 0;
  readonly #keys = new Map<string, Holding>();
  readonly #orgs = new Map<string, OrgHolding>();

  /** `capacity`: a whole number; 0 means that nothing can be taken. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** What this key holds. Valid until the next call, or for as long as something is taken under it. */
  holdingOf({ keyId, orgId }: Holder): Holding {
    const holding = this.#keys.get(keyId);
    // A key that was given to another organization is counted anew.
    return holding !== undefined && holding.org.id === orgId ? holding : this.#remember(keyId, orgId);
  }

  mayTake(holding: Holding): boolean {
    const free = this.capacity - this.inUse;
    return holding.inUse * keyDivisor < free && holding.org.inUse < free;
  }

  /** Whether some key of this organization may take one. */
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
