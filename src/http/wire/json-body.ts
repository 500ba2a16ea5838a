// JSON request bodies: of bounded size and in valid UTF-8.
import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { describeProblem, type ProblemDetails } from './problem.ts';

const maxBodyBytes = 64 * 1024;

/** The most bytes of a batch of keys to import. */
export const maxImportBytes = 2 * 1024 * 1024;

/** The problem of a body over the default limit. */
export const bodyTooLarge = describeProblem('body_too_large', `The body has more than ${maxBodyBytes} bytes.`);

/** The parsed JSON, or the problem to answer with. */
export type ParsedBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: ProblemDetails };

/** Parses a body as JSON. If a member occurs twice, the last one counts, as always in JavaScript. */
export function parseJsonBody(bytes: Buffer, contentType: string | undefined): ParsedBody {
  if (contentType !== 'application/json' && !isJsonType(contentType)) {
    return {
      ok: false,
      problem: describeProblem('unsupported_media_type', 'Send the body as JSON, with Content-Type: application/json.'),
    };
  }
  // Nearly all bodies are ASCII, and decoding Latin-1 is faster than UTF-8.
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

/** Removes the byte order mark that some tools write first. A parser may ignore it (RFC 8259 §8.1). */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** Whether a `Content-Type` is JSON in UTF-8. Many clients write the charset as `utf8`, so it counts too. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/json(?:\s*;\s*charset="?utf-?8"?)?$/i.test(contentType);
}

/**
 * Calls `use` once with the whole body, or with `undefined` as soon as the body exceeds `maxBytes`. Resolves to the
 * result of `use`, rejects with its error, and stays pending if the client disconnects first.
 *
 * @param maxBytes default: 64 KiB
 */
export function collectBody<Result>(
  req: IncomingMessage,
  use: (bytes: Buffer | undefined) => Result | Promise<Result>,
  maxBytes = maxBodyBytes,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    // The request's events call this, so an error that it threw would end the process.
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
      // Discards the rest of the body until the connection closes.
      req.resume();
      conclude(undefined);
    };
    const finish = (): void => conclude(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    req.on('data', take);
    req.on('end', finish);
  });
}
