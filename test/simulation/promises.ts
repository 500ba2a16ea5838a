// The reports of commands about keys, from which follows the oldest version that a request may be answered with. A key
// is on in odd versions.
import type { Position } from '../../src/coordination/ports.ts';
import { formatPosition, type PositionMark, parsePosition } from '../../src/domain/position.ts';

/** A change that was reported as not holding on some nodes. `undefined`: any node may not know of it. */
interface Bounded {
  readonly version: number;
  readonly except: ReadonlySet<string> | undefined;
}

/** The revision of a key's newest change that callers know. */
export interface KnownRevision {
  readonly version: number;
  readonly mark: PositionMark | undefined;
}

interface Reported {
  /** The newest version that holds everywhere. */
  version: number;
  readonly bounded: Bounded[];
  known: KnownRevision;
}

export class Promises {
  readonly #keys: readonly Reported[];

  constructor(keys: number) {
    this.#keys = Array.from({ length: keys }, () => ({
      version: 0,
      bounded: [],
      known: { version: 0, mark: undefined },
    }));
  }

  #of(key: number): Reported {
    return this.#keys[key] as Reported;
  }

  /** Callers got the revision of a change, and may require it or a newer one. */
  announce(key: number, version: number, position: Position): void {
    const reported = this.#of(key);
    if (version > reported.known.version) reported.known = { version, mark: parsePosition(formatPosition(position)) };
  }

  /** The newest change whose revision callers know. */
  knownRevisionOf(key: number): KnownRevision {
    return this.#of(key).known;
  }

  /** A command reported that its change holds on all nodes. */
  holdEverywhere(key: number, version: number): void {
    const reported = this.#of(key);
    reported.version = Math.max(reported.version, version);
  }

  /** A command reported that its change holds on all nodes but `unreached`. `undefined`: it may hold on no node yet. */
  holdExcept(key: number, version: number, unreached: readonly string[] | undefined): void {
    this.#of(key).bounded.push({ version, except: unreached && new Set(unreached) });
  }

  /** The oldest version that this node may answer from now on. */
  floorOf(key: number, nodeId: string): number {
    const { version, bounded } = this.#of(key);
    const reached = bounded.filter(({ except }) => except !== undefined && !except.has(nodeId));
    return Math.max(version, ...reached.map((change) => change.version));
  }
}

export function nameOf(version: number): 'on' | 'off' {
  return version % 2 === 1 ? 'on' : 'off';
}
