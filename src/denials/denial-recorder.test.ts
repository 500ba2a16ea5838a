// The denial recorder: grouping, the bound, and what is kept of a request.
import { describe, expect, test } from 'vitest';
import type { AuthorizedKey } from '../domain/api-key.ts';
import { createManualClock } from '../domain/clock.ts';
import type { Denial } from '../engine/ports.ts';
import { createDenialRecorder } from './denial-recorder.ts';
import type { DenialGroup } from './ports.ts';

const hourMs = 3_600_000;
const startMs = 480_000 * hourMs;
const key: AuthorizedKey = {
  id: 'key_1',
  seq: 1,
  orgSeq: 1,
  supersededDigest: undefined,
  apiId: 'classic',
  orgId: 'org_1',
  environment: 'live',
  scopes: [],
};
const denial: Denial = {
  apiId: 'classic',
  reason: 'address_not_allowed',
  key,
  clientAddress: '203.0.113.9',
  method: 'GET',
  path: '/v1/users',
};

function createFixture(maxGroups?: number) {
  const clock = createManualClock(startMs);
  const written: DenialGroup[] = [];
  const recorder = createDenialRecorder({
    store: {
      async flushDenials(groups) {
        written.push(...groups);
      },
    },
    clock,
    onFault: () => undefined,
    timer: { start: () => () => undefined },
    ...(maxGroups !== undefined && { maxGroups }),
  });
  return { clock, written, recorder };
}

describe('createDenialRecorder', () => {
  test('counts alike refusals of one hour as one group with its last sample', async () => {
    const { clock, written, recorder } = createFixture();
    recorder.recordDenial(denial);
    clock.advance(1000);
    recorder.recordDenial({ ...denial, method: 'POST', path: '/v1/other' });
    await recorder.flush();
    expect(written).toEqual([
      {
        apiId: 'classic',
        orgId: 'org_1',
        keyId: 'key_1',
        reason: 'address_not_allowed',
        clientAddress: '203.0.113.9',
        hourMs: startMs,
        count: 2,
        firstAtMs: startMs,
        lastAtMs: startMs + 1000,
        method: 'POST',
        path: '/v1/other',
      },
    ]);
  });

  test('keeps apart what differs in key, reason, address or hour', async () => {
    const { clock, written, recorder } = createFixture();
    recorder.recordDenial(denial);
    recorder.recordDenial({ ...denial, key: undefined });
    recorder.recordDenial({ ...denial, reason: 'key_revoked' });
    recorder.recordDenial({ ...denial, clientAddress: undefined });
    clock.advance(hourMs);
    recorder.recordDenial(denial);
    await recorder.close();
    expect(written).toHaveLength(5);
    expect(written.map((group) => group.count)).toEqual([1, 1, 1, 1, 1]);
  });

  test('drops new groups beyond the bound and says how many', async () => {
    const { written, recorder } = createFixture(2);
    for (const last of [1, 2, 3, 4, 1]) recorder.recordDenial({ ...denial, clientAddress: `203.0.113.${last}` });
    await recorder.flush();
    expect(written.map((group) => group.count)).toEqual([2, 1]);
    expect(recorder.counts).toEqual({ recorded: 5, dropped: 2 });
  });

  test('keeps no query, no control character and no endless path', async () => {
    const { written, recorder } = createFixture();
    recorder.recordDenial({ ...denial, path: '/a\u001b[2J\r\n\u202e?key=sk_live_x' });
    recorder.recordDenial({ ...denial, reason: 'key_expired', path: `/${'x'.repeat(5000)}`, method: 'X'.repeat(99) });
    await recorder.flush();
    expect(written[0]?.path).toBe('/a\\u001b[2J\\u000d\\u000a\\u202e');
    expect(written[1]?.path).toHaveLength(200);
    expect(written[1]?.method).toHaveLength(20);
  });

  test('counts refusals of unknown secrets by API and reason', () => {
    const { recorder } = createFixture();
    recorder.recordDenial(denial);
    for (let at = 0; at < 3; at++) recorder.recordDenial({ ...denial, key: undefined, reason: 'key_unknown' });
    expect(recorder.keylessTotals()).toEqual([{ apiId: 'classic', reason: 'key_unknown', count: 3 }]);
  });
});
