// `Idempotency-Key`: a repeated request is not carried out again, and its secret can't be read from the disk.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readIdempotencyKey } from '../../src/http/wire/idempotency.ts';
import { openHarness } from './internal-harness.ts';

const minuteMs = 60_000;

let harness: Awaited<ReturnType<typeof openHarness>>;
let org: string;

beforeEach(async () => {
  harness = await openHarness();
  org = await harness.createOrg();
});
afterEach(() => harness.close());

type Answer = Awaited<ReturnType<typeof harness.call>>;

const create = (idempotencyKey: string | undefined, fields: object = {}): Promise<Answer> =>
  harness.call('POST', '/v1/keys', {
    body: { api: 'classic', org, name: 'server', ...fields },
    headers: { 'idempotency-key': idempotencyKey },
  });

const countKeys = async (): Promise<number> => (await harness.call('GET', `/v1/keys?org=${org}`)).json.data.length;

function expectProblem(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.json.code]).toEqual([status, code]);
}

describe('a request with the key of an earlier one', () => {
  test('gets the same reply, and changes nothing', async () => {
    const first = await create('"a-1"');
    expect([first.status, first.headers['idempotency-replayed']]).toEqual([201, undefined]);
    const again = await create('"a-1"');
    expect([again.status, again.text, again.headers.etag]).toEqual([201, first.text, first.headers.etag]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    // The same key without its quotes, and the same members in another order.
    const reordered = await harness.call('POST', '/v1/keys', {
      body: { name: 'server', org, api: 'classic' },
      headers: { 'idempotency-key': 'a-1' },
    });
    expect(reordered.text).toBe(first.text);
    expect(await countKeys()).toBe(1);
    expect((await harness.call('GET', `/v1/audit?target=${first.json.id}`)).json.data.length).toBe(1);
  });

  test('rotates and creates organizations once', async () => {
    const { id } = (await create(undefined)).json;
    const rotate = () => harness.call('POST', `/v1/keys/${id}/rotate`, { headers: { 'idempotency-key': 'r' } });
    const [rotated, again] = [await rotate(), await rotate()];
    expect([rotated.status, again.status, again.text]).toEqual([200, 200, rotated.text]);
    expect((await harness.call('GET', `/v1/keys/${id}/secrets`)).json.data.length).toBe(2);

    const post = () =>
      harness.call('POST', '/v1/orgs', { body: { name: 'Once' }, headers: { 'idempotency-key': 'o' } });
    expect((await post()).json.id).toBe((await post()).json.id);
  });

  test('is refused if it is a different request', async () => {
    await create('same');
    expectProblem(await create('same', { name: 'other' }), 422, 'idempotency_key_reused');
    expect(await countKeys()).toBe(1);
  });

  test('is a new request for another organization, key or route, even if all are sent at once', async () => {
    const other = await harness.createOrg();
    const post = (path: string, body: object) =>
      harness.call('POST', path, { body, headers: { 'idempotency-key': 'shared' } });
    const requests = () =>
      Promise.all([
        post('/v1/keys', { api: 'classic', org, name: 'server' }),
        post('/v1/keys', { api: 'classic', org: other, name: 'server' }),
        post('/v1/orgs', { name: 'Third' }),
      ]);
    const [first, second] = [await requests(), await requests()];
    expect(first.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(second.map(({ text }) => text)).toEqual(first.map(({ text }) => text));
    expect(new Set(first.map(({ json }) => json.id)).size).toBe(3);
    const [mine, theirs] = first.slice(0, 2).map(({ json }) => json.id);
    const rotated = [await post(`/v1/keys/${mine}/rotate`, {}), await post(`/v1/keys/${theirs}/rotate`, {})];
    expect(rotated.map(({ status }) => status)).toEqual([200, 200]);
    expect(rotated[0]?.json.secret).not.toBe(rotated[1]?.json.secret);
  });

  test('is carried out if the earlier one failed', async () => {
    expectProblem(await create('retry', { api: 'palcards' }), 409, 'org_kind_not_allowed');
    await harness.call('POST', `/v1/orgs/${org}/suspend`);
    expectProblem(await create('retry'), 409, 'org_not_active');
    await harness.call('POST', `/v1/orgs/${org}/resume`);
    expect((await create('retry')).status).toBe(201);
  });

  test('creates exactly one key from 20 at once, and all get its secret', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('parallel')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length).toBe(1);
    expect(await countKeys()).toBe(1);
  });

  test('must be retried while the earlier one is in progress', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: holding, resolve: started } = Promise.withResolvers<void>();
    const holder = harness.storage.management.transaction(async () => {
      started();
      await held;
    });
    await holding;
    const first = create('slow');
    const second = await create('slow');
    expectProblem(second, 409, 'idempotency_in_progress');
    expect(second.headers['retry-after']).toBe('1');
    release();
    await holder;
    expect((await first).status).toBe(201);
    expect((await create('slow')).text).toBe((await first).text);
  });
});

describe('a reply', () => {
  test('with a secret is kept for 10 minutes, and its key for a day', async () => {
    const first = await create('k');
    harness.clock.advance(10 * minuteMs - 1);
    expect((await create('k')).text).toBe(first.text);
    harness.clock.advance(1);
    expectProblem(await create('k'), 409, 'idempotency_reply_gone');
    expect(await countKeys()).toBe(1);
    harness.clock.advance(24 * 60 * minuteMs);
    const next = await create('k');
    expect([next.status, next.json.id === first.json.id]).toEqual([201, false]);
  });

  test('without a secret is kept for a day', async () => {
    const post = () => harness.call('POST', '/v1/orgs', { body: { name: 'x' }, headers: { 'idempotency-key': 'o' } });
    const first = await post();
    harness.clock.advance(24 * 60 * minuteMs - 1);
    expect((await post()).json.id).toBe(first.json.id);
    harness.clock.advance(1);
    expect((await post()).json.id).not.toBe(first.json.id);
  });

  test('is on the disk without its secret and without its idempotency key', async () => {
    const idempotencyKey = 'correct-horse-battery-staple';
    const { secret } = (await create(idempotencyKey)).json;
    await create(idempotencyKey);
    const entries = await readdir(harness.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
    expect(texts.join('')).toContain('kept_replies');
    const middle = secret.slice(12, -4);
    for (const needle of [secret, middle, Buffer.from(middle).toString('base64').slice(0, 16), idempotencyKey]) {
      for (const text of texts) expect(text).not.toContain(needle);
    }
  });
});

describe('the header', () => {
  test.each([
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e"', '8e03978e'],
    ['"a b, \\"c\\" \\\\ d"', 'a b, "c" \\ d'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'\\"'.repeat(255)}"`, '"'.repeat(255)],
    ['KG5Lx/+w=', 'KG5Lx/+w='],
  ])('%s is read', (header, key) => {
    expect(readIdempotencyKey(header)).toBe(key);
  });

  test.each([
    '',
    '""',
    '"a',
    'a"b',
    'a b',
    'a, b',
    '"a", "b"',
    '"a";p=1',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    '"\\n"',
    'é',
  ])('%s is refused', (header) => {
    expect(() => readIdempotencyKey(header)).toThrow('Idempotency-Key: must be one string of 1 to 255 characters');
  });

  test('sent twice or malformed is a 400 that names it', async () => {
    for (const value of [['a', 'b'], 'a b', '']) {
      const answer = await harness.call('POST', '/v1/keys', {
        body: { api: 'classic', org, name: 'server' },
        headers: { 'idempotency-key': value },
      });
      expectProblem(answer, 400, 'invalid_input');
      expect(answer.json.field).toBe('Idempotency-Key');
    }
    expect(await countKeys()).toBe(0);
  });
});
