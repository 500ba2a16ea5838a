// `Idempotency-Key`: a request that is sent again gets its first reply again, and changes nothing a second time.

import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { oneDayMs } from '../../domain/durations.ts';
import { OperationalError } from '../../domain/operational-error.ts';
import { ManagementError } from '../../management/management-error.ts';
import type { CommandOptions, Held, KeptReply, ManagementStore, OnHeld } from '../../management/ports.ts';

export interface IdempotencyParts {
  readonly replyStore: Pick<ManagementStore, 'findReply' | 'sweepReplies'>;
  /** A secret of this server that is not in its database. */
  readonly sealingSecret: Buffer;
  /** Resolves when everything that is committed holds on every node, as far as it can be reached. */
  readonly settle: () => Promise<Held>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

/** What a command is given, so that its reply is kept with its change and tells of it. */
type Given<Result> = Pick<CommandOptions<Result>, 'alongside' | 'onHeld'>;

/** What came with a request. `person`, who sent it, and `org`, whose affair it is, are part of what a key is unique in. */
export interface OncePayload {
  readonly person?: string | undefined;
  readonly org?: string | undefined;
  readonly [name: string]: unknown;
}

/**
 * Carries out `command` and resolves to `render` of its result; under an idempotency key, once. `onHeld` is told where the
 * change stands, of a repetition that it stands there or before. Later requests with the same
 * key resolve to the same reply, and `Idempotency-Replayed: true` is set on it. Only successes are kept: what failed changed
 * nothing and may be tried again. A key is one person's, for one method and path of one organization:
 * elsewhere the same text is another key. Rejects with `idempotency_key_reused` when `payload` or `If-Match` differ from the
 * first request's, `idempotency_in_progress` when that one is not done in time, `idempotency_reply_gone` when its
 * reply held a secret and is no longer kept. (draft-ietf-httpapi-idempotency-key-header-07)
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
/** A request waits so long for the one before it with the same key; then its client does. */
const waitMs = 1000;

export function createOnce({ replyStore, sealingSecret, settle, clock, onFault }: IdempotencyParts): Once {
  const running = new Map<string, Promise<void>>();
  let sweepTimer: NodeJS.Timeout | undefined;

  /** Secrets, sealed as they are, leave the disk in time also when nothing is kept after them, or the server was away. */
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
        // The caller of the change may have been interrupted before it applied everywhere.
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
          const sealedUntilMs = nowMs + ('secret' in reply ? secretKeptMs : keptMs);
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

/** The key in the header: a string of RFC 9651 or, as most clients send it, bare; 1 to 255 characters. */
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
 * The name under which a reply to a request in `scope` is kept, and the key that seals it. Both need the server's secret, which is not in the
 * database, and the client's key, which is kept nowhere: neither a stolen database nor the server alone can open a reply.
 */
function deriveNames(
  secret: Buffer,
  scope: string,
  idempotencyKey: string,
): { readonly name: string; readonly key: Buffer } {
  // A digest: HKDF takes no more than 1,024 bytes of context.
  const context = hash('sha256', scope, 'hex');
  const derive = (use: string) =>
    Buffer.from(hkdfSync('sha256', secret, idempotencyKey, `miftah idempotency ${use} ${context}`, 32));
  return { name: derive('name').toString('hex'), key: derive('seal') };
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM, bound to the request; base64 of nonce, tag and ciphertext. */
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
