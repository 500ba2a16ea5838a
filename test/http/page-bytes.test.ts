// Lists of large rows: pages are bounded in bytes, and together they are the whole list.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DenialGroup } from '../../src/denials/ports.ts';
import type { Reason } from '../../src/domain/verdict.ts';
import { openHarness } from './internal-harness.ts';

let harness: Awaited<ReturnType<typeof openHarness>>;
let org: string;
const keyCount = 12;

beforeAll(async () => {
  harness = await openHarness();
  org = await harness.createOrg();
  for (let n = 0; n < keyCount; n++) {
    // The most that lists may have: 45 kB.
    const labels = ['x', 'y', 'z'].map((letter) => letter.repeat(60)).join('.');
    const referrers = Array.from({ length: 100 }, (_, at) => `https://${n}-${at}.${labels}.example`);
    const addresses = Array.from({ length: 500 }, (_, at) => `2001:db8:${n}:${at}:ffff:ffff:ffff:ffff/128`);
    const body = { api: 'classic', org, name: `large ${n}`, referrers, addresses };
    const { status, text } = await harness.call('POST', '/v1/keys', { body });
    expect(status, text).toBe(201);
  }
});
afterAll(() => harness.close());

const maxBytes = 256 * 1024;

test.each([
  ['/v1/keys', 'id'],
  ['/v1/audit', 'target'],
])('%s returns pages of about 256 kB, which together are the whole list', async (path, member) => {
  const query = path === '/v1/audit' ? `org=${org}&action=key` : `org=${org}`;
  const seen: string[] = [];
  let cursor: string | null = '';
  let pages = 0;
  while (cursor !== null) {
    const { text, json, status } = await harness.call(
      'GET',
      `${path}?${query}&limit=100${cursor && `&cursor=${cursor}`}`,
    );
    expect(status).toBe(200);
    // The other members are small.
    expect(text.length).toBeLessThan(maxBytes * 1.1);
    expect(json.data.length).toBeGreaterThan(0);
    for (const row of json.data) seen.push(JSON.stringify(row[member]));
    cursor = json.nextCursor;
    pages += 1;
  }
  expect(new Set(seen).size).toBe(keyCount);
  expect(seen).toHaveLength(keyCount);
  expect(pages).toBeGreaterThan(1);
});

test('/v1/audit/export returns such pages too, and ends with null', async () => {
  const seqs: number[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const { text, json } = await harness.call('GET', `/v1/audit/export?after=${after}`);
    expect(text.length).toBeLessThan(maxBytes * 1.1);
    seqs.push(...json.data.map(({ seq }: { seq: number }) => seq));
    after = json.next;
  }
  expect(seqs).toEqual(Array.from({ length: keyCount + 1 }, (_, at) => at + 1));
});

test('a row larger than a page is a page of its own', async () => {
  const { storage } = harness;
  const page = await storage.audit.listAudit({ action: 'key' }, { limit: 100, maxBytes: 10 });
  expect([page.items.length, typeof page.nextCursor]).toEqual([1, 'string']);
  const keys = await storage.management.listKeys({ orgId: org }, { limit: 100, maxBytes: 10 }, Date.now());
  expect([keys.items.length, typeof keys.nextCursor]).toEqual([1, 'string']);
  expect(await storage.audit.readAudit(1, 100, 10)).toMatchObject([{ seq: 2 }]);
});

test('dialects with numbered pages get as many keys as they ask for', async () => {
  const page = await harness.storage.management.listKeys({ orgId: org }, { limit: keyCount }, Date.now());
  expect([page.items.length, page.nextCursor]).toEqual([keyCount, null]);
});

describe('denials, each with a fix that names all restrictions of its key', () => {
  const nowMs = Date.UTC(2026, 10, 21, 9);

  /** `count` denials of a key, in the form of a flush. */
  function groupsOf(keyId: string | null, orgId: string | null, count: number, reason: Reason): DenialGroup[] {
    return Array.from({ length: count }, (_, at) => ({
      apiId: 'classic',
      orgId,
      keyId,
      reason,
      groupedBy: `GET /v1/${at}`,
      clientAddress: '203.0.113.9',
      hourMs: nowMs,
      count: 1,
      firstAtMs: nowMs + at,
      lastAtMs: nowMs + at,
      method: 'GET',
      path: `/v1/${at}/${'p'.repeat(190)}`.slice(0, 199),
    }));
  }

  async function readPages(query: string, at: Awaited<ReturnType<typeof openHarness>>) {
    const pages: { readonly bytes: number; readonly rows: number }[] = [];
    const seen = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { text, json } = await at.call('GET', `/v1/denials?${query}&limit=100${cursor && `&cursor=${cursor}`}`);
      pages.push({ bytes: text.length, rows: json.data.length });
      for (const { path, reason } of json.data) seen.add(`${reason} ${path}`);
      cursor = json.nextCursor;
    }
    return { pages, seen: seen.size };
  }

  test('are listed in pages of about 256 kB, which together are the whole list', async () => {
    const at = await openHarness();
    onTestFinished(() => at.close());
    const orgId = await at.createOrg();
    const largest = `GET /${'e'.repeat(485)}`;
    const quoted = `GET /${"'".repeat(100)}`;
    for (const [name, reason, fields] of [
      [
        'addresses',
        'address_not_allowed',
        { addresses: listOf(500, (n) => `2001:db8:1:${n}:ffff:ffff:ffff:ffff/128`) },
      ],
      ['endpoints', 'endpoint_not_allowed', { endpoints: listOf(100, (n) => `${largest}${n}`) }],
      ['apostrophes', 'endpoint_not_allowed', { endpoints: listOf(100, (n) => `${quoted}${n}`) }],
    ] as const) {
      const body = { api: 'classic', org: orgId, name, ...fields };
      const { status, json, text } = await at.call('POST', '/v1/keys', { body });
      expect(status, text).toBe(201);
      await at.storage.denials.flushDenials(groupsOf(json.id, orgId, 20, reason as Reason), nowMs);
      const { pages, seen } = await readPages(`key=${json.id}`, at);
      for (const { bytes } of pages) expect(bytes, name).toBeLessThan(maxBytes * 1.1);
      expect([name, seen, pages.reduce((sum, { rows }) => sum + rows, 0)]).toEqual([name, 20, 20]);
      expect(pages.length, name).toBeGreaterThan(1);
    }
  });

  test('of small keys, or without a key, fill the page', async () => {
    const at = await openHarness();
    onTestFinished(() => at.close());
    const orgId = await at.createOrg();
    const body = { api: 'classic', org: orgId, name: 'n'.repeat(100), endpoints: ['GET /v1/ping'] };
    const { json } = await at.call('POST', '/v1/keys', { body });
    await at.storage.denials.flushDenials(groupsOf(json.id, orgId, 20, 'endpoint_not_allowed'), nowMs);
    await at.storage.denials.flushDenials(groupsOf(null, null, 120, 'key_unknown'), nowMs);
    const { pages } = await readPages('', at);
    expect(pages.map(({ rows }) => rows)).toEqual([100, 40]);
    for (const { bytes } of pages) expect(bytes).toBeLessThan(maxBytes);
  });
});

function listOf(length: number, entry: (at: number) => string): string[] {
  return Array.from({ length }, (_, at) => entry(at));
}
