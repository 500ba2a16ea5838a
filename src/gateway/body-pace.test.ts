import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BodyPace } from './body-pace.ts';
import { isUploading, RequestBody } from './request-body.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const limits = { requestBodyIdleTimeoutMs: 30_000, minBodyBytesPerSecond: 1_024 };

function openBody({ limitBytes = 1e9, pace = new BodyPace(limits) } = {}) {
  const req = Object.assign(new PassThrough(), { complete: false, socket: {} });
  const faults: string[] = [];
  const body = new RequestBody(req as unknown as IncomingMessage, limitBytes, pace, (fault) => faults.push(fault));
  body.on('data', () => undefined);
  return { req, body, faults };
}

/** Lets a time pass in which `bytes` come each second. */
async function pass(req: PassThrough, seconds: number, bytes: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    if (bytes > 0) req.write(Buffer.alloc(bytes));
    await vi.advanceTimersByTimeAsync(1_000);
  }
}

describe('the pace of a body', () => {
  test('a silence of 30 s is too long, one of 28 s is not', async () => {
    const { req, body, faults } = openBody();
    body.resume();
    for (let round = 0; round < 3; round++) {
      await pass(req, 1, 100_000);
      await pass(req, 28, 0);
    }
    expect(faults).toEqual([]);
    await pass(req, 3, 0);
    expect(faults).toEqual(['body_too_slow']);
  });

  test.each([
    ['a byte a second', 1, true],
    ['900 bytes a second', 900, true],
    ['1,100 bytes a second', 1_100, false],
    ['a megabyte a second', 1_000_000, false],
  ])('%s, for twenty minutes', async (_what, bytes, isTooSlow) => {
    const { req, body, faults } = openBody({ limitBytes: 1e10 });
    body.resume();
    await pass(req, 1_200, bytes);
    expect(faults).toEqual(isTooSlow ? ['body_too_slow'] : []);
  });

  test('a byte each 29 s ends within a minute', async () => {
    const { req, body, faults } = openBody();
    body.resume();
    await pass(req, 1, 1);
    await pass(req, 28, 0);
    await pass(req, 1, 1);
    await pass(req, 28, 0);
    expect(faults).toEqual(['body_too_slow']);
  });

  test('one that moves may take six minutes, and its connection is an upload’s for so long', async () => {
    const { req, body, faults } = openBody();
    body.resume();
    await pass(req, 360, 2_000);
    expect([faults, isUploading(req.socket)]).toEqual([[], true]);
    req.end();
    await pass(new PassThrough(), 1, 0);
    expect(isUploading(req.socket)).toBe(false);
  });

  test('without a minimum a byte now and then is enough', async () => {
    const { req, body, faults } = openBody({ pace: new BodyPace({ ...limits, minBodyBytesPerSecond: 0 }) });
    body.resume();
    for (let round = 0; round < 20; round++) {
      await pass(req, 1, 1);
      await pass(req, 28, 0);
    }
    expect(faults).toEqual([]);
    await pass(req, 3, 0);
    expect(faults).toEqual(['body_too_slow']);
  });

  test('time in which the upstream takes nothing is not counted', async () => {
    const { req, body, faults } = openBody();
    body.resume();
    await pass(req, 1, 100_000);
    body.pause();
    await pass(req, 600, 0);
    body.resume();
    await pass(req, 28, 0);
    expect(faults).toEqual([]);
  });

  test('what waits for a connection is not read and not counted', async () => {
    const { req, faults } = openBody();
    await pass(req, 600, 0);
    expect(faults).toEqual([]);
  });

  test('a client that sends on slowly after its reply is cut', async () => {
    const { req, body, faults } = openBody();
    body.resume();
    body.destroy();
    await pass(req, 32, 1);
    expect([req.destroyed, faults]).toEqual([true, []]);
  });

  test('nothing is looked at once all bodies have ended', async () => {
    const { req, body, faults } = openBody();
    body.resume();
    req.end('whole');
    req.complete = true;
    await pass(new PassThrough(), 100, 0);
    expect([faults, vi.getTimerCount()]).toEqual([[], 0]);
  });

  test('0 turns the rules off', async () => {
    const pace = new BodyPace({ requestBodyIdleTimeoutMs: 0, minBodyBytesPerSecond: 0 });
    const { req, body, faults } = openBody({ pace });
    body.resume();
    await pass(req, 600, 0);
    expect(faults).toEqual([]);
  });
});
