// A reply of the application's while it is not whole: among what is open, so that it ends with its key's rights.
import type { ServerResponse } from 'node:http';
import type { RequestFacts } from '../domain/request-facts.ts';
import type { Allowed } from '../domain/verdict.ts';
import { OpenExchange, type OpenExchanges } from '../engine/open-exchanges.ts';

/** RFC 9113 §7: INTERNAL_ERROR. Clients may take a reply for whole that ends with CANCEL or NO_ERROR. */
const streamFailed = 0x2;

/** What replies of the compatibility API of `node:http2` have, instead of `closed` and `destroy`. */
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
 * Ends a reply short of its end, so that the client sees it. To the application it is as when the client leaves, which every
 * application must bear: an answer of ours would get in the way of its own.
 */
export function cutReply(res: ServerResponse): void {
  const { stream } = res as OverHttp2;
  if (stream !== undefined) stream.close(streamFailed);
  // Before HTTP/1.1 a reply may end with the connection: only a reset tells the client that it did not.
  else if (res.req.httpVersion === '1.0' && res.socket !== null) res.socket.resetAndDestroy();
  else res.destroy();
}

/** Keeps a request that was let through among `openExchanges` until its reply is closed; when its key may not go on, the reply is cut. */
export function keepOpen(
  openExchanges: OpenExchanges,
  facts: RequestFacts,
  allowed: Allowed,
  res: ServerResponse,
): void {
  // Its `close` has been, and would not come again.
  if (res.closed || (res as OverHttp2).stream?.closed === true) return;
  const reply = new OpenReply(facts, allowed, res);
  openExchanges.add(reply);
  res.on('close', () => openExchanges.delete(reply));
}
