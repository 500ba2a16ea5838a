// Adds to a reply's head what caches and browsers must know, beside the application's own headers.
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The rules by which a head is finished when it is written. */
export interface HeadRules {
  /** The request headers that the reply depends on. `Vary` names them. */
  readonly vary: readonly string[];
  /** Whether the reply gets `Cache-Control: private` if the application sets none. */
  readonly isPrivate: boolean;
  /** Flat: names and values in turn. They replace every `Access-Control-*` of the application. `undefined`: its own stay. */
  readonly cors: readonly string[] | undefined;
  /** Called with the status before the head leaves. */
  readonly onHead?: ((status: number) => void) | undefined;
}

const headRules = Symbol('rules for the head');
const nextWriteHead = Symbol('writeHead before ours');

type WriteHead = (this: ServerResponse<IncomingMessage>, ...args: WriteHeadArguments) => ServerResponse;
type ExplicitHeaders = OutgoingHttpHeaders | readonly OutgoingHttpHeader[];
type WriteHeadArguments = [status: number, ...rest: (string | ExplicitHeaders | undefined)[]];

interface GuardedResponse {
  [headRules]?: HeadRules | undefined;
  [nextWriteHead]?: WriteHead;
}

/**
 * Finishes the head of the reply by `rules` when it is written, so `setHeader`, `res.vary()` and headers given to
 * `writeHead` all work as before. A shared cache must not give one key's reply to another (RFC 9111 §3.5 covers
 * `Authorization` only). Two guards, one inside the other, finish it once: with the `Vary` of both and the `cors` of the
 * inner one.
 */
export function finishHead(res: ServerResponse, rules: HeadRules): void {
  const guarded = res as unknown as GuardedResponse;
  const outer = guarded[headRules];
  guarded[headRules] =
    outer === undefined
      ? rules
      : {
          vary: [...outer.vary, ...rules.vary],
          isPrivate: outer.isPrivate || rules.isPrivate,
          cors: rules.cors ?? outer.cors,
          onHead(status) {
            outer.onHead?.(status);
            rules.onHead?.(status);
          },
        };
  if (guarded[nextWriteHead] !== undefined) return;
  guarded[nextWriteHead] = res.writeHead as unknown as WriteHead;
  // One function for all replies, not a closure for each.
  res.writeHead = writeHead as unknown as ServerResponse['writeHead'];
}

/** Leaves the head to the one who writes it: Miftah's own reply is complete. */
export function releaseHead(res: ServerResponse): void {
  (res as unknown as GuardedResponse)[headRules] = undefined;
}

/**
 * Finishes the head of a `Response`. `headers` are the application's, and are changed.
 * @param added flat; each one stays if the application has set it
 */
export function finishHeaders(
  headers: Headers,
  { vary, isPrivate, cors }: Omit<HeadRules, 'onHead'>,
  added: readonly string[],
): void {
  for (let at = 0; at < added.length; at += 2)
    if (!headers.has(added[at] as string)) headers.set(added[at] as string, added[at + 1] as string);
  if (cors !== undefined) {
    for (const name of [...headers.keys()]) if (isCorsField(name)) headers.delete(name);
    for (let at = 0; at < cors.length; at += 2) headers.set(cors[at] as string, cors[at + 1] as string);
  }
  if (vary.length > 0) headers.set('Vary', vary.reduce(addTo, headers.get('Vary') ?? undefined) as string);
  if (isPrivate && !headers.has('Cache-Control')) headers.set('Cache-Control', 'private');
}

function writeHead(this: ServerResponse, ...args: WriteHeadArguments): ServerResponse {
  const guarded = this as unknown as GuardedResponse;
  const rules = guarded[headRules];
  if (!this.headersSent && rules !== undefined) {
    rules.onHead?.(args[0]);
    finish(this, args, rules);
  }
  return (guarded[nextWriteHead] as WriteHead).apply(this, args);
}

function finish(res: ServerResponse, args: WriteHeadArguments, { vary, isPrivate, cors }: HeadRules): void {
  const at = args.findIndex((argument) => typeof argument === 'object' && argument !== null);
  if (cors !== undefined) {
    for (const name of res.getHeaderNames()) if (isCorsField(name)) res.removeHeader(name);
    if (at >= 0) args[at] = withoutFields(args[at] as ExplicitHeaders, isCorsField);
    for (let i = 0; i < cors.length; i += 2) res.setHeader(cors[i] as string, cors[i + 1] as string);
  }
  const given = at < 0 ? undefined : (args[at] as ExplicitHeaders);
  if (vary.length > 0) {
    const stated = namedIn(given, 'vary');
    const merged = vary.reduce(addTo, stated ?? textOf(res.getHeader('vary'))) as string;
    if (stated === undefined) res.setHeader('Vary', merged);
    else args[at] = withoutFields(given as ExplicitHeaders, isVary, ['Vary', merged]);
  }
  if (isPrivate && namedIn(given, 'cache-control') === undefined && !res.hasHeader('cache-control'))
    res.setHeader('Cache-Control', 'private');
}

function isCorsField(name: string): boolean {
  return name.toLowerCase().startsWith('access-control-');
}

function isVary(name: string): boolean {
  return name.toLowerCase() === 'vary';
}

function addTo(vary: string | undefined, field: string): string {
  if (vary === undefined || vary.trim() === '') return field;
  const members = vary.toLowerCase().split(',');
  return members.some((member) => member.trim() === field.toLowerCase() || member.trim() === '*')
    ? vary
    : `${vary}, ${field}`;
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

/** Keeps the given form: Node keeps repeated headers of a list, and joins none of an object. */
function withoutFields(
  given: ExplicitHeaders,
  isDropped: (name: string) => boolean,
  added?: readonly [string, string],
): ExplicitHeaders {
  const all = pairsOf(given).filter(([name]) => !isDropped(name));
  if (added !== undefined) all.push(added);
  if (!Array.isArray(given)) return Object.fromEntries(all) as OutgoingHttpHeaders;
  return (Array.isArray(given[0]) ? all : all.flat()) as readonly OutgoingHttpHeader[];
}

function pairsOf(given: ExplicitHeaders): (readonly [string, OutgoingHttpHeader | undefined])[] {
  if (!Array.isArray(given)) return Object.entries(given);
  if (Array.isArray(given[0])) return [...given] as never;
  return Array.from({ length: given.length / 2 }, (_, at) => [String(given[at * 2]), given[at * 2 + 1]]);
}

function textOf(value: OutgoingHttpHeader | undefined): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.join(', ') : String(value);
}
