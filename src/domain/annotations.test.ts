// Metadata in headers: their names, and values that no server can misread.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forwardedMetadata, metadataHeaderOf, metadataHeaders, noAnnotations } from './annotations.ts';

test.each([
  ['plan', 'X-Miftah-Meta-Plan'],
  ['customer_id', 'X-Miftah-Meta-Customer-Id'],
  ['a-b2', 'X-Miftah-Meta-A-B2'],
  ['a__b_', 'X-Miftah-Meta-A--B-'],
])('%s rides in %s', (name, header) => {
  expect(metadataHeaderOf(name)).toBe(header);
});

test.each([
  ['gold', 'gold'],
  ["a b!#$&'()*+-./:<=>?@[]^_`{|}~", "a b!#$&'()*+-./:<=>?@[]^_`{|}~"],
  ['100 %, "x"; \\', '100 %25%2C %22x%22%3B %5C'],
  ['مفتاح 🔑', '%D9%85%D9%81%D8%AA%D8%A7%D8%AD %F0%9F%94%91'],
  ['a\r\nX-Admin: 1\0\x7f', 'a%0D%0AX-Admin: 1%00%7F'],
])('%j is sent as %j', (value, sent) => {
  expect(metadataHeaders({ plan: value })).toEqual(['X-Miftah-Meta-Plan', sent]);
});

test('every value arrives as one printable value, and can be decoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const [, sent = ''] = metadataHeaders({ plan: value });
      expect(sent).toMatch(/^(?:%[0-9A-F]{2}|[ -~])*$/);
      expect(sent).not.toMatch(/[",;\\]/);
      expect(decodeURIComponent(sent)).toBe(value);
    }),
  );
});

test('the value of the key counts before that of its organization, and only named metadata is sent', () => {
  const names = ['plan', 'size', 'constructor', 'none'];
  expect(forwardedMetadata(names, { plan: 'gold', team: 'a' }, { plan: 'free', size: 'L', region: 'eu' })).toEqual({
    plan: 'gold',
    size: 'L',
  });
  expect(forwardedMetadata(names, {}, { region: 'eu' })).toBe(noAnnotations.metadata);
  expect(forwardedMetadata([], { plan: 'gold' }, { plan: 'free' })).toBe(noAnnotations.metadata);
});
