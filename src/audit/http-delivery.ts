// Sends segments as JSON lines over HTTP.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import { type Deliver, DeliveryError, deliveryTimeoutMs, describeCause, type TlsFiles } from './delivery.ts';
import { exportRecord } from './exported-record.ts';

export interface HttpOptions {
  /** Without user and password. */
  readonly url: URL;
  readonly clock: Clock;
  /** A header with its value, such as a bearer token. Read again for each request. */
  readonly readHeaders: () => Readonly<Record<string, string>>;
  readonly readTls: () => TlsFiles;
}

/**
 * Delivers by POST, one request for each segment: a line of JSON for each record and one for the signed end. A 2xx
 * confirms all of it. Any other answer confirms nothing, also a redirect, which could lead the credential elsewhere.
 */
export function createHttpDelivery({ url, clock, readHeaders, readTls }: HttpOptions): Deliver {
  // A query may hold a token.
  const place = `${url.origin}${url.pathname}`;
  return async ({ records, end }, signal) => {
    const lines = [...records.map((record) => JSON.stringify(exportRecord(record))), end];
    const body = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const headers = {
      ...readHeaders(),
      'content-type': 'application/x-ndjson',
      'content-length': String(body.length),
      'user-agent': 'miftah',
    };
    let answer: Answer;
    try {
      answer = await post(url, { headers, body, signal, tls: readTls() });
    } catch (cause) {
      throw new DeliveryError(`${place} did not answer (${describeCause(cause)})`, { cause });
    }
    const { status, retryAfter } = answer;
    if (status >= 200 && status < 300) return;
    const retryAfterMs = parseRetryAfter(retryAfter, clock.nowMs());
    throw new DeliveryError(`${place} answered ${status}: ${explain(status)}`, {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
  readonly tls: TlsFiles;
}

function post(url: URL, { headers, body, signal, tls: { ca, cert, key, serverName } }: Post): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const isTls = url.protocol === 'https:';
  const name = serverName ?? url.hostname;
  const options = {
    ...{ method: 'POST', headers, agent: false },
    signal: AbortSignal.any([signal, AbortSignal.timeout(deliveryTimeoutMs)]),
    ...(isTls && { ca, cert, key, minVersion: 'TLSv1.2' as const, ...(isIP(name) === 0 && { servername: name }) }),
  };
  const request = (isTls ? requestHttps : requestHttp)(url, options, (response) => {
    const { statusCode: status = 0, headers: fields } = response;
    response.on('error', reject);
    // The status is the answer. The body has no meaning, but reading it tells that the exchange is complete.
    response.on('close', () => {
      if (response.complete) resolve({ status, retryAfter: fields['retry-after'] });
      else reject(new Error('the answer was cut'));
    });
    response.resume();
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** RFC 9110 §10.2.3: seconds or a date. `undefined`: neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

function explain(status: number): string {
  if (status === 401 || status === 403) return 'correct the credential or its rights';
  if (status === 404 || status === 405 || status === 410) return 'correct the URL';
  if (status === 413) return 'let the receiver take bodies of 4 MB';
  if (status === 415) return 'let the receiver take application/x-ndjson';
  if (status >= 300 && status < 400) return 'set the URL that it redirects to';
  if (status === 429) return 'it wants fewer requests';
  if (status >= 400 && status < 500) return 'the receiver refuses the records: see its log';
  return 'the receiver fails: see its log';
}
