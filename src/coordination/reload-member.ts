// One node's part in a reload: it reads and checks its configuration when asked, and uses it when told.
import type { PreparedReload, PrepareReload, ReloadAuthor, ReloadedNode } from '../management/installation-ports.ts';

/** The two stages of a reload. All nodes end the first one before any begins the second. */
export type ReloadStage = 'check' | 'use';

/** What the node that runs a reload asks of every node. The store has it as JSON. */
export interface ReloadRequest {
  readonly id: string;
  readonly stage: ReloadStage;
  readonly author: ReloadAuthor;
}

/** The answer of a node to one stage, without the node's name. The store has it as JSON. */
export interface ReloadAnswer extends Pick<ReloadRequest, 'id' | 'stage'> {
  readonly node: Omit<ReloadedNode, 'id' | 'name' | 'isThis'>;
}

/** A node's part in reloads. It answers each stage of a reload once. Its methods never throw or reject. */
export class ReloadMember {
  #prepare: PrepareReload | undefined;
  #id: string | undefined;
  #stage: ReloadStage = 'check';
  #prepared: PreparedReload | undefined;
  #answer: ReloadAnswer | undefined;
  readonly #onAnswer: () => void;

  /** @param onAnswer called when the answer is another one */
  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
  }

  /** Sets how the node reads its configuration. Before that, it takes part in no reload. */
  follow(prepare: PrepareReload): void {
    this.#prepare = prepare;
  }

  get canReload(): boolean {
    return this.#prepare !== undefined;
  }

  /** The answer to the newest stage. `undefined`: no reload is open, or this node has not finished the stage. */
  get answer(): ReloadAnswer | undefined {
    return this.#answer;
  }

  /** Takes note of the open reload, and begins a stage that is new. `undefined`: none is open. */
  observe(request: ReloadRequest | undefined): void {
    if (request === undefined) {
      this.#id = undefined;
      this.#prepared = undefined;
      this.#answer = undefined;
    } else if (request.id !== this.#id) {
      // A node that joins at the second stage has already read its current file.
      if (request.stage === 'check') void this.check(request.id);
    } else if (request.stage === 'use' && this.#stage === 'check') {
      void this.use(request.author);
    }
  }

  /** The first stage. Resolves to the answer; `undefined`: the reload is over, or this node takes part in none. */
  async check(id: string): Promise<ReloadAnswer | undefined> {
    if (this.#prepare === undefined) return undefined;
    this.#id = id;
    this.#stage = 'check';
    this.#prepared = undefined;
    this.#answer = undefined;
    const prepared = await this.#prepare();
    if (this.#id !== id) return undefined;
    if (prepared.kind === 'refused') return this.#give({ outcome: 'refused', faults: prepared.faults });
    this.#prepared = prepared;
    return this.#give({ outcome: 'ready', ...changeOf(prepared) });
  }

  /** The second stage, after a first one that was `ready`. */
  async use(author: ReloadAuthor): Promise<ReloadAnswer | undefined> {
    const prepared = this.#prepared;
    const id = this.#id;
    if (prepared === undefined) return undefined;
    this.#stage = 'use';
    const faults = await prepared.use(author);
    if (this.#id !== id) return undefined;
    const change = changeOf(prepared);
    if (faults.length > 0) return this.#give({ outcome: 'failed', faults });
    return this.#give({ outcome: change.changed.length > 0 ? 'changed' : 'unchanged', ...change });
  }

  #give(node: ReloadAnswer['node']): ReloadAnswer {
    this.#answer = { id: this.#id as string, stage: this.#stage, node };
    this.#onAnswer();
    return this.#answer;
  }
}

function changeOf({ before, after, changed, needRestart }: PreparedReload) {
  return { before, after, changed, needRestart };
}
