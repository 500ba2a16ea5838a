// `Idempotency-Key`: a repeated request gets the first reply again and changes nothing.

import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { OperationalError } from '../../domain/operational-error.ts';
import { ManagementError } from '../../management/management-error.ts';
import type { CommandOptions, Held, KeptReply, ManagementStore, OnHeld } from '../../management/ports.ts';

/** What `createOnce` needs. */
export interface IdempotencyParts {
  readonly replyStore: Pick<ManagementStore, 'findReply' | 'sweepReplies'>;
  /** A secret of this server that is not in its database. */
  readonly sealingSecret: Buffer;
  /** Resolves when every reachable node applies all committed changes. */
  readonly settle: () => Promise<Held>;
  readonly clock: Clock;
  /** Called with the error when old replies could not be removed, for the log. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

/** Options for the command. They store the reply with the change, and report the change. */
type Given<Result> = Pick<CommandOptions<Result>, 'alongside' | 'onHeld'>;

/** The content of a request. An idempotency key is unique for one `person` (the sender) and one `org` (the owner). */
export interface OncePayload {
  readonly person?: string | undefined;
  readonly org?: string | undefined;
  readonly [name: string]: unknown;
}

/**
 * Runs `command` and resolves to `render` of its result. With an idempotency key, it runs the command once: later
 * requests with the key resolve to the first reply, with the header `Idempotency-Replayed: true`. It stores only
 * successes, because a failed request changed nothing and may be repeated.
 * (draft-ietf-httpapi-idempotency-key-header-07)
 *
 * `onHeld` is called with the position of the change; for a repeated request, with that position or a later one. A key
 * belongs to one person, method, path and organization: elsewhere, the same text is another key.
 *
 * Rejects with an `OperationalError`:
 * - `idempotency_key_reused`: `payload` or `If-Match` differ from the first request.
 * - `idempotency_in_progress`: the first request takes more than a second.
 * - `idempotency_reply_gone`: the first reply held a secret and is no longer stored.
 *
 * Rejects with a `ManagementError` if the header is malformed.
 */
export type Once = <Result, Reply extends object>(
  c: Context,
  payload: OncePayload,
  onHeld: OnHeld,
  command: (options: Given<Result>) => Promise<Result>,
  render: (result: Result) => Reply,
) => Promise<Reply>;

const keptMs = oneDayMs;
const secretKeptMs = 600_000;
/** The longest wait for an earlier request with the same key. After it, the client must try again. */
const waitMs = 1000;

/** Creates the `Once` of one process. Replies stay for 24 hours, those with a secret for 10 minutes. */
export function createOnce({ replyStore, sealingSecret, settle, clock, onFault }: IdempotencyParts): Once {
  const running = new Map<string, Promise<void>>();
  let sweepTimer: NodeJS.Timeout | undefined;

  /** Removes old replies on time, also when no new one is stored, or after the server was down. Some hold a secret. */
  function scheduleSweep(): void {
    if (sweepTimer !== undefined) return;
    sweepTimer = setTimeout(() => {
      sweepTimer = undefined;
      replyStore.sweepReplies(clock.nowMs()).catch(onFault);
    }, secretKeptMs).unref();
  }

  async function runAlone<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    for (let before = running.get(name); before !== undefined; before = running.get(name)) {
      if (!(await endsWithin(before, waitMs))) {
        throw new OperationalError(
          'idempotency_in_progress',
          'The first request with this Idempotency-Key is still in progress: send this one again in a moment.',
        );
      }
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    running.set(name, promise);
    try {
      return await work();
    } finally {
      running.delete(name);
      resolve();
    }
  }

  scheduleSweep();
  return async function once<Result, Reply extends object>(
    c: Context,
    payload: OncePayload,
    onHeld: OnHeld,
    command: (options: Given<Result>) => Promise<Result>,
    render: (result: Result) => Reply,
  ): Promise<Reply> {
    const header = c.req.header('idempotency-key');
    if (header === undefined) return render(await command({ onHeld }));
    const scope = JSON.stringify([payload.person ?? null, payload.org ?? null, c.req.method, c.req.path]);
    const { name, key } = deriveNames(sealingSecret, scope, readIdempotencyKey(header));
    const request = [c.req.header('if-match') ?? null, payload];
    const fingerprint = hash('sha256', JSON.stringify(request), 'hex');

    return runAlone(name, async () => {
      const kept = await replyStore.findReply(name, clock.nowMs());
      if (kept !== undefined) {
        const reply = openReply(kept, fingerprint, key);
        // The first request may have ended before its change applied on every node.
        onHeld(await settle());
        c.header('Idempotency-Replayed', 'true');
        return reply as Reply;
      }
      let reply: Reply | undefined;
      await command({
        onHeld,
        alongside: async (operations, result) => {
          reply = render(result);
          const nowMs = clock.nowMs();
          const sealedUntilMs = nowMs + ('secret' in reply || 'token' in reply ? secretKeptMs : keptMs);
          const sealed = seal(JSON.stringify(reply), key, fingerprint);
          await operations.keepReply({ name, fingerprint, sealed, sealedUntilMs, keptUntilMs: nowMs + keptMs }, nowMs);
        },
      });
      scheduleSweep();
      return reply as Reply;
    });
  };
}

const bareKey = /^[A-Za-z0-9!#$%&'*+./:=@^_`|~-]{1,255}$/;
const quotedKey = /^"((?:[ !#-[\]-~]|\\["\\]){1,510})"$/;

/**
 * The key in the header, 1 to 255 characters: a string (RFC 9651 §3.3.3) or, as most clients send it, without quotes.
 * Throws a `ManagementError` for anything else.
 */
export function readIdempotencyKey(header: string): string {
  const key = bareKey.test(header) ? header : quotedKey.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  if (key !== undefined && key.length <= 255) return key;
  throw new ManagementError(
    'invalid_input',
    'Idempotency-Key: must be one string of 1 to 255 characters, such as a UUID, plain or in double quotes',
    'Idempotency-Key',
  );
}

/**
 * The name of a stored reply in `scope`, and the key that seals it. Both need the server's secret, which is not in the
 * database, and the client's key, which is stored nowhere. So neither a stolen database nor the server alone can open a
 * reply.
 */
function deriveNames(
  secret: Buffer,
  scope: string,
  idempotencyKey: string,
): { readonly name: string; readonly key: Buffer } {
  // A digest, because Node's HKDF accepts at most 1,024 bytes of context.
  const context = hash('sha256', scope, 'hex');
  const derive = (use: string) =>
    Buffer.from(hkdfSync('sha256', secret, idempotencyKey, `miftah idempotency ${use} ${context}`, 32));
  return { name: derive('name').toString('hex'), key: derive('seal') };
}

const nonceBytes = 12;
const tagBytes = 16;

/** Seals with AES-256-GCM, bound to the request's fingerprint. Returns base64 of nonce, tag and ciphertext. */
function seal(text: string, key: Buffer, fingerprint: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(fingerprint));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function openReply(kept: KeptReply, fingerprint: string, key: Buffer): object {
  if (kept.fingerprint !== fingerprint) {
    throw new OperationalError(
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request: use a new one for each new request.',
    );
  }
  if (kept.sealed === null) {
    throw new OperationalError(
      'idempotency_reply_gone',
      'This request was already carried out, and its reply with the secret is no longer stored: list the keys to find the key, and rotate or revoke it if its secret is lost.',
    );
  }
  const bytes = Buffer.from(kept.sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(fingerprint))
    .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  return JSON.parse(text.toString('utf8'));
}

async function endsWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const isDone = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}
