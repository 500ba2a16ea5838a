// Removes header fields with which a client could change the meaning of an allowed request, before the application
// reads them.
import type { IncomingMessage } from 'node:http';
import { foldFieldName, isClientAddressField, isOverrideField } from '../domain/field-name.ts';

type Treatment = 'pass' | 'remove' | 'remove-unless-trusted';

/** Names to remember with their treatment, at most. A client that invents names fills this and no more. */
const rememberedNames = 512;
const rememberedNameLength = 64;

/** Removes fields that must not reach the application. Calls `isPeerTrusted` only if a field depends on it. */
export interface RemoveFields {
  fromMessage(req: IncomingMessage, isPeerTrusted: () => boolean): void;
  /** The names to remove. */
  listIn(headers: Headers, isPeerTrusted: () => boolean): string[];
}

/**
 * Compiles the removal of override fields (`X-HTTP-Method-Override`, `X-Original-URL` …), of `X-Miftah-*`, and, unless
 * the peer is a trusted proxy, of fields that name the client (`X-Real-IP` …). Matches every spelling that CGI-like
 * code folds to them.
 * @param passed names to keep; throws a `TypeError` for one that is not a field name or is Miftah's own
 */
export function createRemoveFields(passed: readonly string[]): RemoveFields {
  const passedFields = new Set(passed.map(readPassed));
  const remembered = new Map<string, Treatment>();

  function decide(name: string): Treatment {
    const folded = foldFieldName(name);
    let treatment: Treatment = 'pass';
    if (!passedFields.has(folded)) {
      if (isOverrideField(folded) || folded.startsWith('x-miftah-')) treatment = 'remove';
      else if (isClientAddressField(folded)) treatment = 'remove-unless-trusted';
    }
    if (remembered.size < rememberedNames && name.length <= rememberedNameLength) remembered.set(name, treatment);
    return treatment;
  }

  function isRemoved(name: string, isPeerTrusted: () => boolean): boolean {
    const treatment = remembered.get(name) ?? decide(name);
    return treatment === 'remove' || (treatment === 'remove-unless-trusted' && !isPeerTrusted());
  }

  return {
    fromMessage(req, isPeerTrusted) {
      const { rawHeaders } = req;
      for (let at = 0; at < rawHeaders.length; at += 2) {
        const name = rawHeaders[at] as string;
        if ((remembered.get(name) ?? decide(name)) === 'pass') continue;
        removeAll(req, (field) => isRemoved(field, isPeerTrusted));
        return;
      }
    },
    listIn: (headers, isPeerTrusted) => [...headers.keys()].filter((name) => isRemoved(name, isPeerTrusted)),
  };
}

function removeAll(req: IncomingMessage, isRemoved: (name: string) => boolean): void {
  // Node builds both from rawHeaders on first use, by the number of fields that arrived.
  const { rawHeaders, headers, headersDistinct } = req;
  let kept = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (isRemoved(name)) {
      const lowerName = name.toLowerCase();
      delete headers[lowerName];
      // HTTP/2 requests have no such member.
      if (headersDistinct !== undefined) delete headersDistinct[lowerName];
    } else {
      rawHeaders[kept++] = name;
      rawHeaders[kept++] = rawHeaders[at + 1] as string;
    }
  }
  rawHeaders.length = kept;
}

function readPassed(name: string): string {
  if (typeof name !== 'string' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(name))
    throw new TypeError(
      `passHeaders: ${JSON.stringify(name)} is not a header name: use one such as X-HTTP-Method-Override`,
    );
  const folded = foldFieldName(name);
  if (folded.startsWith('x-miftah-'))
    throw new TypeError(`passHeaders: ${name} is reserved for Miftah: remove it and read req.auth instead`);
  return folded;
}
