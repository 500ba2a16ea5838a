// What commands have reported of keys, and so the version below which nobody may be answered. A key is on in its odd versions.
import type { Position } from '../../src/coordination/ports.ts';
import { formatPosition, type PositionMark, parsePosition } from '../../src/domain/position.ts';

/** A change that was reported with nodes that it did not reach; `undefined`: any node may not know of it. */
interface Bounded {
  readonly version: number;
  readonly except: ReadonlySet<string> | undefined;
}

export interface Told {
  readonly version: number;
  readonly mark: PositionMark | undefined;
}

interface Reported {
  /** The newest version that holds everywhere. */
  version: number;
  readonly bounded: Bounded[];
  told: Told;
}

export class Promises {
  readonly #keys: readonly Reported[];

  constructor(keys: number) {
    this.#keys = Array.from({ length: keys }, () => ({
      version: 0,
      bounded: [],
      told: { version: 0, mark: undefined },
    }));
  }

  #of(key: number): Reported {
    return this.#keys[key] as Reported;
  }

  /** Callers were told the revision of a change, and may ask for it or newer. */
  tell(key: number, version: number, position: Position): void {
    const reported = this.#of(key);
    if (version > reported.told.version) reported.told = { version, mark: parsePosition(formatPosition(position)) };
  }

  /** The newest change whose revision callers were told. */
  toldOf(key: number): Told {
    return this.#of(key).told;
  }

  /** A command said that its change holds on all nodes. */
  holdEverywhere(key: number, version: number): void {
    const reported = this.#of(key);
    reported.version = Math.max(reported.version, version);
  }

  /** A command said that its change holds on all nodes but these; on `undefined`, that it may hold on none yet. */
  holdExcept(key: number, version: number, unreached: readonly string[] | undefined): void {
    this.#of(key).bounded.push({ version, except: unreached && new Set(unreached) });
  }

  /** What nobody may be answered below on that node from now on. */
  floorOf(key: number, nodeId: string): number {
    const { version, bounded } = this.#of(key);
    const reached = bounded.filter(({ except }) => except !== undefined && !except.has(nodeId));
    return Math.max(version, ...reached.map((change) => change.version));
  }
}

export function nameOf(version: number): 'on' | 'off' {
  return version % 2 === 1 ? 'on' : 'off';
}
