// The headers that a client receives: the upstream's, without the fields of its connection and those that only we may
// set, then ours.
import { foldFieldName } from '../domain/field-name.ts';
import { isHopByHop, isLookAlike, nominatedFields, withoutFields } from './hop-by-hop.ts';

/** What to change in a reply's headers. The caller decides it before the request is sent to the upstream. */
export interface ReplyHeaderRules {
  /** Flat `[name, value, …]`. Each replaces all upstream headers of the same name, in upper or lower case. */
  readonly responseHeaders: readonly string[];
  /**
   * Names to add to `Vary`: the header that carried the credential, and `Origin` if the reply depends on it. Default:
   * none.
   */
  readonly vary?: readonly string[];
  /** Drops the upstream's `Access-Control-*`, which could contradict ours. Default: they are forwarded. */
  readonly isCorsOurs?: boolean;
  /** An element to add to `Via` (RFC 9110 §7.6.3), such as `1.1 miftah`. Default: none. */
  readonly via?: string | undefined;
  /**
   * Adds `Cache-Control: private` if the upstream sent no `Cache-Control`. RFC 9111 §3.5 keeps shared caches only from
   * requests with `Authorization`.
   */
  readonly isCacheControlPrivate: boolean;
}

/**
 * Finished headers, flat: the upstream's in their order and spelling, then ours. `contentLength` is -1 if none is
 * announced.
 */
export interface ReplyHead {
  readonly headers: string[];
  readonly contentLength: number;
}

/**
 * A name or value from undici. `latin1Slice` is a method of Buffer that its types lack; it is faster than
 * `toString('latin1')`.
 */
export type RawField = Buffer & { latin1Slice(): string };

type Treatment = 'pass' | 'drop' | 'connection' | 'content-length' | 'cache-control' | 'vary' | 'cors';

const rememberedNames = 1_024;
const rememberedNameLength = 64;

// One table for all upstreams, because the treatment depends only on the name. It is bounded, because an upstream can
// invent names.
const remembered = new Map<string, Treatment>();

function decide(name: string): Treatment {
  const folded = foldFieldName(name);
  let treatment: Treatment = 'pass';
  switch (name.toLowerCase()) {
    case 'connection':
    case 'content-length':
    case 'cache-control':
    case 'vary':
      treatment = folded as Treatment;
      break;
    default:
      // A client would take `X-Miftah-*` for our header, in any spelling that it may fold to that.
      if (isHopByHop(folded) || isLookAlike(name, folded) || folded.startsWith('x-miftah-')) treatment = 'drop';
      else if (folded.startsWith('access-control-')) treatment = 'cors';
  }
  if (remembered.size < rememberedNames && name.length <= rememberedNameLength) remembered.set(name, treatment);
  return treatment;
}

const none: readonly string[] = [];

function isReplaced(name: string, ours: readonly string[]): boolean {
  for (let i = 0; i < ours.length; i += 2) {
    const own = ours[i] as string;
    if (own.length === name.length && (own === name || own.toLowerCase() === name.toLowerCase())) return true;
  }
  return false;
}

function variesOn(vary: string, lowerField: string): boolean {
  return vary
    .toLowerCase()
    .split(',')
    .some((member) => member.trim() === lowerField || member.trim() === '*');
}

/**
 * Finishes a reply's headers. `raw` is undici's flat list of latin1 bytes. A 204 loses its Content-Length (RFC 9110
 * §8.6). Repeated headers (Set-Cookie) stay repeated, in order.
 */
export function finishReplyHead(status: number, raw: readonly RawField[], rules: ReplyHeaderRules): ReplyHead {
  const ours = rules.responseHeaders;
  let headers: string[] = [];
  let contentLength = -1;
  let nominated: string[] | undefined;
  let isCacheControlled = !rules.isCacheControlPrivate;
  let unvaried = rules.vary ?? none;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as RawField).latin1Slice();
    const treatment = remembered.get(name) ?? decide(name);
    if (treatment === 'drop') continue;
    const value = (raw[i + 1] as RawField).latin1Slice();
    if (treatment !== 'pass') {
      if (treatment === 'connection') {
        const names = nominatedFields(value);
        if (names.length > 0) nominated = nominated === undefined ? names : nominated.concat(names);
        continue;
      }
      if (treatment === 'content-length') {
        if (status === 204) continue;
        contentLength = Number(value);
      } else if (treatment === 'cache-control') {
        isCacheControlled = true;
      } else if (treatment === 'cors') {
        if (rules.isCorsOurs === true) continue;
      } else {
        unvaried = unvaried.filter((field) => !variesOn(value, field.toLowerCase()));
      }
    }
    if (!isReplaced(name, ours)) headers.push(name, value);
  }
  if (nominated !== undefined) headers = withoutFields(headers, nominated);
  for (let i = 0; i < ours.length; i++) headers.push(ours[i] as string);
  if (rules.via !== undefined) headers.push('Via', rules.via);
  if (unvaried.length > 0) headers.push('Vary', unvaried.join(', '));
  if (!isCacheControlled) headers.push('Cache-Control', 'private');
  return { headers, contentLength };
}

/**
 * The trailers to forward, as `[name, value]` pairs. Without `Set-Cookie` and every field that gets a treatment in a
 * head: framing, connection, caching, CORS and our own (RFC 9110 §6.5.1).
 */
export function finishTrailers(raw: readonly RawField[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as RawField).latin1Slice();
    if (decide(name) === 'pass' && name.toLowerCase() !== 'set-cookie')
      pairs.push([name, (raw[i + 1] as RawField).latin1Slice()]);
  }
  return pairs;
}
