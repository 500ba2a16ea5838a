// Removes a key from the places of a request that an application repeats or writes to its log.
import type { IncomingMessage } from 'node:http';
import { type KeyPlaces, subprotocolField } from '../domain/credential.ts';
import { foldFieldName } from '../domain/field-name.ts';
import { createQueryKey } from '../domain/query-key.ts';
import { createSubprotocols } from '../domain/subprotocol.ts';
import { keepArrived } from '../http/arrival.ts';

/** Header lines without the key. `undefined`: nothing is left of the line. */
type RewriteLine = (name: string, line: string) => string | undefined;

/** Removes the key of one API. */
export interface RemoveKeys {
  fromMessage(req: IncomingMessage): void;
  readonly fromLine: RewriteLine;
  fromUrl(url: string): string;
}

/**
 * Compiles the removal for the places of one API. A key in a header of its own stays, as without a guard. One among the
 * subprotocols is removed, because servers of WebSockets choose from these and repeat the choice in their reply. One in
 * the query is removed from `url`, `originalUrl`, `:path` and `Referer`, because applications log and repeat them.
 * Another guard of the same request still finds the key: see `arrivedHeadersOf`. `undefined`: there is nothing to remove.
 */
export function createRemoveKeys({ subprotocol, query }: KeyPlaces): RemoveKeys | undefined {
  if (subprotocol === undefined && query === undefined) return undefined;
  const subprotocols = subprotocol === undefined ? undefined : createSubprotocols(subprotocol);
  const queryKey = query === undefined ? undefined : createQueryKey(query);

  const rewriteLine: RewriteLine = (name, line) => {
    if (queryKey !== undefined && (name === ':path' || name.toLowerCase() === 'referer')) return queryKey.remove(line);
    if (subprotocols === undefined || foldFieldName(name) !== subprotocolField) return line;
    if (name.toLowerCase() === subprotocolField) return subprotocols.remove(line);
    return subprotocols.find(line).length > 0 ? undefined : line;
  };

  const fromUrl = (url: string) => queryKey?.remove(url) ?? url;

  function fromMessage(req: IncomingMessage): void {
    const { rawHeaders } = req;
    const url = req.url as string;
    const bareUrl = fromUrl(url);
    const isClean = (_: string, at: number) =>
      at % 2 === 1 || rewriteLine(rawHeaders[at] as string, rawHeaders[at + 1] as string) === rawHeaders[at + 1];
    if (bareUrl === url && rawHeaders.every(isClean)) return;
    keepArrived(req);
    rewriteHeaders(req, rewriteLine);
    if (queryKey === undefined) return;
    req.url = bareUrl;
    const copied = req as { originalUrl?: unknown };
    if (typeof copied.originalUrl === 'string') copied.originalUrl = queryKey.remove(copied.originalUrl);
  }

  return { fromMessage, fromLine: rewriteLine, fromUrl };
}

function rewriteHeaders(req: IncomingMessage, rewriteLine: RewriteLine): void {
  // Node builds both from rawHeaders on first use. HTTP/2 requests have only `headers`.
  const { rawHeaders, headers, headersDistinct } = req;
  const rewritten = new Map<string, string[]>();
  let end = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    const sent = rawHeaders[at + 1] as string;
    const line = rewriteLine(name, sent);
    const lowerName = name.toLowerCase();
    if (line !== sent && !rewritten.has(lowerName)) rewritten.set(lowerName, []);
    if (line === undefined) continue;
    rawHeaders[end++] = name;
    rawHeaders[end++] = line;
  }
  rawHeaders.length = end;
  for (const [lowerName, lines] of rewritten) {
    for (let at = 0; at < end; at += 2)
      if (rawHeaders[at]?.toLowerCase() === lowerName) lines.push(rawHeaders[at + 1] as string);
    if (lines.length === 0) delete headers[lowerName];
    // Of two Referer lines, Node keeps the first.
    else headers[lowerName] = lowerName === 'referer' ? lines[0] : lines.join(', ');
    if (headersDistinct === undefined) continue;
    if (lines.length === 0) delete headersDistinct[lowerName];
    else headersDistinct[lowerName] = lines;
  }
}
