// The bounded map: it never exceeds its capacity, and keeps entries in use.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecentMap } from './recent-map.ts';

describe('RecentMap', () => {
  test('never holds more than its capacity, odd or even', () => {
    for (const capacity of [2, 3, 4, 7, 100]) {
      const map = new RecentMap<number>(capacity);
      for (let at = 0; at < capacity * 5; at++) {
        map.set(`k${at}`, at);
        map.get(`k${at - 1}`);
        expect(map.size).toBeLessThanOrEqual(capacity);
      }
    }
  });

  test('keeps an entry that is read now and then through any flood of new entries', () => {
    const map = new RecentMap<string>(100);
    map.set('hot', 'value');
    for (let at = 0; at < 10_000; at++) {
      map.set(`noise${at}`, 'x');
      if (at % 40 === 0) expect(map.get('hot')).toBe('value');
    }
    expect(map.get('hot')).toBe('value');
    expect(map.get('noise0')).toBeUndefined();
  });

  test('returns the newest value when the old half still has an older one', () => {
    const map = new RecentMap<number>(4);
    map.set('a', 1);
    map.set('b', 1);
    map.set('c', 1);
    map.set('a', 2);
    expect(map.get('a')).toBe(2);
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
  });

  test('removes by value from both halves, and everything on clear', () => {
    const map = new RecentMap<number>(6);
    for (let at = 0; at < 5; at++) map.set(`k${at}`, at % 2);
    map.deleteWhere((value) => value === 1);
    expect(['k0', 'k1', 'k2', 'k3', 'k4'].map((key) => map.get(key))).toEqual([0, undefined, 0, undefined, 0]);
    map.clear();
    expect(map.size).toBe(0);
    expect(map.get('k0')).toBeUndefined();
  });

  test('treats names such as __proto__ as ordinary keys', () => {
    const map = new RecentMap<number>(4);
    for (const name of ['__proto__', 'constructor', 'toString']) expect(map.get(name)).toBeUndefined();
    map.set('__proto__', 7);
    expect(map.get('__proto__')).toBe(7);
  });

  test.each([0, 1, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses the capacity %s', (capacity) => {
    expect(() => new RecentMap(capacity)).toThrow(TypeError);
  });

  test('returns the value that was set last, or nothing', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.record({ verb: fc.constantFrom('get', 'set', 'delete'), name });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.array(step, { maxLength: 80 }), (capacity, steps) => {
        const map = new RecentMap<number>(capacity);
        const truth = new Map<string, number>();
        for (const [at, { verb, name: key }] of steps.entries()) {
          if (verb === 'set') {
            map.set(key, at);
            truth.set(key, at);
            expect(map.get(key)).toBe(at);
          } else if (verb === 'delete') {
            map.delete(key);
            truth.delete(key);
            expect(map.get(key)).toBeUndefined();
          } else {
            expect([undefined, truth.get(key)]).toContain(map.get(key));
          }
          expect(map.size).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });
});
