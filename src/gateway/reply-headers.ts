// The headers a client receives: the upstream's own, less what belongs to its connection and what only we may say, then ours.
import { foldFieldName } from '../domain/field-name.ts';
import { isHopByHop, isLookAlike, nominatedFields, withoutFields } from './hop-by-hop.ts';

/** What the caller wants of a reply's headers; decided before the upstream was asked. */
export interface ReplyHeaderRules {
  /** Flat `[name, value, …]`; each replaces every header of that name, in any case, that the upstream sent. */
  readonly responseHeaders: readonly string[];
  /**
   * Names to add to `Vary`: the header that carried the credential, and `Origin` where the reply differs by it.
   * Default: none.
   */
  readonly vary?: readonly string[];
  /** Drops the upstream's `Access-Control-*`: two voices would contradict each other. Default: they pass. */
  readonly isCorsOurs?: boolean;
  /** An element to add to `Via` (RFC 9110 §7.6.3), such as `1.1 miftah`. Default: none. */
  readonly via?: string | undefined;
  /** Adds `Cache-Control: private` unless the upstream chose one: RFC 9111 §3.5 keeps shared caches off `Authorization` only. */
  readonly isCacheControlPrivate: boolean;
}

/** Finished headers, flat, in the upstream's order and spelling, and the body length they announce: -1 when they announce none. */
export interface ReplyHead {
  readonly headers: string[];
  readonly contentLength: number;
}

/** A name or value as undici hands it over. `latin1Slice` is Buffer's own, faster than `toString('latin1')` and missing from its types. */
export type RawField = Buffer & { latin1Slice(): string };

type Treatment = 'pass' | 'drop' | 'connection' | 'content-length' | 'cache-control' | 'vary' | 'cors';

const rememberedNames = 1_024;
const rememberedNameLength = 64;

// One table for all upstreams: the treatment depends on the name alone, and an upstream that invents names fills it and no more.
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
      // `X-Miftah-*` on a reply would be taken for our word, in any spelling that a reader may fold to it.
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
 * Finishes a reply's headers. `raw` is undici's flat list of latin1 bytes; a 204 loses its Content-Length (RFC 9110 §8.6).
 * Repeated headers (Set-Cookie) stay repeated, in order.
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

/** Trailers fit to follow a reply, as `[name, value]` pairs: none that frames, routes or speaks for us (RFC 9110 §6.5.1). */
export function finishTrailers(raw: readonly RawField[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as RawField).latin1Slice();
    if (decide(name) === 'pass' && name.toLowerCase() !== 'set-cookie')
      pairs.push([name, (raw[i + 1] as RawField).latin1Slice()]);
  }
  return pairs;
}
