// Names requests: an id that no other request has and nobody can guess, cheaper than a random UUID for each.
import { randomFillSync } from 'node:crypto';

const bytesPerId = 16;
/** So many ids are made from one call for random bytes and one for their digits. */
const idsPerFill = 256;
const pool = Buffer.allocUnsafeSlow(idsPerFill * bytesPerId);

let digits = '';
let at = 0;

/**
 * A UUID of version 4 (RFC 9562 §5.4) with 122 random bits. Whoever sees one learns nothing of another, nor how many there are:
 * ids that count would tell a customer the traffic of all the others.
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
