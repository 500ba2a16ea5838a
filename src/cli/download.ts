// Fetches a file from the internal listener: as long as that takes, and not a byte of it wrong.
import { createHash } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CliError, exitCodes } from './cli-error.ts';
import {
  explainProblem,
  explainStranger,
  explainUnreachable,
  parseJson,
  type ServerAccess,
} from './internal-client.ts';

export interface Download {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

export interface DownloadTarget {
  readonly write: (chunk: Buffer) => Promise<void>;
  /** Told of the bytes that have come and of all that will. */
  readonly onProgress: (come: number, all: number) => void;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * POSTs to `path` and writes the answer chunk by chunk. Rejects with a `CliError` when the server refuses, goes away, or
 * sends something else than it announced, and as `write` does. Not `fetch`, which waits five minutes at most for an answer.
 */
export async function download(
  { origin, token }: ServerAccess,
  path: string,
  { write, onProgress, signal }: DownloadTarget,
): Promise<Download> {
  const answer = await ask(origin + path, token, signal).catch((cause) => {
    throw explainUnreachable(origin, cause);
  });
  if (answer.statusCode !== 200) {
    let text = '';
    for await (const chunk of receive(answer)) text += chunk;
    throw explainProblem(answer.statusCode ?? 0, parseJson(text), path, token !== undefined);
  }
  const announced = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(String(answer.headers['repr-digest']))?.[1];
  if (announced === undefined) throw explainStranger(origin);

  const all = Number(answer.headers['content-length']);
  const digest = createHash('sha256');
  let come = 0;
  for await (const chunk of receive(answer)) {
    digest.update(chunk);
    await write(chunk);
    come += chunk.length;
    onProgress(come, all);
  }
  const sum = digest.digest();
  if (sum.toString('base64') !== announced) throw incomplete();
  return { bytes: come, sha256: sum.toString('hex') };
}

function ask(url: string, token: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', signal, headers }, resolve).on('error', reject).end();
  });
}

async function* receive(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (cause) {
    throw incomplete(cause);
  }
}

function incomplete(cause?: unknown): CliError {
  return new CliError(
    exitCodes.unreachable,
    'answer_incomplete',
    'the copy is incomplete or was changed in transit',
    'Try again. The server log may say more.',
    { cause },
  );
}
