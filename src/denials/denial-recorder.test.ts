// The denial recorder: its groups, its bound, and its samples.
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
  metadata: {},
  apiId: 'classic',
  orgId: 'org_1',
  environment: 'live',
  scopes: [],
  endpoints: [],
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
  test('counts similar denials of one hour as one group with its first sample', async () => {
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
        groupedBy: '203.0.113.9',
        clientAddress: '203.0.113.9',
        hourMs: startMs,
        count: 2,
        firstAtMs: startMs,
        lastAtMs: startMs + 1000,
        method: 'GET',
        path: '/v1/users',
      },
    ]);
  });

  test('groups denials by key, reason, address and hour', async () => {
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
    // Of 20 groups, one organization gets two.
    const { written, recorder } = createFixture(20);
    for (const last of [1, 2, 3, 4, 1]) recorder.recordDenial({ ...denial, clientAddress: `203.0.113.${last}` });
    await recorder.flush();
    expect(written.map((group) => group.count)).toEqual([2, 1]);
    expect(recorder.counts).toEqual({ recorded: 5, dropped: 2 });
  });

  test('stores no query, no control character and no path over 200 characters', async () => {
    const { written, recorder } = createFixture();
    recorder.recordDenial({ ...denial, path: '/a\u001b[2J\r\n\u202e?key=sk_live_x' });
    recorder.recordDenial({ ...denial, reason: 'key_expired', path: `/${'x'.repeat(5000)}`, method: 'X'.repeat(99) });
    await recorder.flush();
    expect(written[0]?.path).toBe('/a\\u001b[2J\\u000d\\u000a\\u202e');
    expect(written[1]?.path).toHaveLength(200);
    expect(written[1]?.method).toHaveLength(20);
  });

  test('counts denials of unknown keys by API and reason', () => {
    const { recorder } = createFixture();
    recorder.recordDenial(denial);
    for (let at = 0; at < 3; at++) recorder.recordDenial({ ...denial, key: undefined, reason: 'key_unknown' });
    expect(recorder.keylessTotals()).toEqual([{ apiId: 'classic', reason: 'key_unknown', count: 3 }]);
  });

  test('has a group for each method and path that decide, at most 20 for a key and reason', async () => {
    const { written, recorder } = createFixture();
    const ask = (path: string, fields: Partial<Denial> = {}) =>
      recorder.recordDenial({ ...denial, reason: 'endpoint_not_allowed', path, ...fields });
    for (let at = 0; at < 50; at++) ask(`/v1/${at}`, { clientAddress: `203.0.113.${at}` });
    ask('/v1/0', { method: 'DELETE' });
    ask('/v1/0');
    ask('/v1/1', { reason: 'scope_missing' });
    ask('/v1/1', { key: { ...key, id: 'key_2' } });
    await recorder.flush();
    const own = written.filter(({ keyId, reason }) => keyId === 'key_1' && reason === 'endpoint_not_allowed');
    expect(own).toHaveLength(21);
    expect(own[0]).toMatchObject({ groupedBy: 'GET /v1/0', clientAddress: '203.0.113.0', count: 2 });
    expect(own[20]).toMatchObject({ groupedBy: '*', method: '', path: '', count: 31 });
    expect(written).toHaveLength(23);
  });

  test('any number of denials without a key crowd out none of a key, and are grouped by network', async () => {
    const { written, recorder } = createFixture();
    const stranger = { ...denial, key: undefined, reason: 'key_unknown' } as const;
    recorder.recordDenial(denial);
    for (let at = 0; at < 100_000; at++) {
      // 256 networks, and all addresses of each.
      const [net, host] = [(at % 256).toString(16), at.toString(16)];
      recorder.recordDenial({ ...stranger, clientAddress: `2001:db8:0:${net}::${host.slice(-4)}` });
    }
    for (let at = 0; at < 20_000; at++) {
      recorder.recordDenial({ ...stranger, clientAddress: `10.1.${at >> 8}.${at & 255}` });
      recorder.recordDenial({ ...denial, key: { ...key, id: `k${at}`, orgId: 'org_loud' } });
    }
    recorder.recordDenial({ ...denial, key: { ...key, id: 'key_late', orgId: 'org_late' } });
    await recorder.flush();
    const groupsOf = (orgId: string | null) => written.filter((group) => group.orgId === orgId);
    expect(groupsOf('org_1')).toHaveLength(1);
    expect(groupsOf('org_late')).toHaveLength(1);
    expect(groupsOf('org_loud')).toHaveLength(1000);
    expect(groupsOf(null)).toHaveLength(2000);
    const networks = groupsOf(null).filter(({ clientAddress }) => clientAddress?.endsWith('/64'));
    expect(networks).toHaveLength(256);
    expect(networks[1]).toMatchObject({ clientAddress: '2001:db8:0:1::/64', groupedBy: '2001:db8:0:1::/64' });
    expect(networks.reduce((sum, { count }) => sum + count, 0)).toBe(100_000);
  });

  test('denials of a key are grouped by single address', async () => {
    const { written, recorder } = createFixture();
    recorder.recordDenial({ ...denial, clientAddress: '2001:db8::1' });
    recorder.recordDenial({ ...denial, clientAddress: '2001:db8::2' });
    await recorder.flush();
    expect(written.map(({ clientAddress }) => clientAddress)).toEqual(['2001:db8::1', '2001:db8::2']);
  });
});
