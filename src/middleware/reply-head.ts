// Adds to a reply what caches must know about the header that carried the key, beside the application's own headers.
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

const varyFields = Symbol('headers to vary on');
const nextWriteHead = Symbol('writeHead before ours');

type WriteHead = (this: ServerResponse<IncomingMessage>, ...args: WriteHeadArguments) => ServerResponse;
type ExplicitHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];
type WriteHeadArguments = [status: number, ...rest: (string | ExplicitHeaders | undefined)[]];

interface GuardedResponse {
  [varyFields]?: readonly string[];
  [nextWriteHead]: WriteHead;
}

/**
 * Adds `field` to the reply's `Vary`, and `Cache-Control: private` if the application sets none: a shared cache must
 * not give one key's reply to another (RFC 9111 §3.5 covers `Authorization` only). Does so when the head is written, so
 * `setHeader`, `res.vary()` and headers given to `writeHead` all work as before.
 */
export function varyOn(res: ServerResponse, field: string): void {
  const guarded = res as unknown as GuardedResponse;
  const others = guarded[varyFields];
  guarded[varyFields] = others === undefined ? [field] : [...others, field];
  // With two guards, one inside the other, the head is finished once.
  if (others !== undefined) return;
  guarded[nextWriteHead] = res.writeHead as unknown as WriteHead;
  // One function for all replies, not a closure for each.
  res.writeHead = writeHead as unknown as ServerResponse['writeHead'];
}

function writeHead(this: ServerResponse, ...args: WriteHeadArguments): ServerResponse {
  const guarded = this as unknown as GuardedResponse;
  if (!this.headersSent) {
    const at = args.findIndex((argument) => typeof argument === 'object' && argument !== null);
    const given = at < 0 ? undefined : (args[at] as ExplicitHeaders);
    const vary = namedIn(given, 'vary') ?? textOf(this.getHeader('vary'));
    const merged = (guarded[varyFields] as readonly string[]).reduce(addTo, vary) as string;
    if (namedIn(given, 'vary') === undefined) this.setHeader('Vary', merged);
    else args[at] = replaceVary(given as ExplicitHeaders, merged);
    if (namedIn(given, 'cache-control') === undefined && !this.hasHeader('cache-control'))
      this.setHeader('Cache-Control', 'private');
  }
  return guarded[nextWriteHead].apply(this, args);
}

function addTo(vary: string | undefined, field: string): string {
  if (vary === undefined || vary.trim() === '') return field;
  const members = vary.toLowerCase().split(',');
  return members.some((member) => member.trim() === field || member.trim() === '*') ? vary : `${vary}, ${field}`;
}

/**
 * The values of a header among those given to `writeHead`: an object, a flat list of names and values, or a list of
 * pairs.
 */
function namedIn(given: ExplicitHeaders | undefined, lowerName: string): string | undefined {
  if (given === undefined) return undefined;
  const values = pairsOf(given).flatMap(([name, value]) =>
    name.toLowerCase() === lowerName ? (textOf(value) ?? []) : [],
  );
  return values.length === 0 ? undefined : values.join(', ');
}

function replaceVary(given: ExplicitHeaders, vary: string): ExplicitHeaders {
  const others = pairsOf(given).filter(([name]) => name.toLowerCase() !== 'vary');
  const all = [...others, ['Vary', vary] as const];
  // Keeps the given form: Node keeps repeated headers of a list, and joins none of an object.
  if (!Array.isArray(given)) return Object.fromEntries(all) as OutgoingHttpHeaders;
  return (Array.isArray(given[0]) ? all : all.flat()) as readonly OutgoingHttpHeader[];
}

function pairsOf(given: ExplicitHeaders): (readonly [string, OutgoingHttpHeader | undefined])[] {
  if (!Array.isArray(given)) return Object.entries(given);
  if (Array.isArray(given[0])) return given as never;
  return Array.from({ length: given.length / 2 }, (_, at) => [String(given[at * 2]), given[at * 2 + 1]]);
}

function textOf(value: OutgoingHttpHeader | undefined): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.join(', ') : String(value);
}
