// One request on its way to the upstream and its reply on the way back: the handler that undici calls.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Client, Dispatcher } from 'undici';
import type { BodyPace } from './body-pace.ts';
import { closeGently, drainableBytes } from './early-reply.ts';
import { describeFailure, type ForwardOutcome, isStaleConnection } from './outcome.ts';
import { finishReplyHead, finishTrailers, type RawField, type ReplyHeaderRules } from './reply-headers.ts';
import { RequestBody } from './request-body.ts';
import type { Holder, Holding } from './shares.ts';
import type { Upstream, UpstreamHandler } from './upstream.ts';

/** A request to carry to its upstream. The caller has decided everything: nothing here is looked at again. */
export interface ForwardInput extends ReplyHeaderRules, Holder {
  readonly upstream: Upstream;
  readonly limits: ExchangeLimits;
  readonly method: string;
  /** Path and query exactly as the client sent them. */
  readonly target: string;
  /** Flat `[name, value, …]`, finished: hop-by-hop fields and the credential removed, identity added (`createIdentityHeaders`). */
  readonly requestHeaders: string[];
}

/** Called exactly once for each request. The last byte of an `answered` one waits for the promise, if there is one, which must not reject. */
export type OnOutcome = (outcome: ForwardOutcome) => Promise<void> | undefined;

/**
 * The limits that a request obeys; those of one API are prepared once (`prepareLimits`). Times in milliseconds, 0 turns
 * a timeout off.
 */
export interface ExchangeLimits {
  /**
   * Longest silence between a request and the head of its reply, once the request is on a connection. undici ticks
   * twice a second.
   */
  readonly headersTimeoutMs: number;
  /** Longest silence within a reply's body. */
  readonly bodyIdleTimeoutMs: number;
  /** Largest request body carried, in bytes. */
  readonly maxRequestBodyBytes: number;
  /** How slowly the request body may come. */
  readonly pace: BodyPace;
}

// RFC 9110 §9.2.2: the methods that may be sent twice.
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Up to this size a body that came whole is copied behind its head. */
const joinedBytes = 4096;

const clientGone = new Error('the client closed its connection');
const bodyTooLarge = new Error('the request body exceeds the limit');
const bodyTooSlow = new Error('the request body comes too slowly');
const cutError = new Error('the request may not go on');

// `servername` is read by undici's Request and missing from its types.
interface DispatchOptions extends Dispatcher.DispatchOptions {
  readonly servername?: string | undefined;
}

function flushUnlessSent(exchange: Exchange): void {
  exchange.flushHead();
}

function releaseConnection(upstream: Upstream, client: Client, holding: Holding): void {
  upstream.release(client, holding);
}

function dispatchAgain(exchange: Exchange): void {
  exchange.dispatchAgain();
}

function destroyStalled(this: ServerResponse): void {
  this.destroy();
}

/**
 * Carries one request and settles once. It uses undici's raw callbacks (`onHeaders`, `onData`, …) rather than the newer controller
 * ones: those build a header object and two more objects for each reply, and measured a fifth slower. undici is pinned for this file.
 */
export class Exchange implements UpstreamHandler {
  client: Client | undefined = undefined;
  holding: Holding | undefined = undefined;
  isReusing = false;
  waitsUntilMs = 0;
  readonly keyId: string;
  readonly orgId: string;
  protected readonly req: IncomingMessage;
  protected readonly res: ServerResponse;
  protected readonly input: ForwardInput;
  protected readonly upstream: Upstream;
  readonly #clientStallTimeoutMs: number;
  readonly #onOutcome: OnOutcome;
  #body: RequestBody | undefined;
  #bodyLength = 0;
  #abortUpstream: ((error?: Error) => void) | undefined;
  #resumeUpstream: (() => void) | undefined;
  #status = 0;
  #remainingBytes = -1;
  protected isSettled = false;
  #isReplyStarted = false;
  /** Whether the upstream may get it twice: RFC 9110 §9.2.2, and no body that would have to be kept for it. */
  #isRepeatable = false;
  #upgradeTo: string | undefined;
  #isHeadFlushed = false;

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    input: ForwardInput,
    clientStallTimeoutMs: number,
    onOutcome: OnOutcome,
  ) {
    this.req = req;
    this.res = res;
    this.input = input;
    this.keyId = input.keyId;
    this.orgId = input.orgId;
    this.upstream = input.upstream;
    this.#clientStallTimeoutMs = clientStallTimeoutMs;
    this.#onOutcome = onOutcome;
    res.on('close', () => this.#onClientClose());
  }

  /** Sends the request. `bodyLength` as `announcedBodyLength` gives it; `upgrade` names the protocol to switch to. */
  start(bodyLength: number, upgrade?: string): void {
    if (bodyLength !== 0) {
      const { maxRequestBodyBytes, pace } = this.input.limits;
      this.#body = new RequestBody(this.req, maxRequestBodyBytes, pace, (fault) => this.#onBodyFault(fault));
      this.#bodyLength = bodyLength;
    } else {
      this.#isRepeatable = upgrade === undefined && idempotentMethods.has(this.input.method);
    }
    this.#upgradeTo = upgrade;
    this.upstream.dispatch(this);
  }

  send(client: Client): void {
    client.dispatch(this.#dispatchOptions(), this);
  }

  /** Hands the request to undici once more, on the connection that failed it: undici opens that anew, and no other may be stale too. */
  dispatchAgain(): void {
    const { client } = this;
    if (client === undefined) return;
    if (this.isSettled) this.leaveConnection();
    else this.send(client);
  }

  #dispatchOptions(): DispatchOptions {
    const { input, upstream } = this;
    return {
      path: input.target,
      method: input.method,
      headers: input.requestHeaders,
      body: (this.#body as unknown as undefined) ?? null,
      upgrade: this.#upgradeTo ?? null,
      headersTimeout: input.limits.headersTimeoutMs,
      bodyTimeout: input.limits.bodyIdleTimeoutMs,
      servername: upstream.serverName,
    };
  }

  onConnect(abort: (error?: Error) => void): void {
    // Throwing here takes the request back before a byte of it was written, and leaves the connection in use.
    if (this.isSettled) throw clientGone;
    this.#abortUpstream = abort;
  }

  onResponseStarted(): void {
    this.#isReplyStarted = true;
  }

  onHeaders(status: number, raw: RawField[], resume: () => void, statusText: string): boolean {
    if (this.isSettled) return true;
    if (status < 200) {
      this.#forwardInformation(status, raw);
      return true;
    }
    this.#status = status;
    this.#resumeUpstream = resume;
    const { res } = this;
    if (status >= 400 && this.#body !== undefined) this.#endLargeUpload(this.#body);
    const head = finishReplyHead(status, raw, this.input);
    // undici reads the reason phrase as UTF-8; one that is not plain text would be refused by Node, and means nothing to a client.
    res.writeHead(status, isPlainText(statusText) ? statusText : (STATUS_CODES[status] ?? ''), head.headers);
    if (this.input.method === 'HEAD' || status === 204 || status === 304) {
      // Whole already. undici would fail a 304 for the Content-Length that it may carry (RFC 9110 §8.6).
      this.#endReply(null);
      return true;
    }
    this.#remainingBytes = head.contentLength;
    // Node keeps the head back for the first byte of the body. A reply that has none yet (an event stream) must not wait for it, and
    // one whose body came in the same packet should leave in one write: so the head goes when this turn of the loop brought nothing.
    process.nextTick(flushUnlessSent, this);
    return true;
  }

  /** RFC 9112 §9.3: a client that is told of the close need not send the rest of what was refused. */
  #endLargeUpload({ receivedBytes }: RequestBody): void {
    const isLarge = this.#bodyLength < 0 || this.#bodyLength - receivedBytes > drainableBytes;
    // What is left of the body stays under the limits of bodies.
    if (isLarge && !this.req.complete) closeGently(this.req, this.res, 0);
  }

  /** Sends the head if nothing has sent it yet. */
  flushHead(): void {
    if (this.#isHeadFlushed || this.isSettled) return;
    this.#isHeadFlushed = true;
    this.res.flushHeaders();
  }

  onData(chunk: Buffer): boolean {
    if (this.isSettled) return true;
    this.#isHeadFlushed = true;
    const { res } = this;
    if (chunk.length === this.#remainingBytes) {
      // The last byte announced: ending with it saves a second write.
      this.#endReply(null, chunk);
      return true;
    }
    this.#remainingBytes -= chunk.length;
    if (res.write(chunk)) return true;
    this.#waitForClient();
    return false;
  }

  onComplete(trailers: RawField[] | string[] | null): void {
    if (!this.isSettled) this.#endReply(trailers as RawField[] | null);
    if (this.#body !== undefined && this.client !== undefined) this.#endAfterUpload(this.#body, this.client);
    this.leaveConnection();
  }

  /**
   * What is left of a body when its reply is there would stand before the next request. And an upstream that refuses a
   * large one seldom reads it: it closes, whatever its reply says of the connection.
   */
  #endAfterUpload({ receivedBytes }: RequestBody, client: Client): void {
    const isRefused = this.#status >= 400 && receivedBytes > drainableBytes;
    if (isRefused || !this.upstream.hasSentAll(client)) this.upstream.endConnection(client);
  }

  onError(error: Error): void {
    const isConnected = this.#abortUpstream !== undefined;
    if (this.#mayTryAgain(error, isConnected)) {
      this.isReusing = false;
      this.#abortUpstream = undefined;
      // undici is still taking leave of the connection.
      setImmediate(dispatchAgain, this);
      return;
    }
    const { client, holding } = this;
    this.client = undefined;
    // undici is still clearing the failed connection's queue, and asserts that it is empty: the next request must come after that.
    if (client !== undefined) process.nextTick(releaseConnection, this.upstream, client, holding as Holding);
    if (this.isSettled) return;
    this.fail(describeFailure(error, isConnected));
  }

  /** Where an idle connection turned out to be closed, so once; of a request that was not put on it yet, nothing was sent: it may be any. */
  #mayTryAgain(error: Error, isConnected: boolean): boolean {
    return (
      !this.isSettled &&
      this.isReusing &&
      !this.#isReplyStarted &&
      (this.#isRepeatable || !isConnected) &&
      isStaleConnection(error)
    );
  }

  /** Gives the connection back; undici is done with this request. */
  protected leaveConnection(): void {
    const { client } = this;
    if (client === undefined) return;
    this.client = undefined;
    this.upstream.release(client, this.holding as Holding);
  }

  protected settle(outcome: ForwardOutcome): Promise<void> | undefined {
    if (this.isSettled) return undefined;
    this.isSettled = true;
    return this.#onOutcome(outcome);
  }

  /** Ends the exchange without a whole reply: the caller renders one, or the client sees its connection cut. */
  protected fail(outcome: ForwardOutcome): void {
    if (this.isSettled) return;
    if (this.res.headersSent) {
      // Before HTTP/1.1 a reply may end with the connection: only a reset tells the client that it did not.
      if (this.req.httpVersionMinor === 0 && this.res.socket !== null) this.res.socket.resetAndDestroy();
      else this.res.destroy();
    } else {
      this.#body?.destroy();
    }
    void this.settle(outcome);
  }

  #onClientClose(): void {
    if (this.isSettled) return;
    void this.settle({ kind: 'client_aborted' });
    this.upstream.withdraw(this);
    this.#abortUpstream?.(clientGone);
  }

  #onBodyFault(fault: 'body_too_large' | 'body_too_slow'): void {
    if (this.isSettled) return;
    this.res.shouldKeepAlive = false;
    this.fail({ kind: fault });
    this.#abortUpstream?.(fault === 'body_too_large' ? bodyTooLarge : bodyTooSlow);
  }

  /** Ends it at once, as `cut`: the caller says that it may not go on. Nothing happens to one that has ended. */
  cut(): void {
    if (this.isSettled) return;
    this.res.shouldKeepAlive = false;
    this.fail({ kind: 'cut' });
    this.upstream.withdraw(this);
    this.#abortUpstream?.(cutError);
  }

  /** The client reads slower than the upstream sends: nothing is read from the upstream until the client has caught up, or stalls too long. */
  #waitForClient(): void {
    const { res } = this;
    const { socket } = res;
    const usualTimeoutMs = socket?.timeout ?? 0;
    res.setTimeout(this.#clientStallTimeoutMs, destroyStalled);
    res.once('drain', () => {
      res.off('timeout', destroyStalled);
      socket?.setTimeout(usualTimeoutMs);
      this.#resumeUpstream?.();
    });
  }

  /** RFC 9110 §15.2: a proxy forwards informational replies, except 101 and to clients that predate them. */
  #forwardInformation(status: number, raw: RawField[]): void {
    if (this.req.httpVersionMinor === 0 || status <= 101) return;
    const { headers } = finishReplyHead(status, raw, { responseHeaders: [], isCacheControlPrivate: false });
    try {
      this.res.writeInformation(status, headers);
    } catch {
      // A hint that Node will not write is not worth the reply that follows it.
    }
  }

  /** Settles before the last byte leaves: what the client has whole, was counted. */
  #endReply(trailers: RawField[] | null, lastChunk?: Buffer): void {
    const settled = this.settle({ kind: 'answered', status: this.#status });
    if (trailers !== null && trailers.length > 0) this.#addTrailers(trailers);
    if (settled === undefined) this.#sendEnd(lastChunk);
    // What can't be written is cut: the client sees that it has not all of it.
    else settled.then(() => this.#sendEnd(lastChunk)).catch(() => void this.res.destroy());
  }

  #sendEnd(lastChunk: Buffer | undefined): void {
    // Node joins a string with the head and writes both at once; a buffer takes a dearer write of two parts.
    if (lastChunk === undefined || lastChunk.length > joinedBytes) this.res.end(lastChunk);
    else this.res.end((lastChunk as RawField).latin1Slice(), 'latin1');
    // An upstream may answer before it has read the whole body; what is left of it must not be taken for the next request.
    if (this.#body !== undefined && !this.req.complete) this.#body.destroy();
  }

  #addTrailers(raw: RawField[]): void {
    try {
      this.res.addTrailers(finishTrailers(raw));
    } catch {
      // A trailer that Node will not write comes too late to fail the reply for.
    }
  }
}

/** True for printable ASCII: what a reason phrase can hold on both sides. */
function isPlainText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
