// An allowed request on its way through an application: its use is recorded once, when its reply begins, and a route
// may still refuse it for a scope that its key lacks.
import type { BillableEnd } from '../domain/use.ts';
import type { Allowed } from '../domain/verdict.ts';
import { holdsScope } from '../engine/scopes.ts';
import type { LoggedRequest } from '../profiles/access.ts';
import { refuseAtRoute, renderAt } from '../profiles/guard.ts';
import { appendRateHeaders, type Reply } from '../profiles/reply.ts';

export class Passage {
  readonly #request: LoggedRequest;
  readonly #allowed: Allowed | undefined;
  #isRecorded = false;
  #isRefused = false;

  /** @param allowed `undefined`: the request is for a public path and has no key */
  constructor(request: LoggedRequest, allowed: Allowed | undefined) {
    this.#request = request;
    this.#allowed = allowed;
  }

  /** Whether a route refused the request. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** The headers of its reply that the application may replace: flat, name and value in turn. */
  listHeaders(): string[] {
    const { gate, requestId } = this.#request;
    const headers = ['X-Request-Id', requestId];
    if (this.#allowed?.rate !== undefined) appendRateHeaders(headers, gate.dialect, this.#allowed.rate);
    return headers;
  }

  /** Records the use. Call it before the head of the reply leaves. Only the first call counts: it returns `true`. */
  record(end: BillableEnd): boolean {
    if (this.#isRecorded || this.#allowed === undefined) return false;
    this.#isRecorded = true;
    const { gate, facts, arrivedAtMs } = this.#request;
    const { key } = this.#allowed;
    const use = gate.useOf(end, key.environment, facts.method);
    // A client that left got no head.
    const responseMs = use.statusClass === 'none' ? undefined : performance.now() - arrivedAtMs;
    gate.usage.recordUse(key, use, facts.clientAddress, gate.routeOf(key, facts), responseMs);
    return true;
  }

  /**
   * Refuses the request if its key lacks one of `scopes`, as a scope rule of the policy does. The denial is its only
   * use, unless the reply has begun. `undefined`: the key has all scopes. Never rejects.
   */
  refuseWithout(scopes: readonly string[]): Promise<Reply> | undefined {
    const key = this.#allowed?.key;
    if (key !== undefined && scopes.every((scope) => holdsScope(key.scopes, scope))) return undefined;
    this.#isRecorded = true;
    this.#isRefused = true;
    return refuseAtRoute({ ...this.#request, answer: (reply) => reply }, key).catch((error: unknown) => {
      this.#request.gate.onFault(error);
      return renderAt(this.#request, 'unavailable', undefined);
    });
  }
}

const passages = new WeakMap<object, Passage>();

/** Remembers the passage of a request under the object that the framework gives to all handlers of the request. */
export function keepPassage(owner: object, passage: Passage): void {
  passages.set(owner, passage);
}

/** Throws if no guard of this carrier took the request through, so that nothing passes without a decision. */
export function passageOf(owner: object): Passage {
  const passage = passages.get(owner);
  if (passage === undefined)
    throw new Error('requireScopes found no decision about this request: mount apiKeyAuth before it');
  return passage;
}

/** Throws a `TypeError` for a list that would let every key pass. */
export function checkScopes(scopes: readonly unknown[]): void {
  if (scopes.length === 0 || !scopes.every((scope) => typeof scope === 'string' && scope !== ''))
    throw new TypeError("requireScopes needs one or more scopes as text, such as requireScopes('payments:write')");
}
