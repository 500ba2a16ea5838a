// Makes request ids: unique, impossible to guess, and cheaper than one call of `randomUUID` for each.
import { randomFillSync } from 'node:crypto';

const bytesPerId = 16;
/** One call for random bytes and one for their digits make this many ids. */
const idsPerFill = 256;
const pool = Buffer.allocUnsafeSlow(idsPerFill * bytesPerId);

let digits = '';
let at = 0;

/**
 * A UUID of version 4 (RFC 9562 §5.4) with 122 random bits. It reveals nothing about other ids or their number: from
 * ids that count, a customer could learn the traffic of all others.
 */
export function createRequestId(): string {
  if (at === digits.length) fill();
  const start = at;
  at += bytesPerId * 2;
  return `${digits.slice(start, start + 8)}-${digits.slice(start + 8, start + 12)}-${digits.slice(
    start + 12,
    start + 16,
  )}-${digits.slice(start + 16, start + 20)}-${digits.slice(start + 20, start + 32)}`;
}

function fill(): void {
  randomFillSync(pool);
  for (let id = 0; id < pool.length; id += bytesPerId) {
    pool[id + 6] = ((pool[id + 6] as number) & 0x0f) | 0x40;
    pool[id + 8] = ((pool[id + 8] as number) & 0x3f) | 0x80;
  }
  digits = pool.toString('hex');
  at = 0;
}

/** Ids that common proxies make, and nothing that would be more than an id where it is shown. */
const foreignId = /^[\w.~+/=:@-]{1,128}$/;

/**
 * The id under which a trusted proxy knows the request, so that one id is found in all logs: of exactly one
 * `X-Request-Id` line, if it is 1 to 128 letters, digits or `.~+/=:@_-`. `undefined`: the request needs an id of ours.
 */
export function findRequestId(rawHeaders: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== 12 || name.toLowerCase() !== 'x-request-id') continue;
    if (found !== undefined) return undefined;
    found = rawHeaders[at + 1] as string;
  }
  return found !== undefined && foreignId.test(found) ? found : undefined;
}
