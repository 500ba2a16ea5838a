// JSON bodies: bounded, valid UTF-8, and nothing that parsers disagree on.
import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { describeProblem, type ProblemDetails } from './problem.ts';

const maxBodyBytes = 64 * 1024;

/** Of a batch of keys to import. */
export const maxImportBytes = 2 * 1024 * 1024;

export const bodyTooLarge = describeProblem('body_too_large', `The body has more than ${maxBodyBytes} bytes.`);

export type ParsedBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: ProblemDetails };

/** Parses a body as JSON. Of a member that is sent twice the last one counts, as everywhere in JavaScript. */
export function parseJsonBody(bytes: Buffer, contentType: string | undefined): ParsedBody {
  if (contentType !== 'application/json' && !isJsonType(contentType)) {
    return {
      ok: false,
      problem: describeProblem('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json.'),
    };
  }
  // Nearly all bodies are ASCII, and Latin-1 is read faster than UTF-8.
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  if (encoding === 'utf8' && !isUtf8(bytes))
    return { ok: false, problem: describeProblem('bad_request', 'The body is not valid UTF-8.') };
  try {
    return { ok: true, value: JSON.parse(withoutMark(bytes.toString(encoding))) };
  } catch {
    // The parser's own message quotes the body, which may hold a secret.
    return { ok: false, problem: describeProblem('bad_request', 'The body is not valid JSON.') };
  }
}

/** Without the byte order mark that some tools write first. A reader may ignore it (RFC 8259 §8.1). */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Whether a `Content-Type` announces JSON in UTF-8, also under the name `utf8` that many clients write. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json(?:\s*;\s*charset="?utf-?8"?)?$/i.test(contentType);
}

/**
 * Calls `use` once with the whole body, or with `undefined` as soon as it is too large. Resolves with what `use` gives, rejects
 * with what it throws, and stays pending when the client goes away.
 */
export function collectBody<Result>(
  req: IncomingMessage,
  use: (bytes: Buffer | undefined) => Result | Promise<Result>,
  maxBytes = maxBodyBytes,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // Events of the request call this: what it throws would end the process.
    const conclude = (bytes: Buffer | undefined): void => {
      try {
        resolve(use(bytes));
      } catch (error) {
        reject(error);
      }
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= maxBytes) return;
      req.off('data', take);
      req.off('end', finish);
      // What still comes is thrown away until the connection closes.
      req.resume();
      conclude(undefined);
    };
    const finish = (): void => conclude(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    req.on('data', take);
    req.on('end', finish);
  });
}
