// The sender over a real database and real receivers, with a clock and a timer that the test sets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit-record.ts';
import { createSecretSeal, newSigningSecret, type WebhookEndpoint } from '../../src/domain/webhook-endpoint.ts';
import { compileTargets } from '../../src/domain/webhook-target.ts';
import { createHeldRight } from '../../src/engine/held-right.ts';
import { openSqlite } from '../../src/storage/sqlite/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { retryDelaysMs } from '../../src/webhooks/attempts.ts';
import { createPost, type Post } from '../../src/webhooks/post.ts';
import { type Sender, startSender } from '../../src/webhooks/sender.ts';
import { openReceiver, type Receiver } from './receiver.ts';

const start = Date.parse('2026-11-21T09:30:00Z');
const seal = createSecretSeal('a session secret of a server, long enough');

let folder: string;
let storage: Storage;
let nowMs: number;
let receivers: Receiver[];
let senders: Sender[];
let disabled: string[];
let faults: unknown[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'miftah-webhooks-'));
  storage = await openSqlite({ file: join(folder, 'miftah.db') });
  [nowMs, receivers, senders, disabled, faults] = [start, [], [], [], []];
});
afterEach(async () => {
  for (const sender of senders) await sender.close();
  for (const receiver of receivers) await receiver.close();
  await storage.close();
  rmSync(folder, { recursive: true });
});

async function receive(answer: Receiver['answer'] = 204): Promise<Receiver> {
  const receiver = await openReceiver();
  receiver.answer = answer;
  receivers.push(receiver);
  return receiver;
}

async function createEndpoint(id: string, url: string, fields: Partial<WebhookEndpoint> = {}): Promise<void> {
  await storage.management.createEndpoint({
    ...{
      id,
      orgId: null,
      name: id,
      url,
      types: 'all',
      format: 'standard',
      signature: 'hmac',
      former: null,
      disabled: null,
    },
    ...{ sealedSecret: seal.seal(newSigningSecret('hmac'), id), createdAtMs: nowMs },
    ...fields,
  });
}

/** Writes `count` events. */
function happen(count = 1): Promise<void> {
  const entry: AuditEntry = {
    ...{ atMs: nowMs, actor: { kind: 'operator', id: null, label: 'operator token' }, via: 'admin_api', address: null },
    ...{ requestId: null, action: 'org.created', target: { kind: 'org', id: 'org_1' }, orgId: null },
    ...{ before: null, after: {} },
  };
  return storage.management.transaction(async ({ appendAudit }) => {
    for (let at = 0; at < count; at++) await appendAudit(entry);
  });
}

/** Its timer never fires: the test wakes it. */
function send(post: Post = createPost({ allowed: compileTargets(['127.0.0.1']), timeoutMs: 100_000 })): Sender {
  const right = createHeldRight({ holder: `sender ${senders.length}`, store: storage.sendingRight });
  const sender = startSender({
    right,
    store: storage.webhooks,
    post,
    seal,
    clock: { nowMs: () => nowMs },
    timer: { start: () => () => undefined },
    random: () => 0,
    onDisabled: (endpoint, because) => disabled.push(`${endpoint.id} ${because}`),
    onFault: (error) => faults.push(error),
  });
  const closed = {
    ...sender,
    async close() {
      await sender.close();
      await right.release();
    },
  };
  senders.push(closed);
  return closed;
}

async function deliveriesOf(id: string) {
  return (await storage.management.listDeliveries(id, { limit: 99 })).items;
}

async function settled(id: string, attempts: number): Promise<void> {
  await expect
    .poll(async () => (await deliveriesOf(id)).map((each) => each.attempts), { timeout: 20_000 })
    .toContain(attempts);
}

describe('the sender', () => {
  test('repeats an event under one id for three days, then disables the endpoint and says so', async () => {
    const receiver = await receive(500);
    await createEndpoint('wh_1', receiver.url);
    await happen();
    const sender = send();
    await settled('wh_1', 1);
    for (const [at, delayMs] of retryDelaysMs.entries()) {
      nowMs += delayMs - 1;
      sender.wake();
      nowMs += 1;
      sender.wake();
      await settled('wh_1', at + 2);
    }
    await expect.poll(() => disabled, { timeout: 20_000 }).toEqual(['wh_1 failing']);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
    expect(receiver.received).toHaveLength(10);
    expect(sender.counts).toEqual({ delivered: 0, refused: 10, unreachable: 0 });
    const [delivery] = await deliveriesOf('wh_1');
    expect(delivery).toMatchObject({ status: 'failed', attempts: 10, lastStatus: 500, lastError: 'status' });
    expect(nowMs - start).toBe(retryDelaysMs.reduce((sum, each) => sum + each, 0));
    const actions = (await storage.audit.readAudit(0, 9)).map(({ action }) => action);
    expect(actions).toEqual(['org.created', 'webhook.disabled']);
  });

  test('sends on after a takeover, and a node that comes back changes nothing', async () => {
    const receiver = await receive();
    await createEndpoint('wh_1', receiver.url);
    await happen(3);
    // The first node takes the right, and then its attempts hang: it is cut off.
    const reached = Promise.withResolvers<void>();
    const back = Promise.withResolvers<void>();
    const hanging: Post = async () => {
      reached.resolve();
      await back.promise;
      return { kind: 'failed', failure: 'timed_out' };
    };
    send(hanging);
    await reached.promise;
    const other = send();
    other.wake();
    nowMs += 29_000;
    other.wake();
    await expect.poll(() => receiver.received.length).toBe(0);
    nowMs += 1_001;
    other.wake();
    await receiver.until(({ length }) => length === 3);
    await expect.poll(() => other.counts.delivered, { timeout: 20_000 }).toBe(3);
    await expect
      .poll(async () => (await deliveriesOf('wh_1')).map(({ status }) => status), { timeout: 20_000 })
      .toEqual(['delivered', 'delivered', 'delivered']);
    back.resolve();
    await senders[0]?.close();
    expect((await deliveriesOf('wh_1')).map(({ status }) => status)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(3);
    expect(faults).toEqual([]);
  });

  test('is not stalled by 150 endpoints that never answer', async () => {
    const good = await receive();
    await createEndpoint('wh_good', good.url);
    await happen();
    const sender = send();
    await good.until(({ length }) => length === 1);
    await expect.poll(() => sender.counts.delivered, { timeout: 20_000 }).toBe(1);
    const silent = await receive('hang');
    for (let at = 0; at < 150; at++) await createEndpoint(`wh_${at}`, silent.url);
    await happen(20);
    sender.wake();
    await good.until(({ length }) => length === 21);
    expect(silent.received.length).toBeLessThanOrEqual(128);
    expect(sender.counts).toEqual({ delivered: expect.any(Number), refused: 0, unreachable: 0 });
  });

  test('gives a new endpoint its turn among many that fail again and again', async () => {
    const silent = await receive('hang');
    for (let at = 0; at < 150; at++) await createEndpoint(`wh_${at}`, silent.url);
    const good = await receive();
    await createEndpoint('wh_good', good.url);
    await happen(5);
    const allowed = compileTargets(['127.0.0.1']);
    const [impatient, patient] = [createPost({ allowed, timeoutMs: 100 }), createPost({ allowed, timeoutMs: 100_000 })];
    // The clock stands still: an attempt that a busy machine fails would not be repeated.
    send((posted) => (posted.url === good.url ? patient : impatient)(posted));
    await good.until(({ length }) => length === 5);
    expect(new Set(good.received.map(({ id }) => id)).size).toBe(5);
  });

  test('prolongs its right while it sends, and returns it when it closes', async () => {
    const receiver = await receive();
    await createEndpoint('wh_1', receiver.url);
    await happen();
    const first = send();
    await receiver.until(({ length }) => length === 1);
    await first.close();
    await happen();
    send();
    await receiver.until(({ length }) => length === 2);
  });

  test('writes events of keys that expire, and removes what is older than 30 days', async () => {
    const receiver = await receive();
    await createEndpoint('wh_1', receiver.url);
    await happen();
    const sender = send();
    await receiver.until(({ length }) => length === 1);
    nowMs += 31 * 86_400_000;
    sender.wake();
    await expect.poll(() => deliveriesOf('wh_1'), { timeout: 20_000 }).toEqual([]);
  });
});
