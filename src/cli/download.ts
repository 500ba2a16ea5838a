// Downloads a file from the internal listener without a time limit, and checks it against its digest.
import { createHash } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CliError, exitCodes } from './cli-error.ts';
import {
  explainProblem,
  explainUnreachable,
  explainWrongServer,
  parseJson,
  type ServerAccess,
} from './internal-client.ts';

/** A finished download. */
export interface Download {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** Where a download goes. */
export interface DownloadTarget {
  readonly write: (chunk: Buffer) => Promise<void>;
  /** Called with the bytes received so far and the size of the whole file. */
  readonly onProgress: (received: number, total: number) => void;
  /** Aborts the download. */
  readonly signal: AbortSignal;
}

/**
 * POSTs to `path` and writes the answer chunk by chunk. Rejects with a `CliError` if the server refuses, goes away, or
 * sends bytes that do not match its digest, and with the error of `write`. Does not use `fetch`, which waits at most
 * five minutes.
 */
export async function download(
  server: ServerAccess,
  path: string,
  { write, onProgress, signal }: DownloadTarget,
): Promise<Download> {
  const answer = await ask(server.origin + path, server.token, signal).catch((cause) => {
    throw explainUnreachable(server, cause);
  });
  if (answer.statusCode !== 200) {
    let text = '';
    for await (const chunk of receive(answer)) text += chunk;
    throw explainProblem(answer.statusCode ?? 0, parseJson(text), path, server);
  }
  const announced = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(String(answer.headers['repr-digest']))?.[1];
  if (announced === undefined) throw explainWrongServer(server);

  const total = Number(answer.headers['content-length']);
  const digest = createHash('sha256');
  let received = 0;
  for await (const chunk of receive(answer)) {
    digest.update(chunk);
    await write(chunk);
    received += chunk.length;
    onProgress(received, total);
  }
  const sum = digest.digest();
  if (sum.toString('base64') !== announced) throw incomplete();
  return { bytes: received, sha256: sum.toString('hex') };
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
