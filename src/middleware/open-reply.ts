// Registers the application's open replies, so that each ends when its key loses its permissions.
import type { ServerResponse } from 'node:http';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed } from '../domain/verdict.ts';
import { OpenExchange, type OpenExchanges } from '../engine/open-exchanges.ts';

/** INTERNAL_ERROR (RFC 9113 §7). Clients may take a reply that ends with CANCEL or NO_ERROR for complete. */
const streamFailed = 0x2;

/** Replies of the compatibility API of `node:http2` have `stream` in place of `closed` and `destroy`. */
interface OverHttp2 {
  readonly stream?: { readonly closed: boolean; close(code: number): void };
}

class OpenReply extends OpenExchange {
  private readonly res: ServerResponse;

  constructor(facts: RequestFacts, { key, digest }: Allowed, res: ServerResponse) {
    super(facts);
    this.orgId = key.orgId;
    this.digest = digest;
    this.res = res;
  }

  end(): void {
    cutReply(this.res);
  }
}

/**
 * Cuts a reply, so that the client sees that it is incomplete. To the application it looks as if the client left, which
 * every application must handle. An answer from here would conflict with the application's own.
 */
export function cutReply(res: ServerResponse): void {
  const { stream } = res as OverHttp2;
  if (stream !== undefined) stream.close(streamFailed);
  // Before HTTP/1.1 a reply may end with its connection. Only a reset tells the client that it is incomplete.
  else if (res.req.httpVersion === '1.0' && res.socket !== null) res.socket.resetAndDestroy();
  else res.destroy();
}

/** Whether `close` was emitted. */
export function isClosed(res: ServerResponse): boolean {
  return res.closed || (res as OverHttp2).stream?.closed === true;
}

/**
 * Keeps an allowed request in `openExchanges` until its reply closes. Cuts the reply when its key loses its
 * permissions.
 */
export function keepOpen(
  openExchanges: OpenExchanges,
  facts: RequestFacts,
  allowed: Allowed,
  res: ServerResponse,
): void {
  // `close` was emitted already and would not come again.
  if (isClosed(res)) return;
  const reply = new OpenReply(facts, allowed, res);
  openExchanges.add(reply);
  res.on('close', () => openExchanges.delete(reply));
}
