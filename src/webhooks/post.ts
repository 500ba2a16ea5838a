// One attempt to deliver: connects to exactly the addresses that were resolved and checked, and to no other.
import { lookup, Resolver } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type AllowedTargets, hostOf, mayConnect } from '../domain/webhook-target.ts';

/** Why no answer came. Stored as the reason of the attempt. */
export type PostFailure = 'name_not_found' | 'address_not_allowed' | 'connection_failed' | 'tls_failed' | 'timed_out';

export type PostResult =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  | { readonly kind: 'failed'; readonly failure: PostFailure };

/** One request. */
export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the attempt early, as `timed_out`. */
  readonly signal: AbortSignal;
}

/** Resolves a name to addresses. Rejects, or is empty, if there are none. */
export type ResolveName = (host: string) => Promise<readonly string[]>;

export interface PosterOptions {
  readonly allowed: AllowedTargets;
  /** The longest time from the look-up of the name to the head of the answer. Default 15 s. */
  readonly timeoutMs?: number;
  /** Default: DNS. Names that the operator allows are looked up as the system does, so that `localhost` is one. */
  readonly resolve?: ResolveName;
  /** More certificate authorities, for tests. */
  readonly ca?: string;
}

export type Post = (posted: Posted) => Promise<PostResult>;

/** Standard Webhooks advises 15 to 30 seconds. */
const defaultTimeoutMs = 15_000;
const maxHeadBytes = 16_384;

/**
 * Creates a function that posts once. It never rejects. It follows no redirect, reads no body, uses no proxy and keeps
 * no connection. If a name has one address that is not allowed, it connects to none of them.
 */
export function createPost({ allowed, timeoutMs = defaultTimeoutMs, resolve, ca }: PosterOptions): Post {
  const resolveName = resolve ?? ((host: string) => resolveByDns(host, allowed));
  return async function post({ url: text, headers, body, signal }) {
    const url = new URL(text);
    const host = hostOf(url);
    const deadline = new AbortController();
    const stop = () => deadline.abort();
    const timer = setTimeout(stop, timeoutMs);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const addresses = isIP(host) === 0 ? await within(resolveName(host), deadline.signal) : [host];
      if (addresses === 'late' || signal.aborted) return failed('timed_out');
      if (addresses.length === 0) return failed('name_not_found');
      if (!addresses.every((address) => mayConnect(address, host, allowed))) return failed('address_not_allowed');
      return await send(url, { addresses, headers, body, signal: deadline.signal, ca });
    } catch {
      return failed('name_not_found');
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  };
}

interface Sent {
  readonly addresses: readonly string[];
  readonly headers: Posted['headers'];
  readonly body: string;
  readonly signal: AbortSignal;
  readonly ca: string | undefined;
}

function send(url: URL, { addresses, headers, body, signal, ca }: Sent): Promise<PostResult> {
  const { promise, resolve } = Promise.withResolvers<PostResult>();
  const places = addresses.map((address) => ({ address, family: isIP(address) }));
  // Node.js asks for one address or for all, and connects to what it gets.
  const pinned: LookupFunction = (_, { all }, done) => {
    const [first] = places;
    if (all === true) done(null, places);
    else done(null, first?.address ?? '', first?.family);
  };
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
    method: 'POST',
    agent: false,
    lookup: pinned,
    maxHeaderSize: maxHeadBytes,
    signal,
    ...(ca !== undefined && { ca }),
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
  });
  request.once('response', (response) => {
    resolve({ kind: 'answered', status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
    response.on('error', () => undefined);
    // The status says all. A body may be endless.
    request.destroy();
  });
  request.on('error', (error) => resolve(failed(signal.aborted ? 'timed_out' : failureOf(error))));
  // After the head, an error has no meaning, and without the head there is always one.
  request.once('close', () => resolve(failed('connection_failed')));
  request.end(body);
  return promise;
}

function failureOf(error: Error): PostFailure {
  const { code = '' } = error as NodeJS.ErrnoException;
  return /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO/.test(code) ? 'tls_failed' : 'connection_failed';
}

function failed(failure: PostFailure): PostResult {
  return { kind: 'failed', failure };
}

/**
 * Asks DNS without the system's `getaddrinfo`, which blocks one of few threads for as long as a name server is silent.
 * The journal of uses needs the same threads.
 */
async function resolveByDns(host: string, { names }: AllowedTargets): Promise<readonly string[]> {
  if (names.has(host)) return (await lookup(host, { all: true })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

/** The result, or `late` once the signal aborts. A later rejection is ignored. */
async function within<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | 'late'> {
  const { promise, resolve } = Promise.withResolvers<'late'>();
  const give = () => resolve('late');
  signal.addEventListener('abort', give, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', give);
    work.catch(() => undefined);
  }
}
