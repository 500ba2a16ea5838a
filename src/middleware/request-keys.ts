// Removes a key from the places of a request that an application repeats or writes to its log.
import type { IncomingMessage } from 'node:http';
import { type KeyPlaces, subprotocolField } from '../domain/credential.ts';
import { foldFieldName } from '../domain/field-name.ts';
import { createSubprotocols } from '../domain/subprotocol.ts';
import { keepArrivedHeaders } from '../http/arrival.ts';

/**
 * Compiles the removal for the places of one API. A key in a header of its own stays, as without a guard. One among the
 * subprotocols is removed, because servers of WebSockets choose from these and repeat the choice in their reply. Another
 * guard of the same request still finds the key: see `arrivedHeadersOf`. `undefined`: there is nothing to remove.
 */
export function createRemoveKeys({ subprotocol }: KeyPlaces): ((req: IncomingMessage) => void) | undefined {
  if (subprotocol === undefined) return undefined;
  const { find, remove } = createSubprotocols(subprotocol);

  return function removeKeys(req) {
    const { rawHeaders } = req;
    // Node builds both from rawHeaders on first use. HTTP/2 requests have only `headers`.
    const { headers, headersDistinct } = req;
    let isKept = false;
    let end = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      let line: string | undefined = rawHeaders[at + 1] as string;
      const lowerName = name.toLowerCase();
      if (foldFieldName(name) === subprotocolField && find(line).length > 0) {
        if (!isKept) keepArrivedHeaders(req);
        isKept = true;
        line = lowerName === subprotocolField ? remove(line) : undefined;
        delete headers[lowerName];
        if (headersDistinct !== undefined) delete headersDistinct[lowerName];
      }
      if (line === undefined) continue;
      rawHeaders[end++] = name;
      rawHeaders[end++] = line;
    }
    if (!isKept) return;
    rawHeaders.length = end;
    const lines = rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === subprotocolField);
    if (lines.length === 0) return;
    headers[subprotocolField] = lines.join(', ');
    if (headersDistinct !== undefined) headersDistinct[subprotocolField] = lines;
  };
}
