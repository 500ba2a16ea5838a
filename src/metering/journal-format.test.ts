// The journal's reader on damaged segments: it counts exactly the uses before the damage, and never throws.
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Use as KnownUse, statusClasses, uses } from '../domain/use.ts';
import { describeSegment, FrameWriter, headerFrame, routeFrame } from './journal-format.ts';
import type { RouteSeries, UsageBatch } from './ports.ts';
import { sumSegment } from './sum-segment.ts';

const startMs = 1_760_000_000_000;
const route = { apiId: 'palm', orgSeq: 0, pattern: 'GET /v1/users/*', units: 3 };

const use = fc.record({
  kind: fc.nat(uses.length - 1),
  scope: fc.nat(3),
  keySeq: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  orgSeq: fc.integer({ min: 1, max: 9 }),
  atMs: fc.integer({ min: startMs, max: startMs + 10_000_000 }),
  address: fc.option(fc.ipV6(), { nil: undefined }),
  digest: fc.option(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    { nil: undefined, freq: 2 },
  ),
  route: fc.nat(1),
  bucket: fc.nat(14),
});
type Use = typeof use extends fc.Arbitrary<infer Value> ? Value : never;

/** A segment of these turns of the event loop. `ends`: the end of each frame. */
function writeSegment(turns: readonly (readonly Use[])[]) {
  const frames = [headerFrame(describeSegment('0123456789abcdef', 7, ['palm', 'classic'], [route]))];
  const writer = new FrameWriter();
  for (const turn of turns) {
    for (const { kind, scope, keySeq, orgSeq, atMs, address, digest, route: number, bucket } of turn)
      writer.append(kind, scope, keySeq, orgSeq, atMs, address, digest, number, bucket);
    frames.push(writer.finish().slice());
  }
  const ends: number[] = [];
  for (const { length } of frames) ends.push((ends.at(-1) ?? 0) + length);
  return { bytes: Buffer.concat(frames), ends };
}

/** The sums of a batch, one line each, sorted as text. */
function linesOf({ series, routes, lastUses, superseded }: UsageBatch): string[] {
  const lines = [...series, ...routes].flatMap((each) => {
    const { apiId, environment, outcome, hourMs, keySeqs, orgSeqs, counts, billed, statuses, extraWeights } = each;
    return Array.from(keySeqs, (key, at) => {
      const classes = Object.entries(statuses).flatMap(([name, numbers]) =>
        numbers[at] === 0 ? [] : [`${name}:${numbers[at]}`],
      );
      const route = 'route' in each ? (each as RouteSeries).route.pattern : '';
      const name = [apiId, environment, outcome, hourMs, orgSeqs[at], key, route].join(' ');
      return [name, counts[at], billed?.[at] ?? 0, extraWeights?.[at] ?? 0, ...classes.sort()].join(' ');
    });
  });
  const last = Array.from(lastUses.keySeqs, (key, at) => `${key} ${lastUses.atMs[at]} ${lastUses.addressAt[at] !== 0}`);
  return [...lines, ...last, ...superseded.map((each) => JSON.stringify(each))].sort();
}

/** The same sums, computed in the simplest way. */
function plainSums(all: readonly Use[]): string[] {
  const counts = new Map<string, (KnownUse & { readonly extra: number })[]>();
  const last = new Map<number, Use>();
  const superseded = new Map<string, { digest: string; count: number; atMs: number; address: string | null }>();
  for (const each of all) {
    const { kind, scope, keySeq, orgSeq, atMs, address = null, digest, route: number } = each;
    const api = scope < 2 ? 'palm' : 'classic';
    const hourMs = atMs - (atMs % 3_600_000);
    const known = { ...(uses[kind] as KnownUse), extra: number === 0 ? 0 : route.units - 1 };
    for (const pattern of number === 0 ? [''] : ['', route.pattern]) {
      const name = [api, scope % 2 === 0 ? 'live' : 'test', known.outcome, hourMs, orgSeq, keySeq, pattern].join(' ');
      counts.set(name, [...(counts.get(name) ?? []), known]);
    }
    if (known.statusClass !== undefined && !((last.get(keySeq)?.atMs ?? 0) > atMs)) last.set(keySeq, each);
    if (digest === undefined) continue;
    const before = superseded.get(digest);
    const newest = before !== undefined && before.atMs > atMs ? before : { atMs, address };
    superseded.set(digest, { digest, count: (before?.count ?? 0) + 1, atMs: newest.atMs, address: newest.address });
  }
  return [
    ...Array.from(counts, ([name, known]) => {
      const numbers = statusClasses
        .filter((each) => each !== 'unknown')
        .map((each) => [each, known.filter(({ statusClass }) => statusClass === each).length] as const)
        .flatMap(([each, count]) => (count === 0 ? [] : [`${each}:${count}`]));
      const extra = known.reduce((sum, each) => sum + each.extra, 0);
      return [name, known.length, known.filter(({ isBilled }) => isBilled).length, extra, ...numbers.sort()].join(' ');
    }),
    ...Array.from(last.values(), ({ keySeq, atMs, address }) => `${keySeq} ${atMs} ${address !== undefined}`),
    ...Array.from(superseded.values(), (each) => JSON.stringify(each)),
  ].sort();
}

const someTurns = fc.array(fc.array(use, { minLength: 1, maxLength: 5 }), { maxLength: 6 });

/** The number of turns that end before this place. */
function countCompleteTurns(ends: readonly number[], place: number): number {
  return Math.max(0, ends.filter((end) => end <= place).length - 1);
}

describe('a segment', () => {
  test('is summed to the recorded uses, in the order of the tables', () => {
    fc.assert(
      fc.property(someTurns, (turns) => {
        const { batch, damagedBytes } = sumSegment(writeSegment(turns).bytes);
        expect([batch?.run, batch?.sequence, damagedBytes]).toEqual(['0123456789abcdef', 7, 0]);
        expect(linesOf(batch as UsageBatch)).toEqual(plainSums(turns.flat()));
        for (const { orgSeqs, keySeqs } of batch?.series ?? []) {
          const rows = Array.from(keySeqs, (key, at) => (orgSeqs[at] as number) * 2 ** 32 + key);
          expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
        }
        const keys = [...(batch?.lastUses.keySeqs ?? [])];
        expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
      }),
    );
  });

  test('that ends anywhere counts for its complete turns', () => {
    fc.assert(
      fc.property(someTurns, fc.double({ min: 0, max: 1, noNaN: true }), (turns, share) => {
        const { bytes, ends } = writeSegment(turns);
        const length = Math.floor(share * bytes.length);
        const { batch, damagedBytes } = sumSegment(bytes.subarray(0, length));
        const complete = countCompleteTurns(ends, length);
        if (length < (ends[0] as number)) expect(batch).toBeUndefined();
        else expect(linesOf(batch as UsageBatch)).toEqual(plainSums(turns.slice(0, complete).flat()));
        expect(damagedBytes).toBe(length - (ends.filter((end) => end <= length).at(-1) ?? 0));
      }),
      { numRuns: 300 },
    );
  });

  test('with one wrong byte counts for the turns before it', () => {
    fc.assert(
      fc.property(
        someTurns,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        (turns, share, flip) => {
          const { bytes, ends } = writeSegment(turns);
          const place = Math.floor(share * bytes.length);
          bytes[place] = (bytes[place] as number) ^ flip;
          const { batch, damagedBytes } = sumSegment(bytes);
          if (place < (ends[0] as number)) expect(batch).toBeUndefined();
          else
            expect(linesOf(batch as UsageBatch)).toEqual(
              plainSums(turns.slice(0, countCompleteTurns(ends, place)).flat()),
            );
          expect(damagedBytes).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of random bytes is unreadable', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(sumSegment(bytes)).toEqual({ batch: undefined, damagedBytes: bytes.length });
      }),
    );
    // After a power cut, blocks that were never written contain zeros.
    expect(sumSegment(new Uint8Array(5000))).toEqual({ batch: undefined, damagedBytes: 5000 });
    const { bytes } = writeSegment([]);
    const withZeros = Buffer.concat([bytes, new Uint8Array(100)]);
    expect(sumSegment(withZeros)).toMatchObject({ batch: { series: [] }, damagedBytes: 100 });
  });

  /** Frames of any payloads, each with its right checksum. */
  function frame(payloads: readonly Uint8Array[]): Buffer {
    return Buffer.concat(
      payloads.map((payload) => {
        const head = Buffer.alloc(8);
        head.writeUInt32LE(payload.length, 0);
        head.writeUInt32LE(crc32(payload, payload.length), 4);
        return Buffer.concat([head, payload]);
      }),
    );
  }
  const header = describeSegment('0123456789abcdef', 7, ['palm', 'classic'], [route]);
  const headerBytes = Buffer.from(headerFrame(header).subarray(8));

  function recordsOf(turn: readonly Use[]): Buffer {
    const { bytes, ends } = writeSegment([turn]);
    return bytes.subarray((ends[0] as number) + 8);
  }

  const validUse: Use = {
    kind: 0,
    scope: 0,
    keySeq: 1,
    orgSeq: 1,
    atMs: startMs,
    address: '::1',
    digest: undefined,
    route: 1,
    bucket: 14,
  };

  test('with a right checksum over an impossible record is counted up to that record', () => {
    const one = recordsOf([validUse]);
    const change = (at: number, write: (bytes: Buffer, at: number) => void): Buffer => {
      const bytes = Buffer.from(one);
      write(bytes, at);
      return bytes;
    };
    const bad: Readonly<Record<string, Buffer>> = {
      'cut in its head': one.subarray(0, 7),
      'cut in its address': one.subarray(0, one.length - 1),
      'with a digest that is missing': change(0, (bytes) => bytes.writeUInt8(0x80)),
      'with an address beyond its end': change(1, (bytes, at) => bytes.writeUInt8(255, at)),
      'of a kind that the header does not have': change(0, (bytes) => bytes.writeUInt8(100)),
      'with an API that the header does not have': change(2, (bytes, at) => bytes.writeUInt16LE(4, at)),
      'at no instant': change(12, (bytes, at) => bytes.writeDoubleLE(Number.NaN, at)),
      'at a fractional instant': change(12, (bytes, at) => bytes.writeDoubleLE(1.5, at)),
      'before all time': change(12, (bytes, at) => bytes.writeDoubleLE(-1, at)),
      'after all time': change(12, (bytes, at) => bytes.writeDoubleLE(Number.POSITIVE_INFINITY, at)),
      'with a route that the header does not have': change(20, (bytes, at) => bytes.writeUInt16LE(2, at)),
      'with an unknown bucket of time': change(22, (bytes, at) => bytes.writeUInt8(15, at)),
      'with U+0000 in its address': change(23, (bytes, at) => bytes.writeUInt8(0, at)),
    };
    for (const [name, record] of Object.entries(bad)) {
      const bytes = frame([headerBytes, one, Buffer.concat([one, record]), one]);
      const { batch, damagedBytes } = sumSegment(bytes);
      expect(linesOf(batch as UsageBatch), name).toEqual(plainSums([validUse, validUse]));
      // Everything after the damage counts as damaged, also the next frame.
      expect(damagedBytes, name).toBe(record.length + 8 + one.length);
    }
  });

  test('with a malformed header, or a name twice in it, is unreadable', () => {
    for (const wrong of [
      null,
      [],
      'miftah-usage-1',
      { ...header, format: 'miftah-usage-4' },
      { ...header, routes: undefined },
      { ...header, routes: [{ ...route, pattern: '' }] },
      { ...header, routes: [{ ...route, units: -1 }] },
      { ...header, routes: [{ ...route, apiId: '../' }] },
      { ...header, kinds: Array(123).fill(header.kinds[0]) },
      { ...header, format: undefined },
      { ...header, run: '../../etc' },
      { ...header, run: undefined },
      { ...header, sequence: 1.5 },
      { ...header, sequence: '7' },
      { ...header, apis: [] },
      { ...header, apis: 'palm' },
      { ...header, apis: ['palm', 'palm'] },
      { ...header, apis: ['palm', null] },
      { ...header, apis: ['pa\u0000lm'] },
      { ...header, environments: ['live', 'other'] },
      { ...header, environments: undefined },
      { ...header, kinds: undefined },
      { ...header, kinds: ['allowed'] },
      { ...header, kinds: [{ outcome: 'allowed', statusClass: '2xx' }] },
      { ...header, kinds: [{ outcome: 'allowed', statusClass: '6xx', isBilled: true }] },
      { ...header, kinds: [{ outcome: '', isBilled: false }] },
      { ...header, format: 'miftah-usage-1', outcomes: [{}] },
      { ...header, format: 'miftah-usage-1', outcomes: ['allowed', 'allowed'] },
    ]) {
      const written =
        Array.isArray(wrong) || typeof wrong !== 'object' ? wrong : { format: 'miftah-usage-3', ...wrong };
      const bytes = frame([Buffer.from(JSON.stringify(written)), recordsOf([validUse])]);
      expect(sumSegment(bytes), JSON.stringify(wrong)).toEqual({ batch: undefined, damagedBytes: bytes.length });
    }
  });

  test('with right checksums and any bytes never throws, stalls or invents a sum', () => {
    const change = fc.record({
      kind: fc.constantFrom('set', 'insert', 'remove', 'double'),
      share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
    });
    const apply = (
      payload: Buffer,
      { kind, share, bytes }: typeof change extends fc.Arbitrary<infer Value> ? Value : never,
    ) => {
      const at = Math.floor(share * payload.length);
      const [before, after] = [payload.subarray(0, at), payload.subarray(at)];
      if (kind === 'insert') return Buffer.concat([before, bytes, after]);
      if (kind === 'remove') return Buffer.concat([before, after.subarray(bytes.length)]);
      if (kind === 'double') return Buffer.concat([before, after, after]);
      return Buffer.concat([before, bytes, after.subarray(bytes.length)]);
    };
    fc.assert(
      fc.property(
        someTurns,
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (turns, changes, inHeader) => {
          const payloads = [headerBytes, ...turns.filter((turn) => turn.length > 0).map(recordsOf)];
          for (const each of changes) {
            const first = inHeader ? 0 : Math.min(1, payloads.length - 1);
            const at = first + ((each.bytes[0] as number) % (payloads.length - first));
            const changed = apply(payloads[at] as Buffer, each);
            if (changed.length > 0) payloads[at] = changed;
          }
          const bytes = frame(payloads);
          const { batch, damagedBytes } = sumSegment(bytes);
          expect(damagedBytes).toBeLessThanOrEqual(bytes.length);
          for (const { apiId, environment, outcome, hourMs, counts } of batch?.series ?? []) {
            expect([typeof apiId, typeof outcome, Number.isInteger(hourMs)]).toEqual(['string', 'string', true]);
            expect(['live', 'test']).toContain(environment);
            expect([...counts].every((count) => count > 0)).toBe(true);
          }
          const counted = (batch?.series ?? []).flatMap(({ counts }) => [...counts]).reduce((a, b) => a + b, 0);
          expect(counted * 20).toBeLessThanOrEqual(bytes.length);
          if (damagedBytes === 0 && batch === undefined)
            throw new Error('nothing was read, and nothing was reported as damaged');
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('may have a different hour in each record', () => {
    const writer = new FrameWriter();
    for (let at = 0; at < 20_000; at++) writer.append(0, at % 4, 1, 1, at * 3_600_000, undefined, undefined);
    const { batch, damagedBytes } = sumSegment(Buffer.concat([frame([headerBytes]), writer.finish()]));
    expect([batch?.series.length, damagedBytes]).toEqual([20_000, 0]);
  });

  test('of format 2 is summed without routes and times', () => {
    const { routes: _, ...former } = header;
    const headerPayload = Buffer.from(JSON.stringify({ format: 'miftah-usage-2', ...former }));
    const record = recordsOf([validUse]);
    // A record of format 2 has no route and no bucket.
    const formerRecord = Buffer.concat([record.subarray(0, 20), record.subarray(23)]);
    const { batch, damagedBytes } = sumSegment(frame([headerPayload, Buffer.concat([formerRecord, formerRecord])]));
    expect(linesOf(batch as UsageBatch)).toEqual(
      plainSums([validUse, validUse].map((each) => ({ ...each, route: 0 }))),
    );
    expect([damagedBytes, batch?.routes, batch?.series[0]?.times]).toEqual([0, [], undefined]);
  });

  test('gains the routes of a later frame, and none from a malformed one', () => {
    const added = { apiId: 'palm', orgSeq: 5, pattern: 'GET /é', units: 1 };
    const record = recordsOf([{ ...validUse, route: 2 }]);
    // `recordsOf` knows one route, so its frame is whole only after the other is added.
    const routes = Buffer.from(routeFrame(2, added).subarray(8));
    const { batch } = sumSegment(frame([headerBytes, routes, routes, record]));
    expect(batch?.routes.map((each) => [each.route, ...each.counts])).toEqual([[{ orgSeq: 5, pattern: 'GET /é' }, 1]]);
    for (const wrong of [
      { first: 3, routes: [added] },
      { first: 2, routes: [{}] },
      { first: 2 },
      { first: 0, routes: [] },
    ]) {
      const bytes = frame([headerBytes, record.with(20, 1), Buffer.from(JSON.stringify(wrong)), record]);
      const summed = sumSegment(bytes);
      expect(
        summed.batch?.routes.map(({ counts }) => [...counts]),
        JSON.stringify(wrong),
      ).toEqual([[1]]);
      expect(summed.damagedBytes).toBeGreaterThan(record.length);
    }
  });

  test('of format 1 is summed with unknown status classes, and nothing in it is billed', () => {
    // Written by the version before format 2: two uses that were allowed, one whose upstream failed, a refused one.
    const bytes = Buffer.from(
      `8gEAAKxq/aN7ImZvcm1hdCI6Im1pZnRhaC11c2FnZS0xIiwicnVuIjoiMDEyMzQ1Njc4OWFiY2RlZiIsInNlcXVlbmNlIjo3LCJhcGlzIjpbInBhbG0
      iLCJjbGFzc2ljIl0sImVudmlyb25tZW50cyI6WyJsaXZlIiwidGVzdCJdLCJvdXRjb21lcyI6WyJhbGxvd2VkIiwidXBzdHJlYW1fZmFpbGVkIiwiY3
      JlZGVudGlhbF9taXNzaW5nIiwiY3JlZGVudGlhbF9tYWxmb3JtZWQiLCJjcmVkZW50aWFsX2FtYmlndW91cyIsImtleV91bmtub3duIiwia2V5X3Jld
      m9rZWQiLCJrZXlfZGlzYWJsZWQiLCJrZXlfZXhwaXJlZCIsIm9yZ19zdXNwZW5kZWQiLCJlbnZpcm9ubWVudF9taXNtYXRjaCIsImFkZHJlc3Nfbm90
      X2FsbG93ZWQiLCJhZGRyZXNzX2xpc3RfZW1wdHkiLCJyZWZlcnJlcl9ub3RfYWxsb3dlZCIsImVuZHBvaW50X25vdF9hbGxvd2VkIiwic2NvcGVfbWl
      zc2luZyIsInBhdGhfbm90X2Nhbm9uaWNhbCIsInJhdGVfbGltaXRlZCIsInF1b3RhX2V4Y2VlZGVkIiwidW5hdmFpbGFibGUiXX1nAAAALcdewQALAg
      AFAAAACQAAAAAAAMyCnHlCMjAzLjAuMTEzLjmAAAIABQAAAAkAAAAAEADMgpx5Qqurq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urAQACAAUAA
      AAJAAAAAAAAzIKceUIXAAAA4mztqxEDAQAGAAAACAAAAAAAAMyCnHlCOjox`,
      'base64',
    );
    const { batch, damagedBytes } = sumSegment(bytes);
    expect([batch?.run, batch?.sequence, damagedBytes]).toEqual(['0123456789abcdef', 7, 0]);
    const hourMs = startMs - (startMs % 3_600_000);
    expect(linesOf(batch as UsageBatch)).toEqual([
      `5 ${startMs + 1} false`,
      `classic live allowed ${hourMs} 9 5  2 0 0`,
      `classic live upstream_failed ${hourMs} 9 5  1 0 0`,
      `palm test rate_limited ${hourMs} 8 6  1 0 0`,
      JSON.stringify({ digest: 'ab'.repeat(32), count: 1, atMs: startMs + 1, address: null }),
    ]);
  });

  test('takes more than the first buffer holds, and cuts long addresses', () => {
    const writer = new FrameWriter();
    for (let at = 0; at < 2000; at++) writer.append(0, 0, at + 1, 1, startMs, 'x'.repeat(300), undefined);
    const first = headerFrame(describeSegment('0123456789abcdef', 1, ['palm']));
    const { batch } = sumSegment(Buffer.concat([first, writer.finish()]));
    expect(batch?.lastUses.keySeqs).toHaveLength(2000);
    expect(batch?.lastUses.addresses).toEqual(['x'.repeat(255)]);
  });
});
