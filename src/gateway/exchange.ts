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

/** A request to forward to its upstream. The caller has made all decisions; nothing is checked again here. */
export interface ForwardInput extends ReplyHeaderRules, Holder {
  readonly upstream: Upstream;
  readonly limits: ExchangeLimits;
  readonly method: string;
  /** The base path of the upstream, then path and query exactly as the client sent them. */
  readonly target: string;
  /**
   * Flat `[name, value, …]`, as `createIdentityHeaders` finishes it: without hop-by-hop fields and the credential, with
   * the identity added.
   */
  readonly requestHeaders: string[];
}

/**
 * Called exactly once per request. If it returns a promise for an `answered` request, the last byte of the reply waits
 * for it. The promise must not reject.
 */
export type OnOutcome = (outcome: ForwardOutcome) => Promise<void> | undefined;

/**
 * The limits of a request; `prepareLimits` prepares them once per API. Times in milliseconds, 0 turns a timeout off.
 */
export interface ExchangeLimits {
  /**
   * Longest silence between a request and the head of its reply, once the request is on a connection. The precision is
   * half a second: undici ticks twice a second.
   */
  readonly headersTimeoutMs: number;
  /** Longest silence within a reply's body. */
  readonly bodyIdleTimeoutMs: number;
  /** Largest request body, in bytes. */
  readonly maxRequestBodyBytes: number;
  /** How slowly the request body may arrive. */
  readonly pace: BodyPace;
}

// The methods that may be repeated (RFC 9110 §9.2.2).
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** A last chunk of up to this size is joined with the head of its reply, in one write. */
const joinedBytes = 4096;

const clientGone = new Error('the client closed its connection');
const bodyTooLarge = new Error('the request body exceeds the limit');
const bodyTooSlow = new Error('the request body comes too slowly');
const cutError = new Error('the request may not go on');

// undici's Request reads `servername`, but its types lack it.
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
 * Forwards one request and settles once. It uses undici's raw callbacks (`onHeaders`, `onData`, …), not the newer
 * controller callbacks. Those build three more objects per reply and measured a fifth slower. undici's version is
 * pinned because of this.
 */
export class Exchange implements UpstreamHandler {
  client: Client | undefined = undefined;
  holding: Holding | undefined = undefined;
  isReusing = false;
  waitsUntilMs = 0;
  replyBytes = 0;
  headAtMs: number | undefined = undefined;
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
  /** Of the upstream's final reply. 0: it has not begun. */
  #status = 0;
  #remainingBytes = -1;
  protected isSettled = false;
  #isReplyStarted = false;
  /** Whether the request may be sent twice: its method allows it (RFC 9110 §9.2.2), and it has no body. */
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

  /**
   * Sends the request. `bodyLength` is the result of `announcedBodyLength`; `upgrade` names the protocol to switch to.
   */
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

  /**
   * Hands the request to undici again, on the same client. undici opens a new connection for it, while another client's
   * idle connection may be stale too.
   */
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
    // Throwing here takes the request back before its first byte is written, and the connection stays usable.
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
    this.headAtMs = performance.now();
    this.#resumeUpstream = resume;
    const { res } = this;
    if (status >= 400 && this.#body !== undefined) this.#endLargeUpload(this.#body);
    const head = finishReplyHead(status, raw, this.input);
    // undici reads the reason phrase as UTF-8. Node would reject any but plain text, so the standard one replaces it.
    res.writeHead(status, isPlainText(statusText) ? statusText : (STATUS_CODES[status] ?? ''), head.headers);
    if (this.input.method === 'HEAD' || status === 204 || status === 304) {
      // The reply is complete. undici would fail a 304 for the Content-Length that it may have (RFC 9110 §8.6).
      this.#endReply(null);
      return true;
    }
    this.#remainingBytes = head.contentLength;
    // Node holds the head back until the first byte of the body. An event stream may have no byte yet, so its head must
    // not wait. A body that came in the same packet should leave with the head in one write. So the head is sent alone
    // only if no data follows in this turn of the event loop.
    process.nextTick(flushUnlessSent, this);
    return true;
  }

  /**
   * Tells the client that the connection closes, so that it need not send the rest of a denied upload (RFC 9112 §9.3).
   */
  #endLargeUpload({ receivedBytes }: RequestBody): void {
    const isLarge = this.#bodyLength < 0 || this.#bodyLength - receivedBytes > drainableBytes;
    // The limits of request bodies still apply to the rest, so no other time limit is needed.
    if (isLarge && !this.req.complete) closeGently(this.req, this.res, 0);
  }

  /** Sends the head unless it was sent already. */
  flushHead(): void {
    if (this.#isHeadFlushed || this.isSettled) return;
    this.#isHeadFlushed = true;
    this.res.flushHeaders();
  }

  onData(chunk: Buffer): boolean {
    if (this.isSettled) return true;
    this.#isHeadFlushed = true;
    this.replyBytes += chunk.length;
    const { res } = this;
    if (chunk.length === this.#remainingBytes) {
      // This is the end of the announced length: ending the reply with it saves a second write.
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
   * Ends the connection if part of the body is still unsent: that part would come before the next request. Also ends it
   * after an error reply to a large body. Such an upstream seldom reads the rest and closes, even if its reply says
   * otherwise.
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
      // undici has not yet finished with the failed connection.
      setImmediate(dispatchAgain, this);
      return;
    }
    const { client, holding } = this;
    this.client = undefined;
    // undici still clears the failed connection's queue and asserts that it is empty, so the next request must come
    // later.
    if (client !== undefined) process.nextTick(releaseConnection, this.upstream, client, holding as Holding);
    if (this.isSettled) return;
    this.fail(describeFailure(error, isConnected));
  }

  /**
   * True once, if a reused connection turned out to be closed. A request that was never put on it was not sent, so it
   * may have any method.
   */
  #mayTryAgain(error: Error, isConnected: boolean): boolean {
    return (
      !this.isSettled &&
      this.isReusing &&
      !this.#isReplyStarted &&
      (this.#isRepeatable || !isConnected) &&
      isStaleConnection(error)
    );
  }

  /** Gives the connection back after undici is done with this request. */
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

  /** Ends the exchange without a complete reply. The caller renders one, or the client's connection is cut. */
  protected fail(outcome: ForwardOutcome): void {
    if (this.isSettled) return;
    if (this.res.headersSent) {
      // Before HTTP/1.1 the end of the connection may mark the end of the reply. Only a reset shows that it is
      // incomplete.
      if (this.req.httpVersionMinor === 0 && this.res.socket !== null) this.res.socket.resetAndDestroy();
      else this.res.destroy();
    } else {
      this.#body?.destroy();
    }
    void this.settle(outcome);
  }

  #onClientClose(): void {
    if (this.isSettled) return;
    void this.settle({ kind: 'client_aborted', status: this.#status });
    this.upstream.withdraw(this);
    this.#abortUpstream?.(clientGone);
  }

  #onBodyFault(fault: 'body_too_large' | 'body_too_slow'): void {
    if (this.isSettled) return;
    this.res.shouldKeepAlive = false;
    this.fail({ kind: fault, status: this.#status });
    this.#abortUpstream?.(fault === 'body_too_large' ? bodyTooLarge : bodyTooSlow);
  }

  /** Ends the exchange at once, with the outcome `cut`. Does nothing if it has ended. */
  cut(): void {
    if (this.isSettled) return;
    this.res.shouldKeepAlive = false;
    this.fail({ kind: 'cut', status: this.#status });
    this.upstream.withdraw(this);
    this.#abortUpstream?.(cutError);
  }

  /**
   * Pauses the upstream while the client reads slower than the upstream sends. Destroys the reply if the client stalls
   * too long.
   */
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

  /** Forwards an informational reply (RFC 9110 §15.2), unless it is a 100 or 101 or the client speaks HTTP/1.0. */
  #forwardInformation(status: number, raw: RawField[]): void {
    if (this.req.httpVersionMinor === 0 || status <= 101) return;
    const { headers } = finishReplyHead(status, raw, { responseHeaders: [], isCacheControlPrivate: false });
    try {
      this.res.writeInformation(status, headers);
    } catch {
      // If Node rejects the hint, it is dropped: the final reply matters more.
    }
  }

  /** Settles before the last byte leaves, so that every complete reply has been counted. */
  #endReply(trailers: RawField[] | null, lastChunk?: Buffer): void {
    const settled = this.settle({ kind: 'answered', status: this.#status });
    if (trailers !== null && trailers.length > 0) this.#addTrailers(trailers);
    if (settled === undefined) this.#sendEnd(lastChunk);
    // If the outcome can't be recorded or the end can't be written, the client sees a truncated reply.
    else settled.then(() => this.#sendEnd(lastChunk)).catch(() => void this.res.destroy());
  }

  #sendEnd(lastChunk: Buffer | undefined): void {
    // Node joins a string with the head and writes both at once. A buffer needs a slower write of two parts.
    if (lastChunk === undefined || lastChunk.length > joinedBytes) this.res.end(lastChunk);
    else this.res.end((lastChunk as RawField).latin1Slice(), 'latin1');
    // An upstream may answer before it reads the whole body. The rest must not be taken for the next request.
    if (this.#body !== undefined && !this.req.complete) this.#body.destroy();
  }

  #addTrailers(raw: RawField[]): void {
    try {
      this.res.addTrailers(finishTrailers(raw));
    } catch {
      // If Node rejects a trailer, the trailer is dropped: it is too late to fail the reply.
    }
  }
}

/** True for printable ASCII, the characters that a reason phrase can have on both sides. */
function isPlainText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
