// Which fields cross the proxy, as a table and as properties.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endToEndHeaders, isHopByHop, nominatedFields } from './hop-by-hop.ts';

const cases: readonly { readonly it: string; readonly given: readonly string[]; readonly kept: readonly string[] }[] = [
  {
    it: 'keeps order, spelling and repetition',
    given: ['B', '1', 'a', '2', 'B', '3'],
    kept: ['B', '1', 'a', '2', 'B', '3'],
  },
  {
    it: 'drops Connection and Keep-Alive',
    given: ['Connection', 'keep-alive', 'Keep-Alive', 'timeout=5', 'A', '1'],
    kept: ['A', '1'],
  },
  {
    it: 'drops what Connection names, in any case',
    given: ['X-Foo', '1', 'connection', 'close, x-fOO', 'A', '1'],
    kept: ['A', '1'],
  },
  {
    it: 'adds up several Connection lines',
    given: ['Connection', 'a', 'A', '1', 'Connection', 'b', 'B', '1', 'C', '1'],
    kept: ['C', '1'],
  },
  {
    it: 'drops Transfer-Encoding, Upgrade and Trailer',
    given: ['Transfer-Encoding', 'chunked', 'Upgrade', 'h2c', 'Trailer', 'X'],
    kept: [],
  },
  {
    it: 'drops credentials for proxies',
    given: ['Proxy-Authorization', 'Basic eA==', 'Proxy-Connection', 'close'],
    kept: [],
  },
  { it: 'drops Expect and HTTP2-Settings', given: ['Expect', '100-continue', 'HTTP2-Settings', 'AAMA'], kept: [] },
  { it: 'reduces TE to trailers', given: ['te', 'gzip;q=0.5, Trailers', 'A', '1'], kept: ['TE', 'trailers', 'A', '1'] },
  { it: 'drops TE without trailers', given: ['TE', 'deflate'], kept: [] },
  {
    it: 'never lets Connection remove Host or Content-Length',
    given: ['Host', 'h', 'Content-Length', '3', 'Connection', 'host, content-length'],
    kept: ['Host', 'h', 'Content-Length', '3'],
  },
  {
    it: 'drops names that only resemble those, and Content-Length',
    given: [
      'Transfer_Encoding',
      'chunked',
      'Keep.Alive',
      '1',
      'Content!Length',
      '3',
      'T_E',
      '1',
      'Content-Length',
      '3',
    ],
    kept: ['T_E', '1', 'Content-Length', '3'],
  },
  {
    it: 'survives an empty and a strange Connection',
    given: ['Connection', '', 'Connection', ',, ;=x', 'A', '1'],
    kept: ['A', '1'],
  },
];

describe('endToEndHeaders', () => {
  for (const row of cases) {
    it(row.it, () => expect(endToEndHeaders(row.given)).toEqual(row.kept));
  }

  const name = fc.oneof(
    fc.constantFrom('Connection', 'TE', 'Upgrade', 'X-A', 'x-b', 'Host', 'Keep-Alive', 'Transfer-Encoding', 'EXPECT'),
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,12}$/),
  );
  const value = fc.oneof(
    fc.constantFrom('x-a', 'close, X-B', 'keep-alive', 'trailers', ''),
    fc.string({ maxLength: 12 }),
  );
  const headers = fc.array(fc.tuple(name, value), { maxLength: 12 });

  it('passes no hop-by-hop field, nothing nominated, and nothing that was not there', () => {
    fc.assert(
      fc.property(headers, (pairs) => {
        const kept = endToEndHeaders(pairs.flat());
        const nominated = pairs
          .filter(([n]) => n.toLowerCase() === 'connection')
          .flatMap(([, v]) => nominatedFields(v));
        expect(kept.length % 2).toBe(0);
        for (let i = 0; i < kept.length; i += 2) {
          const lowerName = (kept[i] as string).toLowerCase();
          expect(isHopByHop(lowerName) && lowerName !== 'te').toBe(false);
          expect(nominated).not.toContain(lowerName);
          if (lowerName === 'te') expect(kept[i + 1]).toBe('trailers');
          else expect(pairs).toContainEqual([kept[i], kept[i + 1]]);
        }
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(headers, (pairs) => {
        const once = endToEndHeaders(pairs.flat());
        expect(endToEndHeaders(once)).toEqual(once);
      }),
    );
  });
});
