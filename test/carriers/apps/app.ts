// What the applications of all frameworks have in common.
import type { IncomingMessage, RequestListener } from 'node:http';
import type { ApiKeyAuthOptions } from '../../../src/middleware/node.ts';
import type { Gate } from '../../../src/profiles/gate.ts';

/** An application of the suite. */
export interface FrameworkApp {
  readonly listener: RequestListener;
  close?(): Promise<unknown>;
}

/**
 * Starts an application whose routes are all guarded. Below `/v1`, on a router of its own:
 * - `POST /v1/refunds` needs the scope `refunds:write`, by `requireScopes`
 * - `GET /v1/cached` sets `Vary: Accept` and `Cache-Control: public, max-age=60`
 * - `GET /v1/throw` throws, `GET /v1/stream` begins a reply and leaves it open
 *
 * All others answer with `Seen`.
 */
export type StartFramework = (gate: Gate, options?: ApiKeyAuthOptions) => Promise<FrameworkApp>;

/** What the application saw of an allowed request. */
export interface Seen {
  readonly auth: { readonly keyId: string; readonly orgId: string } | null;
  readonly method: string;
  /** As the framework shows it: of the router, where it removes the path of the mount. */
  readonly url: string;
  readonly headers: readonly string[];
}

export const mistake = 'the application’s own mistake';
export const cached = { Vary: 'Accept', 'Cache-Control': 'public, max-age=60' };

export const seen = (auth: unknown, req: IncomingMessage): string =>
  JSON.stringify({ auth: auth ?? null, method: req.method, url: req.url, headers: Object.keys(req.headers) });
export const seenIn = (auth: unknown, { method, url, headers }: Request): string =>
  JSON.stringify({ auth: auth ?? null, method, url, headers: [...headers.keys()] });

export const fail = (): never => {
  throw new Error(mistake);
};

/** A body that begins and never ends. */
export const openBody = (): ReadableStream<Uint8Array> =>
  new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('begun')) });
